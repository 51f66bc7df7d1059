module;
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <signal.h>
#include <sys/types.h>
#include <system_error>
#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>
#include <thread>
#include <unistd.h>
#include <vector>
module wordmill.stream;

// This file is compiled without the thread sanitizer, which cannot see into the distribution's TBB; these tell it what
// TBB's own synchronisation means for our code.
#ifdef WORDMILL_THREAD_SANITIZER
extern "C" void __tsan_acquire(void* address);
extern "C" void __tsan_release(void* address);
#else
static void __tsan_acquire(void*) {}
static void __tsan_release(void*) {}
#endif

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

struct helper_threads::state {
    unsigned most = 0;
    void* last_context = nullptr;
    std::optional<tbb::global_control> limit;
    tbb::task_arena arena;
    tbb::task_group_context apart{tbb::task_group_context::isolated};
    tbb::task_group calls{apart};
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
    auto& s = *state_;
    s.last_context = context;
    __tsan_release(context);
    s.arena.enqueue(s.calls.defer([context, work] {
        __tsan_acquire(context);
        work(context);
        __tsan_release(context);
    }));
}

void helper_threads::join() {
    auto& s = *state_;
    if (!s.last_context) return;
    s.arena.execute([&s] { s.calls.wait(); }); // inside the arena this thread takes calls too
    __tsan_acquire(s.last_context);
    s.last_context = nullptr;
}
}
