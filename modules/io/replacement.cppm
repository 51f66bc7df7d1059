module wordmill.io:replacement;
import :descriptor;
import :lock;
import wordmill.standard;

namespace wordmill::detail {
/// A new file that replaces `path`, or creates it, in one step. Written under the name `.NAME.tmp-PID` in the
/// same folder, while the lock of the output is held; leftovers of dead owners are removed. At every moment the
/// output is either the old file or the whole new one.
class replacement {
public:
    /// `failure::cannot_create` for a folder that is missing or not writable, an output that exists (unless
    /// `overwrite`) or that another process is writing. Through a link, the file that it leads to is replaced.
    replacement(std::string path, bool overwrite);
    replacement(replacement const&) = delete;
    replacement& operator=(replacement const&) = delete;
    /// Removes the new file unless it was committed.
    ~replacement();

    [[nodiscard]] inline int get() const noexcept { return file_.get(); } ///< to write to
    /// Syncs, closes, renames, syncs the folder. `failure::io`; until the rename the old file stays as it was.
    void commit();

private:
    void remove_leftovers() const;
    void refuse_existing() const;
    void rename() const;

    std::string path_; ///< as given, for messages
    bool overwrite_;
    std::string name_{}; ///< in the folder
    std::string new_name_{};
    descriptor folder_{}; ///< everything is relative to it, so that a change of the working folder has no effect
    std::optional<output_lock> lock_{};
    descriptor file_{};
};
}
