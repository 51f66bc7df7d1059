export module wordmill.metrics:event_file;
import :training_point;
import wordmill.io;
import wordmill.standard;

namespace wordmill {
/// A value of a run under its TensorBoard name, such as "train/loss".
export struct scalar {
    std::string_view tag{};
    double value = 0; ///< stored as a float
};

export struct event_file_options {
    std::optional<double> wall_time{}; ///< seconds since 1970; the current time by default
    std::string host{};                ///< by default the machine's name
    std::optional<std::uint64_t>
        from{}; ///< first step of a resumed run: TensorBoard ignores what older files say from this step on
};

/// A TensorBoard event file, "events.out.tfevents.SECONDS.HOST": protocol buffers (tensorflow.Event) in TFRecord
/// frames. Records are whole even if the process dies. One folder is one run; a resumed run starts another file in
/// it.
export class event_file {
public:
    /// Creates the folder if it is missing, and always a new file. Errors are those of `growing_file`.
    explicit event_file(std::string const& folder, event_file_options const& options = {});
    /// Adds scalars of one step; `wall_time` is the current time by default.
    void add(std::uint64_t step, std::span<scalar const> scalars, std::optional<double> wall_time = {});
    /// Adds a point as train/loss, train/learning_rate, train/tokens_per_second; the step is the number of tokens.
    /// and epoch/NAME for each score of an epoch. Does nothing when no token was trained on since the call before, and
    /// there is no score.
    void add(training_point const& point);
    [[nodiscard]] std::string const& path() const noexcept { return file_.path(); }

private:
    growing_file file_;
    std::optional<std::uint64_t> last_tokens_{};
};
}
