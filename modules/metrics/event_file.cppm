export module wordmill.metrics:event_file;
import :training_point;
import wordmill.io;
import wordmill.standard;

namespace wordmill {
/// A value of a run under the name that TensorBoard shows it by, e.g. "train/loss".
export struct scalar {
    std::string_view tag{};
    double value = 0; ///< stored as a float
};

export struct event_file_options {
    std::optional<double> wall_time{};   ///< seconds since 1970; by default the clock's
    std::string host{};                  ///< by default the machine's name
    std::optional<std::uint64_t> from{}; ///< a run goes on at this step: TensorBoard forgets what older files say of it
};

/// A TensorBoard event file, "events.out.tfevents.SECONDS.HOST": protocol buffers (tensorflow.Event) in TFRecord
/// frames. Records are whole, also when the process dies. One folder is one run; a run that goes on begins another file
/// in it.
export class event_file {
public:
    /// Makes the folder when it is not there, and always a new file. Errors are those of `growing_file`.
    explicit event_file(std::string const& folder, event_file_options const& options = {});
    /// All at one step; `wall_time` is by default the clock's.
    void add(std::uint64_t step, std::span<scalar const> scalars, std::optional<double> wall_time = {});
    /// As train/loss, train/learning_rate and train/tokens_per_second, the step is the tokens. Nothing when no token
    /// was learnt from since the call before.
    void add(training_point const& point);
    [[nodiscard]] std::string const& path() const noexcept { return file_.path(); }

private:
    growing_file file_;
    std::optional<std::uint64_t> last_tokens_{};
};
}
