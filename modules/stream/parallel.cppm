export module wordmill.stream:parallel;
import :adaptor;
import :generator;
import :stage;
import :workers;
import wordmill.standard;

namespace wordmill {
export struct parallel_options {
    unsigned threads = 0;          ///< including the consumer's; 0 = as many as the machine allows
    std::size_t max_in_flight = 0; ///< most blocks being processed at once; 0 = 2 threads + 2
};

namespace detail {
/// The slots of one parallel map, which workers fill and the consumer empties.
template <class In, class Out, class Stage> class parallel_slots {
public:
    struct slot {
        std::optional<In> in;
        std::optional<Out> out;
        std::exception_ptr error;
    };

    parallel_slots(Stage stage, ring_shape shape)
        : stage_(std::move(stage)), scratch_(shape.threads), slots_(shape.slots) {}

    [[nodiscard]] slot& operator[](std::size_t i) noexcept { return slots_[i]; }

    static void run(void* self, std::size_t i, unsigned worker) noexcept {
        auto& all = *static_cast<parallel_slots*>(self);
        auto& s = all.slots_[i];
        try {
            s.out.emplace(run_stage(all.stage_, *s.in, all.scratch_[worker].value));
            s.in.reset();
        } catch (...) {
            s.error = std::current_exception();
        }
    }

private:
    struct alignas(64) padded_scratch {
        scratch_t<Stage> value{};
    };
    Stage const stage_;
    std::vector<padded_scratch> scratch_;
    std::vector<slot> slots_;
};

/// Advances a source and keeps its error until `rethrow`.
template <class T> class careful_reader {
public:
    explicit careful_reader(generator<T> source) : source_(std::move(source)) {}

    /// Reads the next block into `to`. Returns false at the end and after an error.
    template <class In> bool read(std::optional<In>& to) {
        if (ended_) return false;
        try {
            if (begun_)
                ++at_;
            else
                at_ = source_.begin();
            begun_ = true;
            ended_ = at_ == source_.end();
            if (!ended_) to.emplace(*at_);
        } catch (...) {
            ended_ = true;
            error_ = std::current_exception();
        }
        return !ended_;
    }
    [[nodiscard]] bool ended() const noexcept { return ended_; }
    void rethrow() const {
        if (error_) std::rethrow_exception(error_);
    }

private:
    generator<T> source_;
    typename generator<T>::iterator at_{};
    std::exception_ptr error_;
    bool begun_ = false;
    bool ended_ = false;
};

template <class T, class Stage> generator<stage_result<Stage, typename generator<T>::value_type>>
run_parallel(generator<T> source, Stage stage, parallel_options options) {
    using in = typename generator<T>::value_type;
    auto const shape = shape_of(options.threads, options.max_in_flight);
    careful_reader<T> reader(std::move(source));
    parallel_slots<in, stage_result<Stage, in>, Stage> slots(std::move(stage), shape);
    worker_ring ring(shape.threads, shape.slots, &slots, &slots.run);
    for (;;) {
        // Two reads for a delivery fill the ring, yet a finished block never waits long for a slow source.
        for (int reads = 0; !reader.ended() && !ring.full(); ++reads) {
            if (reads >= 2 && ring.head_done()) break;
            if (reader.read(slots[ring.tail()].in)) ring.submit();
        }
        if (ring.empty()) break;
        ring.await_head();
        auto& head = slots[ring.head()];
        if (head.error) std::rethrow_exception(head.error);
        co_yield std::move(*head.out);
        head.out.reset();
        ring.release_head();
    }
    reader.rethrow();
}
}

/// Applies `stage` to the blocks of `source` on several threads. The results arrive in the order of the source and
/// equal those of `sequential(source, stage)`, whatever the options; see `sequential` for what a stage is. At most
/// `max_in_flight` blocks are processed at once, so memory is bounded however slow the consumer is. Only the consumer's
/// thread advances the source. The first error in stream order, of the source or the stage, is thrown after the blocks
/// before it have been delivered. Destroying the generator waits for the blocks in work. With one thread no other is
/// started. Inside TBB tasks and nested pipelines it uses the existing threads.
export template <class T, class Stage> [[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] auto
parallel(generator<T> source, Stage stage, parallel_options options = {}) {
    return detail::run_parallel(std::move(source), std::move(stage), options);
}

/// As an adaptor: `source | parallel(stage, {.max_in_flight = 8})`.
export template <class Stage> [[nodiscard]] auto parallel(Stage stage, parallel_options options = {}) {
    return adaptor{
        [stage = std::move(stage),
         options]<class T> [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] (generator<T> source) mutable {
            return detail::run_parallel(std::move(source), std::move(stage), options);
        }};
}
}
