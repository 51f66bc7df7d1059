module;
#include <atomic>
#include <csignal>
#include <ctime>
#include <memory>
#include <pthread.h>
#include <thread>
#include <unistd.h>
module wordmill.command;
import :signals;
import wordmill.core;

namespace wordmill {
namespace {
void wake(int) {} // only there to interrupt a read that waits

void handle(int signal, void (*handler)(int)) {
    struct sigaction action{};
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask); // no SA_RESTART: a read that waits returns
    sigaction(signal, &action, nullptr);
}
}

struct signal_guard::state {
    monitor watch;
    sigset_t signals{};
    std::atomic<int> received{0};
    std::atomic<bool> done{false};
    pthread_t main{};
    std::thread waiter;

    void wait() {
        timespec const tick{0, 100'000'000};
        while (!done.load()) {
            int const signal = sigtimedwait(&signals, nullptr, &tick);
            if (signal > 0 && signal != SIGUSR2) {
                if (received.exchange(signal) != 0) _exit(128 + signal);
                watch.request_stop();
            }
            // again and again: the first one may come just before the read begins
            if (received.load() != 0 && !done.load()) pthread_kill(main, SIGUSR1);
        }
    }
};

signal_guard::signal_guard(monitor watch) : state_(std::make_unique<state>()) {
    state_->watch = watch;
    state_->main = pthread_self();
    handle(SIGPIPE, SIG_IGN);
    handle(SIGXFSZ, SIG_IGN);
    handle(SIGUSR1, wake);
    sigemptyset(&state_->signals);
    for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR2}) sigaddset(&state_->signals, signal);
    pthread_sigmask(SIG_BLOCK, &state_->signals, nullptr);
    state_->waiter = std::thread([s = state_.get()] { s->wait(); });
}

signal_guard::~signal_guard() {
    state_->done = true;
    pthread_kill(state_->waiter.native_handle(), SIGUSR2); // wakes it; means nothing else
    state_->waiter.join();
}

int signal_guard::received() const noexcept { return state_->received.load(); }
}
