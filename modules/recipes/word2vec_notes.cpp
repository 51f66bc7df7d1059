module;
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
module wordmill.recipes;
import :running;
import :word2vec;
import :word2vec_notes;
import wordmill.batch;
import wordmill.core;
import wordmill.text;
import wordmill.word2vec;

namespace wordmill::detail {
namespace {
std::string_view name_of(cbow_input input) {
    switch (input) {
    case cbow_input::mean: return "mean";
    case cbow_input::sum: return "sum";
    case cbow_input::mean_with_whole_gradient: return "mean-whole";
    }
    return "unknown";
}
std::string_view name_of(negative_sharing sharing) {
    switch (sharing) {
    case negative_sharing::window: return "window";
    case negative_sharing::pair: return "pair";
    case negative_sharing::batch: return "batch";
    }
    return "unknown";
}

template <class Number> void check(std::string const& option, Number value, Number low, Number high) {
    if (value >= low && value <= high) return; // not so of NaN
    throw error(failure::usage, option + ": expected " + short_number(static_cast<double>(low)) + " to "
                                    + short_number(static_cast<double>(high)) + ", found "
                                    + short_number(static_cast<double>(value)));
}
}

word2vec_recipe settled(architecture what, word2vec_recipe how) {
    check<std::uint64_t>("dimension", how.dimension, 1, 1 << 20);
    check<std::uint64_t>("radius", how.radius, 1, 1 << 20);
    if (!how.hierarchical_softmax) check<std::uint64_t>("negative samples", how.negative, 1, 255);
    check("noise power", how.noise_power, -100.0, 100.0);
    check("subsampling threshold", how.subsampling, 0.0, 1.0);
    check<std::uint64_t>("epochs", how.epochs, 1, 1 << 20);
    if (how.subwords.any())
        check<std::uint64_t>("least letters of a subword", how.subwords.least_letters, 1, how.subwords.most_letters);
    auto const first = how.learning_rate.value_or(how.subwords.any()           ? 0.05
                                                  : what == architecture::cbow ? 0.075
                                                                               : 0.05);
    check("learning rate", first, 1e-12, 10.0);
    auto const last = how.last_learning_rate.value_or(first * 1e-4);
    check("last learning rate", last, 0.0, first);
    how.first_values = how.first_values.value_or(how.subwords.any() ? 1 : 2);
    check("first values", *how.first_values, 0.0, 1e6);
    how.learning_rate = first;
    how.last_learning_rate = last;
    return how;
}

note_map notes_of(architecture what, word2vec_recipe const& how) {
    note_map notes{
        {"model", what == architecture::cbow ? "cbow" : "skipgram"},
        {"size", std::to_string(how.dimension)},
        {"window", std::to_string(how.radius)},
        {"shrink", how.shrink ? "yes" : "no"},
        {"cross-sentences", how.cross_sentences ? "yes" : "no"},
        {"sample", short_number(how.subsampling)},
        {"first-values", short_number(*how.first_values)},
        {"alpha", short_number(*how.learning_rate)},
        {"min-alpha", short_number(*how.last_learning_rate)},
        {"epochs", std::to_string(how.epochs)},
        {"seed", std::to_string(how.run.seed)},
        {"mode", how.deterministic ? "deterministic" : "fast"},
        {"instructions", std::string(word2vec_model::instruction_set())},
    };
    if (what == architecture::cbow) notes["cbow-input"] = name_of(how.cbow);
    if (how.hierarchical_softmax) {
        notes["hs"] = "yes";
    } else {
        notes["negative"] = std::to_string(how.negative);
        notes["share-negatives"] = name_of(how.sharing);
        notes["ns-exponent"] = short_number(how.noise_power);
    }
    if (how.subwords.any()) {
        notes["minn"] = std::to_string(how.subwords.least_letters);
        notes["maxn"] = std::to_string(how.subwords.most_letters);
        notes["bucket"] = std::to_string(how.subwords.buckets);
    }
    return notes;
}
}
