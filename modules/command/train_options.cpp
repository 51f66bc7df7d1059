module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
module wordmill.command;
import :arguments;
import :metrics_arguments;
import :train_options;
import wordmill.batch;
import wordmill.core;
import wordmill.recipes;
import wordmill.text;
import wordmill.word2vec;

namespace wordmill {
namespace {
struct preset {
    std::string_view name;
    double first_values;    ///< without subwords; 0 = the default of the recipe
    double skip_gram_alpha; ///< 0 = the default of the recipe
    double cbow_alpha;      ///< likewise
    double min_alpha;       ///< absolute; 0 = 1e-4 of the first rate
    double sample;
    cbow_input cbow;
    negative_sharing share;
    std::uint32_t least_letters; ///< of n-grams that are subwords
    std::uint32_t most_letters;  ///< 0 = none
};
constexpr preset presets[] = {
    {"wordmill", 0, 0, 0, 0, 1e-4, cbow_input::mean_with_whole_gradient, negative_sharing::window, 3, 0},
    {"word2vec", 0.5, 0.025, 0.05, 0, 1e-3, cbow_input::mean_with_whole_gradient, negative_sharing::pair, 3, 0},
    {"gensim", 1, 0.025, 0.025, 1e-4, 1e-3, cbow_input::mean_with_whole_gradient, negative_sharing::pair, 3, 0},
    {"fasttext", 1, 0.05, 0.05, 0, 1e-4, cbow_input::mean_with_whole_gradient, negative_sharing::pair, 3, 6},
};

double between(std::string_view option, std::string const& text, double low, double high) {
    auto const value = parse_real(text, option);
    if (!(value >= low && value <= high))
        throw error(failure::usage, std::string(option) + ": expected " + format_short(low) + " to "
                                        + format_short(high) + ", found '" + text + "'");
    return value;
}

std::uint64_t count_between(std::string_view option, std::string const& text, std::uint64_t low, std::uint64_t high) {
    auto const value = parse_count(text, option);
    if (value < low || value > high)
        throw error(failure::usage, std::string(option) + ": expected " + std::to_string(low) + " to "
                                        + std::to_string(high) + ", found '" + text + "'");
    return value;
}
}

namespace {
subword_options subwords_of(train_arguments const& a, preset const& chosen) {
    auto const letters = [](std::string_view option, std::string const& text, std::uint32_t otherwise) {
        return text.empty() ? otherwise : static_cast<std::uint32_t>(count_between(option, text, 0, 64));
    };
    subword_options s{.least_letters = letters("--minn", a.least_letters, chosen.least_letters),
                      .most_letters = letters("--maxn", a.most_letters, chosen.most_letters),
                      .buckets = static_cast<std::uint32_t>(count_between("--bucket", a.buckets, 1, 1 << 30))};
    if (s.most_letters == 0) return {.least_letters = 0, .most_letters = 0, .buckets = 0};
    if (s.least_letters == 0 || s.least_letters > s.most_letters)
        throw error(failure::usage, "--minn: expected 1 to " + std::to_string(s.most_letters) + " (--maxn), found "
                                        + std::to_string(s.least_letters));
    return s;
}
}

word2vec_recipe resolve(train_arguments const& a, architecture what) {
    std::string names;
    preset const* chosen = nullptr;
    for (auto const& p : presets) {
        if (p.name == a.preset) chosen = &p;
        names += (names.empty() ? "" : ", ") + std::string(p.name);
    }
    if (!chosen) throw error(failure::usage, "--preset: expected one of " + names + "; found '" + a.preset + "'");
    word2vec_recipe o;
    o.dimension = count_between("--size", a.size, 1, 1 << 20);
    o.radius = static_cast<std::uint32_t>(count_between("--window", a.window, 1, 1 << 20));
    o.hierarchical_softmax = a.hierarchical;
    if (a.hierarchical && !a.negative.empty() && a.negative != "0")
        throw error(failure::usage, "--hs: expected no negative samples beside it, found --negative " + a.negative);
    if (!a.hierarchical)
        o.negative =
            static_cast<std::uint32_t>(a.negative.empty() ? 5 : count_between("--negative", a.negative, 1, 255));
    o.subwords = subwords_of(a, *chosen);
    o.subsampling = a.sample.empty() ? chosen->sample : between("--sample", a.sample, 0, 1);
    if (!a.first_values.empty())
        o.first_values = between("--first-values", a.first_values, 0, 1e6);
    else if (!o.subwords.any() && chosen->first_values > 0)
        o.first_values = chosen->first_values;
    o.noise_power = between("--ns-exponent", a.exponent, -100, 100);
    // With subwords a vector is a mean of dozens of rows, and the presets' rates do not fit.
    auto const preset_alpha = o.subwords.any()             ? 0
                              : what == architecture::cbow ? chosen->cbow_alpha
                                                           : chosen->skip_gram_alpha;
    auto const alpha = !a.alpha.empty()   ? between("--alpha", a.alpha, 1e-12, 10)
                       : preset_alpha > 0 ? preset_alpha
                                          : default_learning_rate(what, o.subwords.any());
    o.learning_rate = alpha;
    o.last_learning_rate = !a.min_alpha.empty()    ? between("--min-alpha", a.min_alpha, 0, alpha)
                           : chosen->min_alpha > 0 ? std::min(chosen->min_alpha, alpha)
                                                   : alpha * 1e-4;
    o.cbow = !a.cbow.empty() ? choose("--cbow-input", a.cbow, cbow_input_names) : chosen->cbow;
    o.sharing = a.share.empty() ? (what == architecture::cbow ? negative_sharing::window : chosen->share)
                                : choose("--share-negatives", a.share, negative_sharing_names);
    if (a.deterministic && a.share.empty()) o.sharing = negative_sharing::window;
    o.epochs = count_between("--epochs", a.epochs, 1, 1 << 20);
    o.shrink = !a.fixed_window;
    o.cross_sentences = a.cross_sentences;
    o.deterministic = a.deterministic;
    o.in_flight = static_cast<std::uint32_t>(count_between("--in-flight", a.in_flight, 0, 1 << 16));
    if (o.in_flight > 1 && o.in_flight % 4 != 0)
        throw error(failure::usage, "--in-flight: expected 1 or a multiple of 4, found '" + a.in_flight + "'");
    return o;
}
}
