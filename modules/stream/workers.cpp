module;
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
module wordmill.stream;
import wordmill.core;

namespace wordmill::detail {
namespace {
/// Tells the processor that this thread waits for another.
inline void pause() noexcept {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

/// Waits up to 30 microseconds, without sleeping, until `ready`. Returns whether it is.
template <class Ready> bool linger(Ready const& ready) noexcept {
    using clock = std::chrono::steady_clock;
    constexpr auto most = std::chrono::microseconds(30);
    constexpr int between_looks = 64; // at the clock
    auto const end = clock::now() + most;
    do {
        for (int i = 0; i < between_looks; ++i) {
            if (ready()) return true;
            pause();
        }
    } while (clock::now() < end);
    return ready();
}
}

struct worker_ring::state {
    state(unsigned threads, std::size_t slot_count, void* owner, job function)
        : slots(slot_count),
          context(owner),
          run(function),
          done(std::make_unique<std::atomic<int>[]>(slot_count)),
          number_taken(std::make_unique<std::atomic<bool>[]>(threads)) {
        if (threads > 1 && slots > 1) others.emplace(threads);
    }

    bool run_one(unsigned worker) noexcept {
        auto ticket = next.load(std::memory_order_relaxed);
        do {
            if (ticket >= submitted.load(std::memory_order_acquire)) return false;
        } while (!next.compare_exchange_weak(ticket, ticket + 1, std::memory_order_relaxed));
        auto const slot = static_cast<std::size_t>(ticket % slots);
        run(context, slot, worker);
        done[slot] = 1; // sequentially consistent: notify looks for sleepers only after this is seen
        done[slot].notify_one();
        return true;
    }

    [[nodiscard]] bool has_jobs() const noexcept {
        return next.load(std::memory_order_relaxed) < submitted.load(std::memory_order_acquire);
    }

    /// What another thread does: one job after the other until none is left. It lingers for the next one, because
    /// waking a thread takes longer than many jobs.
    void drain() noexcept {
        unsigned worker = 1; // 0 is the consumer
        while (number_taken[worker].exchange(true, std::memory_order_acquire)) ++worker;
        while (!stopping && (run_one(worker) || linger([this] { return has_jobs() || stopping; }))) {}
        number_taken[worker].store(false, std::memory_order_release);
        --drains;
    }

    std::uint64_t const slots;
    void* const context;
    job const run;
    std::unique_ptr<std::atomic<int>[]> done;          ///< by slot
    std::unique_ptr<std::atomic<bool>[]> number_taken; ///< by worker
    std::atomic<std::uint64_t> submitted{0};           ///< tickets handed in; ticket t is slot t % slots
    alignas(64) std::atomic<std::uint64_t> next{0};    ///< the first ticket that nobody has begun
    std::atomic<unsigned> drains{0};                   ///< waiting for a thread or running
    std::atomic<bool> stopping{false};
    std::optional<helper_threads> others;
};

worker_ring::worker_ring(unsigned threads, std::size_t slots, void* context, job run)
    : state_(std::make_unique<state>(threads, slots, context, run)), slots_(slots) {}

worker_ring::~worker_ring() {
    state_->stopping = true;
    if (state_->others) state_->others->join();
}

void worker_ring::submit() {
    state_->done[tail()].store(0, std::memory_order_relaxed);
    state_->submitted.store(++tail_); // sequentially consistent, as the count of drains
    // A drain that is just ending may miss this job; then the next submit or the consumer itself sees to it.
    if (!state_->others || state_->drains >= state_->others->most()) return;
    ++state_->drains;
    try {
        state_->others->start(state_.get(), [](void* s) noexcept { static_cast<state*>(s)->drain(); });
    } catch (...) { // out of memory: the consumer runs the job itself
        --state_->drains;
    }
}

bool worker_ring::head_done() const noexcept { return state_->done[head()].load(std::memory_order_acquire) != 0; }

void worker_ring::await_head() {
    auto const& done = state_->done[head()];
    while (done.load(std::memory_order_acquire) == 0)
        if (!state_->run_one(0) && !linger([&] { return done.load(std::memory_order_acquire) != 0; }))
            done.wait(0, std::memory_order_acquire);
}

ring_shape shape_of(unsigned threads, std::size_t max_in_flight) {
    threads = resolve_threads(threads).count;
    std::size_t slots = max_in_flight != 0 ? max_in_flight : 2 * std::size_t{threads} + 2;
    threads = static_cast<unsigned>(std::min<std::size_t>(threads, slots));
    if (threads == 1) slots = 1;
    return {threads, slots};
}
}
