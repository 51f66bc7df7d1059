module;
#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>
module wordmill.command;
import :arguments;
import :command_line;
import :counting_arguments;
import :progress;
import :vocabulary_arguments;
import wordmill.core;
import wordmill.corpora;
import wordmill.compute;
import wordmill.io;
import wordmill.pipeline;
import wordmill.stats;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
void counting_arguments::add_to(command_line line) {
    input.add_to(line);
    tokens.add_to(line);
    words.add_to(line);
    auto pairs = line.under("Co-occurrence");
    pairs.option("--window", window, "Words on each side that count", "N");
    pairs.option("--left", left, "... before the word, if not as many", "N");
    pairs.option("--right", right, "... behind it", "N");
    pairs.option("--weights", weights, "flat (1), harmonic (1 / distance)", "NAME");
    pairs.flag("--shrink-window", shrink, "Each word draws its radius from 1 .. N, as word2vec does");
    pairs.flag("--cross-sentences", cross_sentences, "Windows go over line ends, as for text8");
    pairs.option("--sample", sample, "Subsampling threshold for frequent words; 0 = off", "T");
    pairs.option("--seed", seed, "Seed of all random numbers", "N");
    pairs.option("--temporary", temporary, "Folder for what exceeds the memory budget", "FOLDER");
}

namespace {
/// The stream of blocks and the libraries take some beside.
std::uint64_t memory_of_counting(std::uint64_t memory, double share) {
    constexpr std::uint64_t of_stream = std::uint64_t{16} << 20;
    auto const part = static_cast<std::uint64_t>(share * static_cast<double>(memory));
    return std::max(part - std::min(part, of_stream), part / 4);
}

window_options windows_of(counting_arguments const& a, random_key key) {
    auto const radius = [](std::string const& text, std::string_view option) {
        auto const value = parse_count(text, option);
        if (value > token_pair::most_distance)
            throw error(failure::usage, std::string(option) + ": expected at most "
                                            + std::to_string(token_pair::most_distance) + ", found '" + text + "'");
        return static_cast<std::uint32_t>(value);
    };
    window_options o{
        .radius = radius(a.window, "--window"), .shrink = a.shrink, .cross_sentences = a.cross_sentences, .key = key};
    if (!a.left.empty()) o.left = radius(a.left, "--left");
    if (!a.right.empty()) o.right = radius(a.right, "--right");
    return o;
}
}

counted_corpus count_corpus(std::string const& command, counting_arguments const& a,
                            std::vector<input_file> const& inputs, monitor const& watch, double share,
                            compute_device device) {
    static constexpr named_value<distance_weighting> weightings[] = {{"flat", distance_weighting::flat},
                                                                     {"harmonic", distance_weighting::harmonic}};
    auto const log = a.run.log();
    auto const threads = a.run.thread_count();
    auto const key = random_key(parse_count(a.seed, "--seed"));
    auto const windows = windows_of(a, key.fold_in(1));
    cooccurrence_pairs const to_pairs(windows); // checks them
    auto const sample = parse_real(a.sample, "--sample");
    cooccurrence_options const how{.weighting = choose("--weights", a.weights, weightings),
                                   .radius = std::max(windows.before(), windows.behind()),
                                   .threads = threads,
                                   .memory_bytes = memory_of_counting(a.run.memory_bytes(), share),
                                   .folder = a.temporary,
                                   .device = device};
    (void)weight_unit(how.weighting, how.radius);
    auto const passes = 1 + a.words.passes();
    check_passes(command, inputs, passes, "give --vocabulary, or write the input to a file");

    counted_corpus found;
    progress shown(log, "counting", {.stored_bytes = passes * total_bytes(inputs)}, watch);
    found.words = a.words.resolve(inputs, a.input, a.tokens.resolve({}), a.run, watch);
    auto const count = [watch](token_block block) {
        auto told = watch;
        told.add_tokens(block.ids.size() + block.dropped);
        return block;
    };
    auto ids =
        shown.timed(read_corpus(inputs, a.input.resolve(a.run, watch, found.report)))
        | parallel(chain(chain(encode(a.tokens.resolve(found.report), found.words, {.counts = found.report}),
                               subsample(found.words, {.threshold = sample, .key = key, .counts = found.report})),
                         count),
                   {.threads = threads});
    found.counts = count_cooccurrences(found.words.size(), with_borders(std::move(ids), windows), to_pairs, how);
    auto const limiting = shown.limiting_stage();
    shown.finish();
    if (log.quiet) return found;
    auto const speed = static_cast<std::uint64_t>(static_cast<double>(watch.tokens()) / shown.seconds());
    log_line(log, "info",
             format_count(found.words.size()) + " types, " + format_count(watch.tokens()) + " tokens; "
                 + format_count(speed) + " tokens/s" + (passes > 1 ? ", the vocabulary's pass included" : "")
                 + ", limited by " + limiting);
    report_counts(log, found.report);
    return found;
}
}
