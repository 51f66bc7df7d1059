module;
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>
module wordmill.metrics;
import :training_point;
import :training_recorder;
import wordmill.core;
import wordmill.stream;

namespace wordmill {
namespace {
using clock = std::chrono::steady_clock;
double seconds_between(clock::time_point from, clock::time_point to) {
    return std::chrono::duration<double>(to - from).count();
}
}

struct training_recorder::state {
    struct mark {
        clock::time_point at;
        std::uint64_t tokens;
    };
    monitor watch;
    std::vector<sink> sinks;
    recorder_options options;
    clock::time_point start = clock::now();
    learning last = watch.learnt(); // of the point before
    learning const first = last;
    // Speed is measured from the point before, or where that is too near, from the one before it.
    mark speed_from{start, last.tokens};
    mark speed_before = speed_from;
    std::mutex mutex; // of all but the handle
    std::condition_variable wake;
    std::exception_ptr failed;
    bool done = false;
    std::thread thread;

    state(monitor of, std::vector<sink> to, recorder_options how)
        : watch(std::move(of)), sinks(std::move(to)), options(std::move(how)) {}

    void take(std::optional<double> epoch_loss, std::map<std::string, double> scores = {}) {
        auto const now = clock::now();
        auto const learnt = watch.learnt();
        bool const near = seconds_between(speed_from.at, now) < options.every / 2;
        auto const& from = near ? speed_before : speed_from;
        auto const since = seconds_between(from.at, now);
        training_point const point{.seconds = seconds_between(start, now),
                                   .epoch = options.epoch,
                                   .tokens = options.tokens_before + learnt.tokens - first.tokens,
                                   .tokens_per_second =
                                       since > 0 ? static_cast<double>(learnt.tokens - from.tokens) / since : 0,
                                   .loss = learnt.mean_loss_since(last),
                                   .learning_rate = learnt.rate,
                                   .limited_by = options.limiting_stage(),
                                   .epoch_loss = epoch_loss,
                                   .epoch_scores = std::move(scores)};
        last = learnt;
        if (!near) speed_before = std::exchange(speed_from, {now, learnt.tokens});
        for (auto const& to : sinks) to(point);
    }

    void run() {
        std::unique_lock lock(mutex);
        auto const every = std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(options.every));
        while (!wake.wait_for(lock, every, [&] { return done; })) {
            try {
                take({});
            } catch (...) {
                failed = std::current_exception();
                watch.request_stop();
                return;
            }
        }
    }
    void rethrow() {
        if (failed) std::rethrow_exception(std::exchange(failed, nullptr));
    }
    void stop() {
        {
            std::scoped_lock const lock(mutex);
            done = true;
        }
        wake.notify_all();
        if (thread.joinable()) thread.join();
    }
};

training_recorder::training_recorder(monitor watch, std::vector<sink> sinks, recorder_options options) {
    expect(options.every > 0, "the time between two points must be positive");
    state_ = std::make_unique<state>(std::move(watch), std::move(sinks), std::move(options));
    try {
        state_->thread = std::thread([s = state_.get()] { s->run(); });
    } catch (std::system_error const& e) {
        throw thread_refused("record the training", e);
    }
}

training_recorder::~training_recorder() { state_->stop(); }

void training_recorder::end_epoch(double epoch_loss, std::map<std::string, double> scores) {
    auto& s = *state_;
    std::scoped_lock const lock(s.mutex);
    s.rethrow();
    s.take(epoch_loss, std::move(scores));
    ++s.options.epoch;
}

void training_recorder::check() {
    std::scoped_lock const lock(state_->mutex);
    state_->rethrow();
}

void training_recorder::finish() {
    auto& s = *state_;
    s.stop();
    s.rethrow();
    if (s.watch.learnt().examples != s.last.examples) s.take({});
}
}
