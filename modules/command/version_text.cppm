module wordmill.command:version_text;
import wordmill.standard;

namespace wordmill {
/// The commit of the source tree that this program was built from; "unknown" for a tree without git.
[[nodiscard]] std::string_view built_from_commit() noexcept;

/// What `wordmill --version` prints: version, commit, instruction set in use, CUDA, optional parts.
[[nodiscard]] std::string version_text();
}
