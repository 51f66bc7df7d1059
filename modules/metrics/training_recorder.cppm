export module wordmill.metrics:training_recorder;
import :training_point;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
export struct recorder_options {
    double every = 1;                                                           ///< seconds between two points
    std::uint64_t epoch = 1;                                                    ///< the epoch that starts, from 1
    std::uint64_t tokens_before = 0;                                            ///< trained on before this process
    std::function<std::string()> limiting_stage = [] { return std::string(); }; ///< any thread may call it
};

/// Takes points of a training run at regular intervals, on a thread of its own, and one at the end of each epoch. Hands
/// each point to the sinks, one after the other. When a sink throws on that thread, the recorder asks the run to stop
/// (`monitor::request_stop`), and the next call of a member rethrows the error.
export class training_recorder {
public:
    using sink = std::function<void(training_point const&)>;
    /// `watch` is the monitor that the training reports to.
    training_recorder(monitor watch, std::vector<sink> sinks, recorder_options options = {});
    training_recorder(training_recorder const&) = delete;
    training_recorder& operator=(training_recorder const&) = delete;
    ~training_recorder();

    /// Takes a point with the results of the epoch; what is trained on from then on belongs to the next.
    void end_epoch(double epoch_loss, std::map<std::string, double> scores = {});
    /// Rethrows the error of a sink.
    void check();
    /// Takes a last point if anything was trained on since the one before, and stops.
    void finish();

private:
    struct state;
    std::unique_ptr<state> state_;
};
}
