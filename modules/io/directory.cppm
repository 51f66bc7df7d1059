module wordmill.io:directory;
import wordmill.standard;

namespace wordmill::detail {
/// The paths of everything below `folder` that is not a directory, recursively, without hidden names, sorted by the
/// bytes of the path. Links to directories are followed. One directory is open at a time. `failure::no_input` for a
/// folder that cannot be read or a link that leads back to a folder above it.
[[nodiscard]] std::vector<std::string> files_below(std::string const& folder);
}
