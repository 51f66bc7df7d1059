module;
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/task_arena.h>
module wordmill.stream;
import wordmill.core;

namespace wordmill::detail {
/// What the consumer and the drains on other threads share. A drain that TBB starts late, after the ring is gone,
/// finds `stopping` set and touches nothing else: nobody ever waits for a task that has not begun.
struct worker_ring::shared {
    shared(unsigned threads, std::size_t slot_count, void* owner, job function)
        : slots(slot_count),
          context(owner),
          run(function),
          done(std::make_unique<std::atomic<int>[]>(slot_count)),
          number_taken(std::make_unique<std::atomic<bool>[]>(threads)) {}

    bool run_one(unsigned worker) noexcept {
        auto ticket = next.load(std::memory_order_relaxed);
        do {
            if (ticket >= submitted.load(std::memory_order_acquire)) return false;
        } while (!next.compare_exchange_weak(ticket, ticket + 1, std::memory_order_relaxed));
        auto const slot = static_cast<std::size_t>(ticket % slots);
        run(context, slot, worker);
        done[slot].store(1, std::memory_order_release);
        done[slot].notify_one();
        return true;
    }

    void drain() noexcept {
        ++running;
        if (!stopping) {
            unsigned worker = 1; // 0 is the consumer
            while (number_taken[worker].exchange(true, std::memory_order_acquire)) ++worker;
            while (!stopping && run_one(worker)) {}
            number_taken[worker].store(false, std::memory_order_release);
        }
        --drains;
        if (--running == 0) running.notify_all();
    }

    std::uint64_t const slots;
    void* const context;
    job const run;
    std::unique_ptr<std::atomic<int>[]> done; ///< by slot
    std::unique_ptr<std::atomic<bool>[]> number_taken;
    std::atomic<std::uint64_t> submitted{0}; ///< tickets handed in; ticket t is slot t % slots
    std::atomic<std::uint64_t> next{0};      ///< the first ticket that nobody has begun
    std::atomic<unsigned> drains{0};         ///< enqueued or running
    std::atomic<int> running{0};
    std::atomic<bool> stopping{false};
};

struct worker_ring::helpers {
    explicit helpers(unsigned threads) {
        using control = tbb::global_control;
        if (static_cast<int>(threads) > tbb::info::default_concurrency())
            more.emplace(control::max_allowed_parallelism, threads);
        auto const allowed = control::active_value(control::max_allowed_parallelism);
        auto const granted = std::min<std::size_t>(threads, allowed); // asking for more makes TBB print a warning
        most = static_cast<unsigned>(granted) - 1;
        arena.initialize(static_cast<int>(granted), 1);
    }
    unsigned most = 0;
    std::optional<tbb::global_control> more;
    tbb::task_arena arena;
};

worker_ring::worker_ring(unsigned threads, std::size_t slots, void* context, job run)
    : shared_(std::make_shared<shared>(threads, slots, context, run)), slots_(slots) {
    expect(threads > 0 && slots > 0, "worker_ring: needs a thread and a slot");
    if (threads > 1 && slots > 1) helpers_ = std::make_unique<helpers>(threads);
}

worker_ring::~worker_ring() {
    shared_->stopping = true;
    while (int const left = shared_->running) shared_->running.wait(left);
}

void worker_ring::submit() {
    shared_->done[tail()].store(0, std::memory_order_relaxed);
    shared_->submitted.store(++tail_); // sequentially consistent, as the count of drains
    if (!helpers_ || shared_->drains >= helpers_->most) return;
    ++shared_->drains;
    helpers_->arena.enqueue([s = shared_] { s->drain(); });
}

bool worker_ring::head_done() const noexcept { return shared_->done[head()].load(std::memory_order_acquire) != 0; }

void worker_ring::await_head() {
    auto const& done = shared_->done[head()];
    while (done.load(std::memory_order_acquire) == 0)
        if (!shared_->run_one(0)) done.wait(0, std::memory_order_acquire);
}

ring_shape shape_of(unsigned threads, std::size_t max_in_flight) {
    threads = resolve_threads(threads).count;
    std::size_t slots = max_in_flight != 0 ? max_in_flight : 2 * std::size_t{threads} + 2;
    threads = static_cast<unsigned>(std::min<std::size_t>(threads, slots));
    if (threads == 1) slots = 1;
    return {threads, slots};
}
}
