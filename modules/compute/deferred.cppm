export module wordmill.compute:deferred;
import :buffer;
import :queue;
import :view;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// A result that accumulates in the memory of a device and is copied to the host only on request: a loss, a norm, a
/// count. Copies share the result. `T` must be trivially copyable.
export template <class T> class deferred {
public:
    explicit deferred(std::shared_ptr<compute_queue> queue) : state_(new state(std::move(queue))) {}

    /// Sets the value, in the order of the queue. Set it to zero before operations add to it.
    void set(T const& value = {}) {
        state_->device.queue()->upload(std::span<T const>(&value, 1), state_->device.span(1));
        state_->requested = false;
    }
    /// The memory that operations write to. A value requested earlier is outdated after this call.
    [[nodiscard]] device_span<T> target() {
        state_->requested = false;
        return state_->device.span(1);
    }
    /// The memory that operations read.
    [[nodiscard]] device_span<T const> source() const { return std::as_const(state_->device).span(1); }

    /// Requests a copy of the value on the host, without waiting.
    void request() const {
        auto& s = *state_;
        s.device.queue()->download(source(), std::span<T>(&s.host, 1));
        s.mark = s.device.queue()->mark();
        s.requested = s.underway = true;
    }
    /// Whether the requested value has arrived.
    [[nodiscard]] bool ready() const { return state_->requested && state_->device.queue()->done(state_->mark); }
    /// The requested value. It must have arrived: see `ready` and `wait`.
    [[nodiscard]] T const& value() const {
        expect(ready(), "deferred: a value is read after a wait for it");
        return state_->host;
    }
    /// Requests the value if it has not been requested, waits for it and returns it.
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
        bool requested = false; // since the last change
        bool underway = false;  // requested at least once
    };
    std::shared_ptr<state> state_;
};
}
