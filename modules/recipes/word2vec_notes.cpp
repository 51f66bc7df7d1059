module;
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
module wordmill.recipes;
import :option_names;
import :running;
import :word2vec;
import :word2vec_notes;
import wordmill.batch;
import wordmill.core;
import wordmill.text;
import wordmill.word2vec;

namespace wordmill::detail {
namespace {
template <class Number> void check(std::string const& option, Number value, Number low, Number high) {
    if (value >= low && value <= high) return; // not so of NaN
    throw error(failure::usage, option + ": expected " + format_short(static_cast<double>(low)) + " to "
                                    + format_short(static_cast<double>(high)) + ", found "
                                    + format_short(static_cast<double>(value)));
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
    auto const first = how.learning_rate.value_or(default_learning_rate(what, how.subwords.any()));
    check("learning rate", first, 1e-12, 10.0);
    auto const last = how.last_learning_rate.value_or(first * 1e-4);
    check("last learning rate", last, 0.0, first);
    how.first_values = how.first_values.value_or(how.subwords.any() ? 1 : what == architecture::cbow ? 4 : 2);
    check("first values", *how.first_values, 0.0, 1e6);
    how.learning_rate = first;
    how.last_learning_rate = last;
    return how;
}

note_map notes_of(architecture what, word2vec_recipe const& how) {
    // A new option does not compile until it has its note, or it is decided that it changes nothing.
    auto const& [dimension, radius, shrink, cross_sentences, negative, noise_power, sharing, hierarchical_softmax, cbow,
                 subwords, subsampling, epochs, first_values, rate, last_rate, deterministic, device, in_flight, words,
                 run] = how;
    (void)words;                   // decides the vocabulary, which has a fingerprint
    (void)device, (void)in_flight; // a run may go on on another device
    note_map notes{
        {"model", what == architecture::cbow ? "cbow" : "skipgram"},
        {"size", std::to_string(dimension)},
        {"window", std::to_string(radius)},
        {"fixed-window", yes_no(!shrink)},
        {"cross-sentences", yes_no(cross_sentences)},
        {"sample", exact_number(subsampling)},
        {"first-values", exact_number(*first_values)},
        {"alpha", exact_number(*rate)},
        {"min-alpha", exact_number(*last_rate)},
        {"epochs", std::to_string(epochs)},
        {"deterministic", yes_no(deterministic)},
        {"instruction set", std::string(word2vec_model::instruction_set())},
    };
    describe(run, notes);
    if (what == architecture::cbow) notes["cbow-input"] = name_in(cbow_input_names, cbow);
    if (hierarchical_softmax) {
        notes["hs"] = "yes";
    } else {
        notes["negative"] = std::to_string(negative);
        notes["share-negatives"] = name_in(negative_sharing_names, sharing);
        notes["ns-exponent"] = exact_number(noise_power);
    }
    if (subwords.any()) {
        auto const& [least, most, buckets] = subwords;
        notes["minn"] = std::to_string(least);
        notes["maxn"] = std::to_string(most);
        notes["bucket"] = std::to_string(buckets);
    }
    return notes;
}
}
