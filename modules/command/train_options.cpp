module;
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>
module wordmill.command;
import :arguments;
import :train_options;
import wordmill.batch;
import wordmill.core;
import wordmill.text;
import wordmill.word2vec;

namespace wordmill {
std::string number(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%g", value);
    return text.data();
}

namespace {
struct preset {
    std::string_view name;
    double skip_gram_alpha;
    double cbow_alpha;
    double min_alpha; ///< absolute; 0 = 1e-4 of the first rate
    double sample;
    cbow_input cbow;
    negative_sharing share;
};
constexpr preset presets[] = {
    {"wordmill", 0.025, 0.1, 0, 1e-4, cbow_input::mean, negative_sharing::window},
    {"word2vec", 0.025, 0.05, 0, 1e-3, cbow_input::mean_with_whole_gradient, negative_sharing::pair},
    {"gensim", 0.025, 0.025, 1e-4, 1e-3, cbow_input::mean_with_whole_gradient, negative_sharing::pair},
    {"fasttext", 0.05, 0.05, 0, 1e-4, cbow_input::mean_with_whole_gradient, negative_sharing::pair},
};
constexpr named_value<cbow_input> cbow_inputs[] = {
    {"mean", cbow_input::mean}, {"sum", cbow_input::sum}, {"mean-whole", cbow_input::mean_with_whole_gradient}};
constexpr named_value<negative_sharing> sharings[] = {
    {"window", negative_sharing::window}, {"pair", negative_sharing::pair}, {"batch", negative_sharing::batch}};

template <class T, std::size_t N> std::string_view name_of(T value, named_value<T> const (&choices)[N]) {
    for (auto const& choice : choices)
        if (choice.value == value) return choice.name;
    return "unknown";
}

double between(std::string_view option, std::string const& text, double low, double high) {
    auto const value = parse_real(text, option);
    if (!(value >= low && value <= high))
        throw error(failure::usage, std::string(option) + ": expected " + number(low) + " to " + number(high)
                                        + ", found '" + text + "'");
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

train_options resolve(train_arguments const& a, architecture what) {
    std::string names;
    preset const* chosen = nullptr;
    for (auto const& p : presets) {
        if (p.name == a.preset) chosen = &p;
        names += (names.empty() ? "" : ", ") + std::string(p.name);
    }
    if (!chosen) throw error(failure::usage, "--preset: expected one of " + names + "; found '" + a.preset + "'");
    train_options o;
    o.architecture = what;
    o.size = count_between("--size", a.size, 1, 1 << 20);
    o.window = static_cast<std::uint32_t>(count_between("--window", a.window, 1, 1 << 20));
    o.negative = static_cast<std::uint32_t>(count_between("--negative", a.negative, 1, 255));
    o.sample = a.sample.empty() ? chosen->sample : between("--sample", a.sample, 0, 1);
    o.exponent = between("--ns-exponent", a.exponent, -100, 100);
    o.alpha = a.alpha.empty() ? (what == architecture::cbow ? chosen->cbow_alpha : chosen->skip_gram_alpha)
                              : between("--alpha", a.alpha, 1e-12, 10);
    o.min_alpha = !a.min_alpha.empty()    ? between("--min-alpha", a.min_alpha, 0, o.alpha)
                  : chosen->min_alpha > 0 ? std::min(chosen->min_alpha, o.alpha)
                                          : o.alpha * 1e-4;
    o.cbow = a.cbow.empty() ? chosen->cbow : choose("--cbow-input", a.cbow, cbow_inputs);
    o.share = a.share.empty() ? (what == architecture::cbow ? negative_sharing::window : chosen->share)
                              : choose("--share-negatives", a.share, sharings);
    if (a.deterministic && a.share.empty()) o.share = negative_sharing::window;
    o.epochs = count_between("--epochs", a.epochs, 1, 1 << 20);
    o.seed = parse_count(a.seed, "--seed");
    o.metrics_every = between("--metrics-every", a.metrics_every, 0.01, 86'400);
    return o;
}

std::map<std::string, std::string> notes_of(train_options const& o, train_arguments const& a) {
    std::map<std::string, std::string> notes{
        {"model", o.architecture == architecture::cbow ? "cbow" : "skipgram"},
        {"size", std::to_string(o.size)},
        {"window", std::to_string(o.window)},
        {"shrink", a.fixed_window ? "no" : "yes"},
        {"negative", std::to_string(o.negative)},
        {"share-negatives", std::string(name_of(o.share, sharings))},
        {"sample", number(o.sample)},
        {"ns-exponent", number(o.exponent)},
        {"alpha", number(o.alpha)},
        {"min-alpha", number(o.min_alpha)},
        {"epochs", std::to_string(o.epochs)},
        {"seed", std::to_string(o.seed)},
        {"mode", a.deterministic ? "deterministic" : "fast"},
        {"instructions", std::string(word2vec_model::instruction_set())},
    };
    if (o.architecture == architecture::cbow) notes["cbow-input"] = name_of(o.cbow, cbow_inputs);
    return notes;
}
}
