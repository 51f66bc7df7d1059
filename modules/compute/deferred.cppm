export module wordmill.compute:deferred;
import :buffer;
import :queue;
import :view;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// A result that accumulates in the memory of a device and is read when somebody looks: a loss, a norm, a count.
/// Copies share it. `T` can be copied byte by byte.
export template <class T> class deferred {
public:
    explicit deferred(std::shared_ptr<compute_queue> queue) : state_(new state(std::move(queue))) {}

    /// Sets it, in the order of the queue. Before operations add to it: to zero.
    void set(T const& value = {}) {
        state_->device.queue()->upload(std::span<T const>(&value, 1), state_->device.span(1));
        state_->requested = false;
    }
    /// Where operations write. A value that was requested before is out of date from here on.
    [[nodiscard]] device_span<T> target() {
        state_->requested = false;
        return state_->device.span(1);
    }
    /// For operations that read it.
    [[nodiscard]] device_span<T const> source() const { return std::as_const(state_->device).span(1); }

    /// Asks for the value, without waiting.
    void request() const {
        auto& s = *state_;
        s.device.queue()->download(source(), std::span<T>(&s.host, 1));
        s.mark = s.device.queue()->mark();
        s.requested = s.underway = true;
    }
    /// Whether the value that was requested is there.
    [[nodiscard]] bool ready() const { return state_->requested && state_->device.queue()->done(state_->mark); }
    /// The value that was requested. A broken precondition before it is there: `wait` first.
    [[nodiscard]] T const& value() const {
        expect(ready(), "deferred: a value is read after a wait for it");
        return state_->host;
    }
    /// Requests the value, unless it was, waits for it and returns it.
    T const& wait() const {
        if (!state_->requested) request();
        state_->device.queue()->wait(state_->mark);
        return value();
    }

private:
    struct state {
        explicit state(std::shared_ptr<compute_queue> queue) : device(std::move(queue), 1) {}
        state(state const&) = delete;
        state& operator=(state const&) = delete;
        ~state() {
            if (underway) wait_quietly(*device.queue(), mark); // the queue writes to `host`
        }
        buffer<T> device;
        T host{};
        queue_mark mark{};
        bool requested = false; // since it last changed
        bool underway = false;  // ever
    };
    std::shared_ptr<state> state_;
};
}
