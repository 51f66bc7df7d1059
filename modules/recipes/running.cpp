module;
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>
module wordmill.recipes;
import :run_options;
import :running;
import wordmill.core;
import wordmill.metrics;
import wordmill.training;

namespace wordmill::detail {
std::string in_words(note_map const& notes) {
    std::string text;
    for (auto const& [key, value] : notes) text += (text.empty() ? "" : ", ") + key + " " + value;
    return text;
}

void tell(std::function<void(std::string const&)> const& listener, std::string const& line) {
    if (listener) listener(line);
}

std::string short_number(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%g", value);
    return text.data();
}

std::optional<run_folder> open_folder(run_options const& run) {
    if (run.folder.empty()) return std::nullopt;
    return run_folder(run.folder, run.start, run.overwrite);
}

void check_budget(std::string const& what, std::uint64_t needed, std::uint64_t allowed, std::string const& hint) {
    if (needed <= allowed) return;
    throw error(failure::resource,
                what + " need " + format_bytes(needed) + ", the memory budget allows " + format_bytes(allowed), {},
                hint);
}

run_recorder::run_recorder(run_options const& run, begun_run begun, std::uint64_t epoch) {
    if (!run.metrics) return;
    auto const tokens_before = begun.tokens_before;
    auto sinks = run.metrics(begun);
    if (sinks.empty()) return;
    auto const limiting = [watch = run.watch, waited = run.watch.source_seconds(),
                           start = std::chrono::steady_clock::now()] {
        auto const elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        return std::string((watch.source_seconds() - waited) * 2 > elapsed ? "reading" : "training");
    };
    recorder_.emplace(
        run.watch, std::move(sinks),
        recorder_options{
            .every = run.metrics_seconds, .epoch = epoch, .tokens_before = tokens_before, .limiting_stage = limiting});
}
void run_recorder::end_epoch(double loss) {
    if (recorder_) recorder_->end_epoch(loss);
}
void run_recorder::finish() {
    if (recorder_) recorder_->finish();
}
void run_recorder::check() {
    if (recorder_) recorder_->check();
}
}
