module;
#include <algorithm>
#include <coroutine>
#include <cstdint>
#include <string>
#include <utility>
module wordmill.recipes;
import :cooccurrence;
import :corpus;
import :option_names;
import :run_options;
import :running;
import :too_little;
import wordmill.batch;
import wordmill.core;
import wordmill.pipeline;
import wordmill.stats;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
namespace {
/// The stream of blocks and the libraries take some besides.
std::uint64_t memory_of_counting(std::uint64_t memory, double share) {
    constexpr std::uint64_t of_stream = std::uint64_t{16} << 20;
    auto const part = static_cast<std::uint64_t>(share * static_cast<double>(memory));
    return std::max(part - std::min(part, of_stream), part / 4);
}
}

counted_pairs count_pairs(any_corpus const& corpus, cooccurrence_recipe const& how, run_options const& run,
                          double memory_share) {
    auto const threads = resolve_threads(run.threads).count;
    auto const memory = resolve_memory(run.memory_bytes);
    auto const key = random_key(run.seed);
    window_options const windows{.radius = how.radius,
                                 .left = how.left,
                                 .right = how.right,
                                 .shrink = how.shrink,
                                 .cross_sentences = how.cross_sentences,
                                 .key = key.fold_in(1)};
    cooccurrence_pairs const to_pairs(windows); // checks them
    cooccurrence_options const counting{.weighting = how.weighting,
                                        .radius = std::max(windows.before(), windows.behind()),
                                        .threads = threads,
                                        .memory_bytes = memory_of_counting(memory, memory_share),
                                        .folder = how.temporary_folder,
                                        .device = how.device};
    (void)weight_unit(how.weighting, counting.radius); // checks them
    check_passes(corpus, 1 + passes_of(how.words));

    counted_pairs found{.words = {}, .counts = {}, .report = run.counts};
    found.words = make_vocabulary(corpus, how.words, {.threads = threads, .watch = run.watch}, memory);
    auto const count = [watch = run.watch](token_block block) {
        auto told = watch;
        told.add_tokens(block.ids.size() + block.dropped);
        return block;
    };
    auto ids = corpus.ids(
        found.words, {.threads = threads, .watch = run.watch, .counts = found.report},
        chain(subsample(found.words, {.threshold = how.subsampling, .key = key, .counts = found.report}), count),
        [watch = run.watch] [[clang::coro_wrapper]] (auto source) { return timed(std::move(source), watch); });
    found.counts = count_cooccurrences(found.words.size(), with_borders(std::move(ids), windows), to_pairs, counting);
    detail::tell(run.on_message,
                 format_count(found.words.size()) + " types, " + format_count(run.watch.tokens()) + " tokens");
    return found;
}

void check_pairs(counted_pairs const& found, cooccurrence_recipe const& how, std::string const& what) {
    if (found.counts.totals().nonzeros > 0) return;
    throw detail::nothing_to_pair(what, {.known = found.report.read_count("training token"),
                                         .subsampled = found.report.dropped_count("training token"),
                                         .threshold = how.subsampling,
                                         .cross_sentences = how.cross_sentences});
}

void note(cooccurrence_recipe const& how, note_map& notes) {
    // A new option does not compile until it has its note, or it is decided that it changes nothing.
    auto const& [radius, left, right, shrink, cross_sentences, weighting, subsampling, words, folder, device] = how;
    (void)words, (void)folder, (void)device; // the vocabulary has a fingerprint
    notes["window"] = std::to_string(radius);
    if (left) notes["left"] = std::to_string(*left);
    if (right) notes["right"] = std::to_string(*right);
    notes["shrink-window"] = yes_no(shrink);
    notes["cross-sentences"] = yes_no(cross_sentences);
    notes["weights"] = name_in(distance_weighting_names, weighting);
    notes["sample"] = detail::exact_number(subsampling);
}
}
