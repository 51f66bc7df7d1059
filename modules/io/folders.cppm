export module wordmill.io:folders;
import wordmill.standard;

namespace wordmill {
/// Bytes an ordinary user can still write to the file system of `folder`; `failure::cannot_create` when it is missing.
export [[nodiscard]] std::uint64_t free_bytes(std::filesystem::path const& folder);

/// The default folder of temporary files: $TMPDIR, or /tmp. Not checked to exist.
export [[nodiscard]] std::filesystem::path temporary_folder();
}
