module;
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>
module wordmill.language_model;
import wordmill.core;
import :generation;
import :model;
import :sampling;

namespace wordmill {
namespace {
void check_prompt(std::vector<token_id> const& prompt, std::size_t vocabulary) {
    if (prompt.empty()) throw error(failure::usage, "generation: expected a prompt of one token or more, found none");
    for (auto const id : prompt)
        if (index(id) >= vocabulary)
            throw error(failure::bad_data, "generation: expected ids below " + std::to_string(vocabulary) + ", found "
                                               + std::to_string(index(id)));
}

/// A prompt and the tokens generated after it so far.
struct continued {
    std::span<token_id const> prompt;
    random_engine random;
    std::vector<token_id> text{};
    bool done = false;
};
}

std::vector<std::vector<token_id>> generate(language_model<float>& model,
                                            std::vector<std::vector<token_id>> const& prompts,
                                            generation_options const& options) {
    auto const vocabulary = model.options().vocabulary_size;
    std::vector<continued> all;
    for (std::size_t i = 0; i < prompts.size(); ++i) {
        check_prompt(prompts[i], vocabulary);
        all.push_back({.prompt = prompts[i], .random = options.key.fold_in(i).engine()});
        all.back().done = options.length == 0;
    }
    token_sampler sampler(options.sampling);
    auto const before = model.state();
    model.reset_state();
    std::vector<token_id> inputs(all.size());
    for (std::size_t step = 0; !std::ranges::all_of(all, &continued::done); ++step) {
        options.progress.check();
        for (std::size_t i = 0; i < all.size(); ++i) {
            auto const& lane = all[i];
            if (step < lane.prompt.size())
                inputs[i] = lane.prompt[step];
            else if (!lane.text.empty()) // a finished lane repeats its last token; its results are ignored
                inputs[i] = lane.text.back();
        }
        auto const logits = model.next_logits(inputs);
        for (std::size_t i = 0; i < all.size(); ++i) {
            auto& lane = all[i];
            if (lane.done || step + 1 < lane.prompt.size()) continue;
            auto const token =
                sampler.sample(std::span(logits).subspan(i * vocabulary, vocabulary), lane.random.uniform_double());
            lane.text.push_back(token);
            lane.done = lane.text.size() == options.length || token == options.stop;
        }
    }
    model.set_state(before);
    std::vector<std::vector<token_id>> texts;
    for (auto& lane : all) texts.push_back(std::move(lane.text));
    return texts;
}

std::vector<double> next_log_probabilities(language_model<float>& model, std::vector<token_id> const& text,
                                           monitor const& progress) {
    check_prompt(text, model.options().vocabulary_size);
    auto const before = model.state();
    model.reset_state();
    std::vector<float> logits;
    for (auto const id : text) {
        progress.check();
        logits = model.next_logits(std::span(&id, 1));
    }
    model.set_state(before);
    double const largest = *std::ranges::max_element(logits);
    double sum = 0;
    for (auto const logit : logits) sum += std::exp(logit - largest);
    std::vector<double> all(logits.begin(), logits.end());
    for (auto& each : all) each -= largest + std::log(sum);
    return all;
}
}
