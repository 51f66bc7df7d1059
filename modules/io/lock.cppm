module wordmill.io:lock;
import :descriptor;
import wordmill.standard;

namespace wordmill::detail {
/// Keeps a second process away from the same output: a file `.NAME.lock` in the output's folder with the pid and host
/// of its owner, held by flock(). The system releases it when the owner dies, so a lock file that nobody holds is
/// stale and is taken over. Where flock() does not work (some network file systems) the pid decides, and a lock of
/// another host counts as held.
class output_lock {
public:
    /// `failure::cannot_create` naming pid and host of the owner. `output` is for messages. `folder` must outlive it.
    output_lock(int folder, std::string name, std::string const& output);
    output_lock(output_lock const&) = delete;
    output_lock& operator=(output_lock const&) = delete;
    ~output_lock();

private:
    int folder_;
    std::string name_;
    descriptor file_{};
};

/// A name beside the output: ".NAME" and the suffix. NAME is truncated to fit the file system's limit of 255 bytes.
[[nodiscard]] std::string name_beside(std::string const& name, std::string const& suffix);
}
