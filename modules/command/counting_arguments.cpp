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
import wordmill.batch;
import wordmill.compute;
import wordmill.io;
import wordmill.pipeline;
import wordmill.recipes;
import wordmill.stats;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
void counting_arguments::add_to(command_line line) {
    input.add_to(line);
    tokens.add_to(line);
    words.add_to(line);
    auto pairs = line.under("Co-occurrence");
    pairs.option("--window", window, "Words on each side that are counted", "N");
    pairs.option("--left", left, "Words before the word, if different from --window", "N");
    pairs.option("--right", right, "Words after the word, if different from --window", "N");
    pairs.option("--weights", weights, "flat (1), harmonic (1 / distance)", "NAME");
    pairs.flag("--shrink-window", shrink, "Each word draws its radius from 1 .. N, as word2vec does");
    pairs.flag("--cross-sentences", cross_sentences, "Windows continue across line ends, as for text8");
    pairs.option("--sample", sample, "Subsampling threshold for frequent words; 0 = off", "T");
    pairs.option("--seed", seed, "Seed of all random numbers", "N");
    pairs.option("--temporary", temporary, "Folder for data beyond the memory budget", "FOLDER");
}

cooccurrence_recipe counting_arguments::recipe(compute_device device) const {
    auto const radius = [](std::string const& text, std::string_view option) {
        auto const value = parse_count(text, option);
        if (value > token_pair::most_distance)
            throw error(failure::usage, std::string(option) + ": expected at most "
                                            + std::to_string(token_pair::most_distance) + ", found '" + text + "'");
        return static_cast<std::uint32_t>(value);
    };
    cooccurrence_recipe how{.radius = radius(window, "--window"),
                            .shrink = shrink,
                            .cross_sentences = cross_sentences,
                            .weighting = choose("--weights", weights, distance_weighting_names),
                            .subsampling = parse_real(sample, "--sample"),
                            .words = words.recipe(),
                            .temporary_folder = temporary,
                            .device = device};
    if (!left.empty()) how.left = radius(left, "--left");
    if (!right.empty()) how.right = radius(right, "--right");
    return how;
}

any_corpus counting_arguments::open(std::vector<input_file> files) const {
    auto corpus = input.open(std::move(files), tokens, run);
    check_text_options(corpus, input, tokens);
    return corpus;
}
}
