export module wordmill.stream:prefetch;
import :adaptor;
import :generator;
import :parallel;
import :threads;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// A thread that reads a generator, and a queue of fixed length to the consumer. Reading begins at construction, not
/// with the first item that is taken; `prefetch` is built on it. When no thread can be started, the source is read as
/// items are taken.
export template <class T> class prefetch_queue {
public:
    using item = typename generator<T>::value_type;

    /// Keeps up to `ahead` items, plus the one that the thread is reading.
    prefetch_queue(generator<T> source, std::size_t ahead) : reader_(std::move(source)), slots_(ahead) {
        expect(ahead > 0, "prefetch: needs at least one item ahead");
        threaded_ = thread_.start(this, &produce);
    }
    prefetch_queue(prefetch_queue const&) = delete;
    prefetch_queue& operator=(prefetch_queue const&) = delete;
    ~prefetch_queue() {
        taken_ = stopped;
        taken_.notify_one(); // then the thread is joined
    }

    /// The next item, or null at the end. Throws the error of the source. Call it once, then `pop`.
    item* front() {
        auto& slot = slots_[mine_ % slots_.size()];
        if (threaded_)
            made_.wait(mine_, std::memory_order_acquire);
        else
            (void)reader_.read(slot);
        if (!slot) reader_.rethrow();
        return slot ? &*slot : nullptr;
    }
    /// Frees the slot of the item that `front` returned.
    void pop() {
        slots_[mine_ % slots_.size()].reset();
        taken_ = ++mine_;
        taken_.notify_one();
    }

private:
    static constexpr std::uint64_t stopped = ~std::uint64_t{0};

    static void produce(void* self) noexcept {
        auto& line = *static_cast<prefetch_queue*>(self);
        std::optional<item> next;
        for (std::uint64_t n = 0;; ++n) {
            bool const more = line.reader_.read(next);
            for (;;) {
                auto const taken = line.taken_.load(std::memory_order_acquire);
                if (taken == stopped) return;
                if (n - taken < line.slots_.size()) break;
                line.taken_.wait(taken, std::memory_order_acquire);
            }
            if (more) line.slots_[n % line.slots_.size()] = std::move(next);
            line.made_ = n + 1; // an empty slot is the end
            line.made_.notify_one();
            if (!more) return;
        }
    }

    detail::careful_reader<T> reader_;
    std::vector<std::optional<item>> slots_;
    std::atomic<std::uint64_t> made_{0}; // not over-aligned: this lives in a coroutine frame, which is not either
    std::atomic<std::uint64_t> taken_{0};
    std::uint64_t mine_ = 0; ///< the consumer's count of items taken
    bool threaded_ = false;
    detail::companion_thread thread_; // last: joined before the other members are destroyed
};

namespace detail {
template <class T> generator<typename generator<T>::value_type> run_prefetch(generator<T> source, std::size_t ahead) {
    prefetch_queue<T> line(std::move(source), ahead);
    while (auto* const item = line.front()) {
        co_yield std::move(*item);
        line.pop();
    }
}
}

/// Reads `source` on a thread of its own, at most `ahead` items (and the one in work) before the consumer, so that
/// reading and consuming overlap. Order, items and errors are those of the source. Destroying the generator stops the
/// thread after its current item. When no thread can be started, the source is read directly.
export template <class T> [[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] auto
prefetch(generator<T> source, std::size_t ahead) {
    expect(ahead > 0, "prefetch: needs at least one item ahead");
    return detail::run_prefetch(std::move(source), ahead);
}

/// As an adaptor: `source | prefetch(4)`.
export [[nodiscard]] inline auto prefetch(std::size_t ahead) {
    return adaptor{[ahead]<class T> [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] (generator<T> source) {
        return prefetch(std::move(source), ahead);
    }};
}
}
