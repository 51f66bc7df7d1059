export module wordmill.stream:reduce;
import :generator;
import :parallel;
import :workers;
import wordmill.standard;

namespace wordmill {
namespace detail {
template <class In, class State, class F> class reduce_slots {
public:
    struct slot {
        std::optional<In> in;
        std::exception_ptr error;
    };
    std::vector<slot> slots;
    std::vector<State> states;
    F const fn;

    static void run(void* self, std::size_t i, unsigned worker) noexcept {
        auto& all = *static_cast<reduce_slots*>(self);
        auto& s = all.slots[i];
        try {
            all.fn(all.states[worker], std::move(*s.in));
            s.in.reset();
        } catch (...) {
            s.error = std::current_exception();
        }
    }
};
}

/// Consumes `source` on several threads. Each block is passed once, as `fn(state, std::move(block))`, to a worker with
/// its own state, made by `make_state()`. Returns the states, one per thread, for the caller to combine; some may have
/// seen no block. Which state gets which block is unspecified, so the combined result must not depend on it (sums,
/// counts). At most `max_in_flight` blocks are processed at once. The caller's thread reads the source and works too.
/// `fn` is called as const, from several threads at once. The first error in stream order is thrown after everything
/// before it has been processed; the states are then lost.
export template <class T, class Make, class F>
[[nodiscard]] auto reduce_blocks(generator<T> source, Make make_state, F fn, parallel_options options = {})
    -> std::vector<std::remove_cvref_t<std::invoke_result_t<Make&>>> {
    using in = typename generator<T>::value_type;
    using state = std::remove_cvref_t<std::invoke_result_t<Make&>>;
    static_assert(std::invocable<F const&, state&, in&&>,
                  "reduce_blocks calls `fn(state, std::move(block))` on a const fn with `State& state`");
    auto const shape = detail::shape_of(options.threads, options.max_in_flight);
    detail::careful_reader<T> reader(std::move(source));
    detail::reduce_slots<in, state, F> work{.slots = {}, .states = {}, .fn = std::move(fn)};
    work.slots.resize(shape.slots);
    work.states.reserve(shape.threads);
    for (unsigned i = 0; i < shape.threads; ++i) work.states.push_back(make_state());
    detail::worker_ring ring(shape.threads, shape.slots, &work, &work.run);
    for (;;) {
        while (!ring.full() && reader.read(work.slots[ring.tail()].in)) ring.submit();
        if (ring.empty()) break;
        ring.await_head();
        if (auto const error = work.slots[ring.head()].error) std::rethrow_exception(error);
        ring.release_head();
    }
    reader.rethrow();
    return std::move(work.states);
}
}
