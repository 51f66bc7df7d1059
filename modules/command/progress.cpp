module;
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>
module wordmill.command;
import :progress;
import wordmill.core;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
namespace {
using clock = std::chrono::steady_clock;

double seconds_between(clock::time_point from, clock::time_point to) {
    return std::chrono::duration<double>(to - from).count();
}

std::string tenths(double value) {
    auto const n = static_cast<std::uint64_t>(std::max(0.0, value) * 10 + 0.5);
    return std::to_string(n / 10) + "." + std::to_string(n % 10);
}

std::string significant(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.4g", value);
    return text.data();
}

std::string minutes(double seconds) {
    auto const s = static_cast<std::uint64_t>(std::max(0.0, seconds) + 0.5);
    std::string out;
    if (s >= 3600) out = std::to_string(s / 3600) + "h";
    if (s >= 60) out += std::to_string(s % 3600 / 60) + "m";
    return out + std::to_string(s % 60) + "s";
}

void write_error(std::string const& text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
}
}

std::string printable(std::string_view bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    for (std::size_t i = 0; i < bytes.size();) {
        auto const u = static_cast<unsigned char>(bytes[i]);
        auto const length = u < 0x20 || u == 0x7f ? 0 : character_length(bytes, i);
        if (length == 0 || (u == 0xC2 && static_cast<unsigned char>(bytes[i + 1]) < 0xA0)) {
            out += "\\x";
            out += digits[u >> 4];
            out += digits[u & 15];
            ++i;
        } else {
            out += bytes.substr(i, length);
            i += length;
        }
    }
    return out;
}

void log_line(log_options const& options, std::string_view level, std::string_view message) {
    if (options.format == log_format::json)
        write_error("{\"level\":" + json_string(level) + ",\"message\":" + json_string(message) + "}\n");
    else
        // a line that renews itself may stand there
        write_error((options.terminal ? "\r\x1b[Kwordmill: " : "wordmill: ")
                    + (level == "info" ? std::string() : std::string(level) + ": ") + std::string(message) + "\n");
}

void report_counts(log_options const& options, tally const& counts) {
    if (options.format == log_format::json) {
        std::string line = "{\"level\":\"report\",\"units\":{";
        for (bool first = true; auto const& unit : counts.units()) {
            if (!std::exchange(first, false)) line += ',';
            line += json_string(unit) + ":{\"read\":" + std::to_string(counts.read_count(unit))
                    + ",\"delivered\":" + std::to_string(counts.delivered_count(unit))
                    + ",\"dropped\":" + std::to_string(counts.dropped_count(unit)) + "}";
        }
        line += "},\"drops\":[";
        auto list = [&](std::vector<dropped> const& entries) {
            for (bool first = true; auto const& entry : entries) {
                if (!std::exchange(first, false)) line += ',';
                line += "{\"unit\":" + json_string(entry.unit) + ",\"reason\":" + json_string(entry.reason)
                        + ",\"count\":" + std::to_string(entry.count) + ",\"first\":[";
                for (bool first_place = true; auto const& where : entry.first_places) {
                    if (!std::exchange(first_place, false)) line += ',';
                    line += json_string(where.text());
                }
                line += "]}";
            }
        };
        list(counts.drops());
        line += "],\"notes\":[";
        list(counts.notes());
        write_error(line + "]}\n");
        return;
    }
    if (options.quiet) return;
    auto show = [&](dropped const& entry) {
        std::string line = "  " + format_count(entry.count) + " x " + entry.reason;
        if (!entry.unit.empty()) line += " (" + entry.unit + "s dropped)";
        for (auto const& where : entry.first_places) line += "; " + where.text();
        write_error(line + "\n");
    };
    for (auto const& unit : counts.units()) {
        if (counts.read_count(unit) == 0 && counts.delivered_count(unit) == 0) continue;
        write_error("  " + unit + "s: " + format_count(counts.read_count(unit)) + " read, "
                    + format_count(counts.delivered_count(unit)) + " delivered, "
                    + format_count(counts.dropped_count(unit)) + " dropped\n");
    }
    for (auto const& entry : counts.drops()) show(entry);
    for (auto const& entry : counts.notes()) show(entry);
}

struct progress::state {
    log_options options;
    std::string task;
    progress_goal goal;
    monitor watch;
    std::uint64_t tokens_before = 0;
    clock::time_point start = clock::now();
    double waited_before = 0;
    std::mutex mutex;
    std::condition_variable wake;
    bool done = false;
    bool line_open = false;
    learning last_learnt;
    std::thread shower;

    [[nodiscard]] std::string limiting() const {
        auto const waited = watch.source_seconds() - waited_before;
        return waited * 2 > seconds_between(start, clock::now()) ? "reading" : task;
    }

    /// Loss and rate of what was learnt since the last line.
    struct learning_shown {
        std::optional<double> loss;
        double rate = 0;
    };
    learning_shown learnt_since_last() {
        auto const now = watch.learnt();
        auto const before = std::exchange(last_learnt, now);
        return {.loss = now.mean_loss_since(before), .rate = now.rate};
    }

    void show_json(double elapsed, double rate, std::optional<double> share, learning_shown const& learnt) const {
        std::string line = "{\"level\":\"progress\",\"task\":" + json_string(task) + ",\"seconds\":" + tenths(elapsed)
                           + ",\"stored_bytes\":" + std::to_string(watch.stored())
                           + ",\"tokens\":" + std::to_string(watch.tokens())
                           + ",\"tokens_per_second\":" + std::to_string(static_cast<std::uint64_t>(rate));
        if (share) line += ",\"percent\":" + tenths(*share * 100);
        if (learnt.loss)
            line += ",\"loss\":" + (std::isfinite(*learnt.loss) ? significant(*learnt.loss) : "null")
                    + ",\"learning_rate\":" + significant(learnt.rate);
        write_error(line + ",\"limited_by\":" + json_string(limiting()) + "}\n");
    }

    void show() {
        auto const elapsed = seconds_between(start, clock::now());
        auto const rate = elapsed > 0 ? static_cast<double>(watch.tokens() - tokens_before) / elapsed : 0;
        std::optional<double> share;
        auto const of = [&](std::uint64_t done, std::uint64_t total) {
            if (total > 0) share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
        };
        of(watch.stored(), goal.stored_bytes);
        of(watch.learnt().tokens, watch.expected());
        auto const learnt = learnt_since_last();
        if (options.format == log_format::json) {
            show_json(elapsed, rate, share, learnt);
            return;
        }
        std::string line = task;
        if (share) {
            line += ": " + tenths(*share * 100) + " %";
            if (*share > 0.01) line += ", " + minutes(elapsed * (1 - *share) / *share) + " left";
        } else {
            line += ": " + format_bytes(watch.stored());
        }
        line += ", " + (rate >= 1e5 ? tenths(rate * 1e-6) + " M" : tenths(rate * 1e-3) + " k") + " tokens/s";
        if (learnt.loss) line += ", loss " + significant(*learnt.loss) + ", rate " + significant(learnt.rate);
        line += ", limited by " + limiting();
        if (options.terminal) {
            write_error("\r\x1b[K" + line);
            line_open = true;
        } else {
            write_error("wordmill: " + line + "\n");
        }
    }

    void run() {
        // a terminal is refreshed twice a second; a log gets a line every 10 seconds
        auto const every =
            std::chrono::milliseconds(options.terminal && options.format == log_format::text ? 500 : 10'000);
        auto shown = clock::now();
        auto moved = clock::now();
        std::uint64_t last = 0;
        bool said_waiting = false;
        std::unique_lock lock(mutex);
        while (!wake.wait_for(lock, std::chrono::milliseconds(250), [&] { return done; })) {
            auto const now = clock::now();
            auto const sum = watch.stored() + watch.tokens();
            if (sum != std::exchange(last, sum)) {
                moved = now;
                said_waiting = false;
            } else if (!said_waiting && watch.waits_for_source() && seconds_between(moved, now) > 5) {
                said_waiting = true;
                log_line(options, "info", "waiting for input: nothing has arrived for 5 seconds");
            }
            if (now - shown >= every) {
                shown = now;
                show();
            }
        }
        if (std::exchange(line_open, false)) write_error("\r\x1b[K");
    }
};

progress::progress(log_options options, std::string_view task, progress_goal goal, monitor watch)
    : state_(std::make_unique<state>()), watch_(watch) {
    state_->options = options;
    state_->task = task;
    state_->goal = goal;
    state_->watch = watch;
    state_->tokens_before = watch.tokens();
    state_->waited_before = watch.source_seconds();
    if (options.quiet) return;
    try {
        state_->shower = std::thread([s = state_.get()] { s->run(); });
    } catch (std::system_error const& e) {
        log_line(options, "info", std::string("no progress is shown: ") + thread_refused("show it", e).what());
    }
}

progress::~progress() { finish(); }

void progress::finish() {
    if (!state_->shower.joinable()) return;
    {
        std::scoped_lock const lock(state_->mutex);
        state_->done = true;
    }
    state_->wake.notify_all();
    state_->shower.join();
}

double progress::seconds() const { return seconds_between(state_->start, clock::now()); }

std::string progress::limiting_stage() const { return state_->limiting(); }
}
