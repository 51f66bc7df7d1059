export module wordmill.training:run_folder;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// How a run starts in its folder.
export enum class run_start : std::uint8_t {
    begin,           ///< from the beginning; refused when there is a checkpoint that may not be overwritten
    resume,          ///< from the checkpoint, which must be there
    begin_or_resume, ///< from the checkpoint if there is one, else from the beginning: for jobs that are restarted
                     ///< automatically
};

/// The folder of a training run: its checkpoint, the previous checkpoint in case of damage, and files that the run
/// needs to continue, such as the vocabulary. Every file is replaced atomically. A value; one run at a time.
export class run_folder {
public:
    /// Creates the folder if it is missing. `failure::cannot_create` when a run begins where there is a checkpoint, and
    /// `overwrite` is false; otherwise that checkpoint is removed. `failure::no_input` when a run resumes and there is
    /// none.
    run_folder(std::string path, run_start start, bool overwrite = false);

    /// Whether there is a checkpoint in the folder `path`.
    [[nodiscard]] static bool holds_checkpoint(std::string const& path);
    /// Whether the run continues from a checkpoint.
    [[nodiscard]] bool resumes() const noexcept { return resumes_; }
    [[nodiscard]] std::string const& path() const noexcept { return path_; }
    /// The path of another file of the run.
    [[nodiscard]] std::string file(std::string_view name) const;

    /// Calls `write` with a path; the file that it writes becomes the checkpoint. The present checkpoint is kept as the
    /// previous one.
    void save(std::function<void(std::string const& path)> const& write) const;
    /// Calls `read` with the path of the checkpoint. When `read` throws a `failure::bad_data`, or the file is missing,
    /// tries the previous checkpoint. If that can be read, it replaces the damaged one and `warn` is called with the
    /// reason; otherwise the first error is thrown.
    void load(std::function<void(std::string const& path)> const& read,
              std::function<void(std::string const& warning)> const& warn = {}) const;

private:
    [[nodiscard]] std::string newest() const { return file("checkpoint"); }
    [[nodiscard]] std::string previous() const { return file("checkpoint.previous"); }
    std::string path_;
    bool resumes_ = false;
};
}
