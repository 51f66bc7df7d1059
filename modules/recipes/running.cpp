module;
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>
module wordmill.recipes;
import :corpus;
import :run_options;
import :running;
import wordmill.core;
import wordmill.metrics;
import wordmill.pipeline;
import wordmill.text;
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

std::string exact_number(double value) {
    auto const text = format_short(value);
    return parse_number<double>(text) == value ? text : format_exact(value);
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

void describe(run_options const& run, note_map& notes) {
    // A new option does not compile until it is decided whether it changes the result.
    auto const& [threads, memory, seed, folder, start, overwrite, checkpoint_tokens, watch, counts, on_message,
                 on_warning, metrics, metrics_seconds] = run;
    (void)threads, (void)memory;
    (void)folder, (void)start, (void)overwrite, (void)checkpoint_tokens;
    (void)watch, (void)counts, (void)on_message, (void)on_warning, (void)metrics, (void)metrics_seconds;
    notes["seed"] = std::to_string(seed);
}

note_map describe_run(std::optional<run_folder> const& folder, note_map options, any_corpus const& corpus,
                      vocabulary_recipe const& recipe, vocabulary const& words) {
    if (!folder) return {};
    auto description = std::move(options);
    if (auto model = description.extract("model")) { // is no option
        model.key() = "kind of model";
        description.insert(std::move(model));
    }
    description.merge(corpus.description());
    auto const& [given, min_count, max_size] = recipe;
    description["min-count"] = std::to_string(min_count);
    description["max-size"] = std::to_string(max_size);
    description["vocabulary fingerprint"] = std::to_string((given ? *given : words).fingerprint());
    check_description(*folder, description);
    return description;
}

void run_reporter::begin(begun_run begun, std::uint64_t epoch) {
    if (!run_->metrics) return;
    auto const tokens_before = begun.tokens_before;
    auto sinks = run_->metrics(begun);
    if (sinks.empty()) return;
    auto const limiting = [watch = run_->watch, waited = run_->watch.source_seconds(),
                           start = std::chrono::steady_clock::now()] {
        auto const elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        return std::string((watch.source_seconds() - waited) * 2 > elapsed ? "reading" : "training");
    };
    recorder_.emplace(run_->watch, std::move(sinks),
                      recorder_options{.every = run_->metrics_seconds,
                                       .epoch = epoch,
                                       .tokens_before = tokens_before,
                                       .limiting_stage = limiting});
}
double run_reporter::end_epoch(training_report const& report, std::map<std::string, double> scores) {
    auto const loss = report.loss.mean();
    if (recorder_) recorder_->end_epoch(loss, std::move(scores));
    return loss;
}
void run_reporter::tell_epoch(training_report const& report, std::string const& result) const {
    tell(run_->on_message, "epoch " + std::to_string(report.epoch) + " of " + std::to_string(epochs_) + ": " + result);
}
}
