#include "binding.hpp"
import wordmill.core;
#include "run.hpp"

namespace {
namespace wm = wordmill;
using namespace std::chrono_literals;

/// The runs of the process, so that it can end while they are under way, and whether it was forked.
struct all_runs {
    std::mutex mutex;
    std::condition_variable ended;
    std::set<wm::monitor*> running;
    bool begun_any = false;
    bool forked_after = false;
};
all_runs& runs() {
    static auto* const all = new all_runs; // is used while the process ends
    return *all;
}

/// A run, from its begin until its calling thread is about to return to Python.
class registered {
public:
    explicit registered(wm::monitor& watch) : watch_(&watch) {
        std::scoped_lock const lock(runs().mutex);
        runs().begun_any = true;
        runs().running.insert(watch_);
    }
    registered(registered const&) = delete;
    registered& operator=(registered const&) = delete;
    ~registered() {
        std::scoped_lock const lock(runs().mutex);
        runs().running.erase(watch_);
        runs().ended.notify_all();
    }

private:
    wm::monitor* watch_;
};

/// Asks all runs to stop and waits for them: called before the interpreter goes down. Afterwards iterators no longer
/// work, and Python ends a thread that asks for the GIL, which C++ code does not survive.
void stop_all() {
    nb::gil_scoped_release const unlocked;
    auto& all = runs();
    std::unique_lock lock(all.mutex);
    for (auto* const watch : all.running) watch->request_stop();
    all.ended.wait_for(lock, 30s, [&] { return all.running.empty(); });
}

/// A child has none of the threads of its parent.
void after_fork() {
    auto& all = runs();
    if (all.begun_any) all.forked_after = true;
}
}

void log_message(char const* level, std::string const& line) noexcept {
    nb::gil_scoped_acquire const gil;
    if (!gil.is_valid()) return;
    try {
        nb::module_::import_("logging").attr("getLogger")("wordmill").attr(level)("%s", to_python(line));
    } catch (nb::python_error& e) {
        e.discard_as_unraisable("wordmill: logging");
    } catch (...) { // a log must not end a run
    }
}

std::uint64_t memory_of(nb::handle memory) {
    if (memory.is_none()) return 0;
    if (PyUnicode_Check(memory.ptr())) return wm::parse_bytes(nb::cast<std::string>(memory), "memory");
    return nb::cast<std::uint64_t>(memory);
}

void run_watched(run_progress const& progress, std::function<void()> const& work) {
    auto& all = runs();
    if (all.forked_after)
        throw wm::error(wm::failure::unavailable,
                        "this process was forked from one that had used wordmill, whose threads it does not have", {},
                        "start processes with the method \"spawn\" or \"forkserver\" of multiprocessing");
    struct shared {
        std::mutex mutex;
        std::condition_variable over;
        bool ended = false;
        std::exception_ptr failed;
        wm::monitor watch;
    };
    auto const state = std::make_shared<shared>();
    state->watch = progress.watch;
    registered const here(state->watch);
    std::exception_ptr stopped;
    std::thread worker([state, &work] {
        try {
            work();
        } catch (...) {
            state->failed = std::current_exception();
        }
        {
            std::scoped_lock const lock(state->mutex);
            state->ended = true;
        }
        state->over.notify_one();
    });
    auto told = std::chrono::steady_clock::now() - 1s;
    for (bool waits = true; waits;) {
        {
            nb::gil_scoped_release const unlocked;
            std::unique_lock lock(state->mutex);
            waits = !state->over.wait_for(lock, 50ms, [&] { return state->ended; });
        }
        if (stopped) continue;
        try {
            if (PyErr_CheckSignals() != 0) nb::raise_python_error();
            auto const now = std::chrono::steady_clock::now();
            if (progress.listener.is_none() || (waits && now - told < 100ms)) continue;
            told = now;
            auto const learnt = progress.watch.learnt();
            progress.listener(learnt.tokens, progress.total->load(), learnt.loss, learnt.examples, learnt.rate);
        } catch (...) {
            stopped = std::current_exception();
            state->watch.request_stop();
        }
    }
    {
        nb::gil_scoped_release const unlocked;
        worker.join();
    }
    if (stopped) std::rethrow_exception(stopped);
    if (state->failed) std::rethrow_exception(std::exchange(state->failed, nullptr));
}

void bind_run(nb::module_& m) {
    m.def("_stop_all", &stop_all);
    m.def("_after_fork", &after_fork);
    nb::module_::import_("atexit").attr("register")(m.attr("_stop_all"));
    nb::module_::import_("os").attr("register_at_fork")(nb::arg("after_in_child") = m.attr("_after_fork"));
}
