module;
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <signal.h>
#include <sys/types.h>
#include <system_error>
#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/task_arena.h>
#include <thread>
#include <unistd.h>
#include <vector>
module wordmill.stream;

namespace wordmill {
unsigned startable_threads(unsigned wanted) {
    std::atomic<bool> release{false};
    std::vector<pid_t> ids(wanted);
    std::vector<std::thread> started;
    started.reserve(wanted);
    try {
        for (unsigned i = 0; i < wanted; ++i) {
            started.emplace_back([&release, &id = ids[i]] {
                id = gettid();
                release.wait(false);
            });
        }
    } catch (std::system_error const&) {
        // as many as there are
    }
    release = true;
    release.notify_all();
    for (std::size_t i = 0; i < started.size(); ++i) {
        started[i].join();
        // Joined, a thread still counts against the limit until the kernel has forgotten it.
        while (tgkill(getpid(), ids[i], 0) == 0) std::this_thread::yield();
    }
    return static_cast<unsigned>(started.size());
}
}

namespace wordmill::detail {
namespace {
/// TBB ends the process when it cannot start one of its threads. So their number is tried out before TBB is allowed
/// it, once for each number. After a refusal TBB keeps to what was possible, for good: even the end of a limit set
/// elsewhere would make it start threads.
void allow_only_what_starts(std::size_t threads) {
    static std::mutex one_at_a_time;
    static std::size_t proven = 1;                                                // the caller's own
    static auto& limits = *new std::vector<std::unique_ptr<tbb::global_control>>; // outlives the last use of TBB
    std::lock_guard const lock(one_at_a_time);
    if (threads <= proven) return;
    auto const possible = startable_threads(static_cast<unsigned>(threads - 1)) + 1;
    if (possible < threads)
        limits.push_back(std::make_unique<tbb::global_control>(tbb::global_control::max_allowed_parallelism, possible));
    proven = threads;
}
}

namespace {
/// Calls that wait for a thread. Shared with the tasks of TBB, of which some may find nothing left to do, even when the
/// helper_threads are gone. Not a task_group: since oneTBB 2022 its tasks need the thread that made them to live on.
class call_queue {
public:
    void add(void* context, void (*work)(void*) noexcept) {
        std::lock_guard const lock(mutex_);
        waiting_.push_back({context, work});
    }
    bool run_one() {
        std::unique_lock lock(mutex_);
        if (waiting_.empty()) return false;
        auto const [context, work] = waiting_.front();
        waiting_.pop_front();
        ++running_;
        lock.unlock();
        work(context);
        lock.lock();
        if (--running_ == 0) none_runs_.notify_all();
        return true;
    }
    void run_all() {
        while (run_one()) {}
        std::unique_lock lock(mutex_);
        none_runs_.wait(lock, [this] { return running_ == 0; });
    }

private:
    struct call {
        void* context;
        void (*work)(void*) noexcept;
    };
    std::mutex mutex_{};
    std::condition_variable none_runs_{};
    std::deque<call> waiting_{};
    std::size_t running_ = 0;
};

/// A new queue, also kept here until no task of TBB holds it: tasks that a process leaves behind lie in memory that
/// leak checkers do not search, so that without this their queue would look lost.
std::shared_ptr<call_queue> new_queue() {
    static std::mutex one_at_a_time;
    static auto& kept = *new std::vector<std::shared_ptr<call_queue>>; // outlives the last use of TBB
    std::lock_guard const lock(one_at_a_time);
    std::erase_if(kept, [](auto const& queue) { return queue.use_count() == 1; });
    return kept.emplace_back(std::make_shared<call_queue>());
}
}

struct helper_threads::state {
    unsigned most = 0;
    std::optional<tbb::global_control> limit{};
    tbb::task_arena arena{};
    std::shared_ptr<call_queue> calls = new_queue();
};

helper_threads::helper_threads(unsigned threads) : state_(std::make_unique<state>()) {
    using control = tbb::global_control;
    auto& s = *state_;
    allow_only_what_starts(std::max<std::size_t>(threads, control::active_value(control::max_allowed_parallelism)));
    if (static_cast<int>(threads) > tbb::info::default_concurrency())
        s.limit.emplace(control::max_allowed_parallelism, threads);
    auto const granted = std::min<std::size_t>(threads, control::active_value(control::max_allowed_parallelism));
    s.most = static_cast<unsigned>(granted) - 1; // asking TBB for more than is allowed makes it print a warning
    s.arena.initialize(static_cast<int>(granted), 1);
}

helper_threads::~helper_threads() { join(); }

unsigned helper_threads::most() const noexcept { return state_->most; }

void helper_threads::start(void* context, void (*work)(void*) noexcept) {
    state_->calls->add(context, work);
    state_->arena.enqueue([calls = state_->calls] { calls->run_one(); });
}

void helper_threads::join() { state_->calls->run_all(); }
}
