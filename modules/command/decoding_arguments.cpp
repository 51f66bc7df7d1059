module;
#include <limits>
#include <string>
module wordmill.command;
import :arguments;
import :command_line;
import :decoding_arguments;
import wordmill.core;
import wordmill.recipes;
import wordmill.seq2seq;

namespace wordmill {
void decoding_arguments::add_to(command_line line, bool with_n_best) {
    auto search = line.under("Search");
    search.option("--beam", beam, "Partial targets that are kept; 1 = the likeliest token at each step", "K");
    if (with_n_best) search.option("--n-best", n_best, "Targets of each source, best first", "N");
    search.option("--length-alpha", length_alpha, "Exponent of length normalisation (Wu et al. 2016); 0 = none", "A");
    search.option("--max-length", max_length, "Most tokens of a target; 0 = twice its source's and 20", "N");
    search.option("--batch", batch, "Sources that are decoded side by side; affects speed only", "N");
}

translator_options decoding_arguments::resolve() const {
    constexpr auto any = std::numeric_limits<double>::infinity();
    translator_options options{
        .decoding = {.beam = parse_positive(beam, "--beam"),
                     .n_best = parse_positive(n_best, "--n-best"),
                     .length_alpha = parse_real_from(length_alpha, "--length-alpha", 0, any, true),
                     .most_tokens = parse_count(max_length, "--max-length")},
        .batch = parse_positive(batch, "--batch")};
    if (options.decoding.n_best > options.decoding.beam)
        throw error(failure::usage, "--n-best: expected at most as many as --beam, " + beam + ", found " + n_best);
    return options;
}
}
