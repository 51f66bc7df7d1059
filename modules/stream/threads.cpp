module;
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <signal.h>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <system_error>
#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>
module wordmill.stream;
import wordmill.core;

namespace wordmill {
error thread_refused(std::string_view purpose, std::system_error const& why) {
    return system_error(failure::resource, "cannot start a thread to " + std::string(purpose), why.code().value());
}

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
using control = tbb::global_control;

/// Makes TBB start `count` threads now, one after the other: then TBB creates each on this thread, where a refusal can
/// be caught. Returns how many it started. Threads that other tasks keep busy have started already. For one thread at a
/// time.
std::size_t start_tbb_threads(std::size_t count) {
    struct meeting {
        std::mutex mutex{};
        std::condition_variable changed{};
        std::size_t here = 0;
        bool over = false;
    };
    // On a busy machine TBB may get to a task late, or never before the process ends: what it refers to stays.
    static auto* const meetings = new std::deque<meeting>;
    auto* const at = &meetings->emplace_back();
    auto const come = [at] {
        std::unique_lock lock(at->mutex);
        ++at->here;
        at->changed.notify_all();
        at->changed.wait(lock, [&] { return at->over; });
    };
    std::deque<tbb::task_arena> arenas; // each asks for one thread: asked for more, TBB lets new threads start others
    std::size_t started = 0;
    try {
        for (; started < count; ++started) {
            arenas.emplace_back(2, 1).enqueue(come);
            std::unique_lock lock(at->mutex);
            at->changed.wait_for(lock, std::chrono::milliseconds(100), [&] { return at->here > started; });
        }
    } catch (std::exception const&) {
        // the system refused the thread
    }
    std::lock_guard const lock(at->mutex);
    at->over = true;
    at->changed.notify_all();
    return started;
}

/// What TBB may start. TBB ends the process when it cannot start a thread, and it starts threads whenever work comes.
/// So their number is tried out first, TBB is limited to what was possible, and starts all of them at once, before
/// memory or other processes take what they need. TBB has no more threads than the largest number that is asked for.
class allowance {
public:
    /// Returns how many threads are granted, including the calling thread.
    std::size_t begin(std::size_t threads) {
        std::lock_guard const lock(mutex_);
        if (!lasting_.is_active()) {
            // oneTBB 2022 waits for itself forever where an allocation of its start fails: it is tried out here. Its
            // allocations are small, but may take a MiB at a time from the system.
            constexpr std::size_t room = std::size_t{4} << 20;
            ::operator delete(::operator new(room));
            lasting_.initialize();
        }
        auto const asked = users_ == 0 ? threads : std::max(most_, threads);
        if (asked > started_ && asked <= possible_) {
            auto const found = startable_threads(static_cast<unsigned>(asked - 1)) + std::size_t{1};
            if (found < asked) possible_ = found; // for good: TBB would start more at any time
        }
        allow(std::min(asked, possible_));
        most_ = asked;
        ++users_;
        auto granted = std::min(threads, control::active_value(control::max_allowed_parallelism));
        if (granted > started_) {
            started_ = start_tbb_threads(granted - 1) + 1;
            if (started_ < granted) allow(granted = possible_ = started_);
        }
        return granted;
    }
    void end() {
        std::lock_guard const lock(mutex_);
        if (--users_ == 0 && possible_ == all) limit_.reset(); // other users of TBB get their threads back
    }

private:
    static constexpr auto all = static_cast<std::size_t>(-1);

    void allow(std::size_t threads) {
        if (limit_ && threads == limited_to_) return;
        // The new limit comes first: of several, TBB takes the least.
        auto next = std::make_unique<control>(control::max_allowed_parallelism, threads);
        limit_ = std::move(next);
        limited_to_ = threads;
    }

    std::mutex mutex_{};
    std::size_t users_ = 0;
    std::size_t most_ = 1;       ///< asked for by the present users
    std::size_t possible_ = all; ///< what the system refused to exceed
    std::size_t started_ = 1;    ///< the caller's own
    std::size_t limited_to_ = 0;
    std::unique_ptr<control> limit_{};
    tbb::task_arena lasting_{1, 1}; ///< while an arena lives, TBB keeps its threads
};
allowance& allowed() {
    static auto& only = *new allowance; // outlives the last use of TBB
    return only;
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
    struct permit {
        explicit permit(unsigned threads) : threads(allowed().begin(threads)) {}
        permit(permit const&) = delete;
        permit& operator=(permit const&) = delete;
        ~permit() { allowed().end(); }
        std::size_t const threads; // asking TBB for more than is allowed makes it print a warning
    };
    explicit state(unsigned threads) : granted(threads) { arena.initialize(static_cast<int>(granted.threads), 1); }

    permit granted;
    tbb::task_arena arena{};
    std::shared_ptr<call_queue> calls = new_queue();
};

helper_threads::helper_threads(unsigned threads) : state_(std::make_unique<state>(threads)) {}

helper_threads::~helper_threads() { join(); }

unsigned helper_threads::most() const noexcept { return static_cast<unsigned>(state_->granted.threads) - 1; }

void helper_threads::start(void* context, void (*work)(void*) noexcept) {
    state_->calls->add(context, work);
    state_->arena.enqueue([calls = state_->calls] { calls->run_one(); });
}

void helper_threads::join() { state_->calls->run_all(); }
}
