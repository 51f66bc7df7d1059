module wordmill.command:version_text;
import wordmill.standard;

namespace wordmill {
/// The commit of the source tree that this program was built from; "unknown" for a tree without git.
[[nodiscard]] std::string_view built_from_commit() noexcept;

/// A line for each optional part but CUDA: what it was built with, or how to get it.
[[nodiscard]] std::string parts_text();

/// What `wordmill --version` prints: version, commit, instruction set in use, CUDA, optional parts.
[[nodiscard]] std::string version_text();
}
