module;
#include <atomic>
#include <csignal>
#include <ctime>
#include <memory>
#include <pthread.h>
#include <semaphore.h>
#include <system_error>
#include <thread>
#include <unistd.h>
module wordmill.command;
import :signals;
import wordmill.core;

namespace wordmill {
namespace {
constexpr int stopping[] = {SIGINT, SIGTERM, SIGHUP};

// Everything that the handlers may use. They run on any thread.
std::atomic<int> first_signal{0};
sem_t arrived;
monitor* watched = nullptr; // set while a guard has no thread of its own
pthread_t reader{};

void note(int signal) {
    if (int expected = 0; !first_signal.compare_exchange_strong(expected, signal)) _exit(128 + signal);
    sem_post(&arrived);
}
void wake(int) {} // only there to interrupt a read that waits
/// Does the work of the waiting thread, except that a read which begins just now is not interrupted.
void note_alone(int signal) {
    note(signal);
    watched->request_stop();
    pthread_kill(reader, SIGUSR1);
}

void handle(int signal, void (*handler)(int), int flags = 0) {
    struct sigaction action{};
    action.sa_handler = handler;
    action.sa_flags = flags;
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, nullptr);
}
}

struct signal_guard::state {
    monitor watch;
    std::atomic<bool> done{false};
    pthread_t main{};
    std::thread waiter;

    void wait() {
        while (!done.load()) {
            timespec until{};
            clock_gettime(CLOCK_MONOTONIC, &until);
            until.tv_nsec += 100'000'000;
            if (until.tv_nsec >= 1'000'000'000) {
                until.tv_nsec -= 1'000'000'000;
                ++until.tv_sec;
            }
            sem_clockwait(&arrived, CLOCK_MONOTONIC, &until);
            if (first_signal.load() == 0 || done.load()) continue;
            watch.request_stop();
            pthread_kill(main, SIGUSR1); // again and again: the first one may come just before the read begins
        }
    }
};

signal_guard::signal_guard(monitor watch) : state_(std::make_unique<state>()) {
    state_->watch = watch;
    state_->main = pthread_self();
    first_signal = 0;
    sem_init(&arrived, 0, 0);
    handle(SIGPIPE, SIG_IGN);
    handle(SIGXFSZ, SIG_IGN);
    handle(SIGUSR1, wake); // no SA_RESTART: a read that waits returns
    for (int const signal : stopping) handle(signal, note, SA_RESTART);
    try {
        state_->waiter = std::thread([s = state_.get()] { s->wait(); });
    } catch (std::system_error const&) { // the limit of threads or of memory
        watched = &state_->watch;
        reader = state_->main;
        for (int const signal : stopping) handle(signal, note_alone); // no SA_RESTART: a read that waits returns
    }
}

signal_guard::~signal_guard() {
    for (int const signal : stopping) handle(signal, SIG_DFL);
    state_->done = true;
    sem_post(&arrived);
    if (state_->waiter.joinable()) state_->waiter.join();
    watched = nullptr;
    sem_destroy(&arrived);
}

int signal_guard::received() const noexcept { return first_signal.load(); }
}
