export module wordmill.metrics:training_recorder;
import :training_point;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
export struct recorder_options {
    double every = 1;                ///< seconds between two points
    std::uint64_t epoch = 1;         ///< the one that begins, from 1
    std::uint64_t tokens_before = 0; ///< learnt from by processes before this one
    std::function<std::string()> limiting_stage = [] { return std::string(); }; ///< any thread may call it
};

/// Takes a point of a training run every so often, from a thread of its own, and one at the end of each epoch, and
/// hands it to the sinks, never to two at a time. A sink that throws on that thread makes the recorder ask the run to
/// stop
/// (`monitor::request_stop`); the error comes out of the next call here.
export class training_recorder {
public:
    using sink = std::function<void(training_point const&)>;
    /// `watch` is the monitor that the training reports to.
    training_recorder(monitor watch, std::vector<sink> sinks, recorder_options options = {});
    training_recorder(training_recorder const&) = delete;
    training_recorder& operator=(training_recorder const&) = delete;
    ~training_recorder();

    /// Takes a point with the loss of the epoch; what is learnt from now on is of the next.
    void end_epoch(double epoch_loss);
    /// Rethrows the error of a sink.
    void check();
    /// Takes a last point if anything was learnt since the one before; then no more.
    void finish();

private:
    struct state;
    std::unique_ptr<state> state_;
};
}
