module;
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>
module wordmill.recipes;
import :language_generation;
import :language_model_folder;
import :language_text;
import :running;
import wordmill.core;
import wordmill.language_model;
import wordmill.text;

namespace wordmill {
namespace {
/// The first words of a list, as "'a', 'b' and 3 more".
std::string quoted(std::vector<std::string> const& list) {
    constexpr std::size_t most = 5;
    std::string out;
    for (std::size_t i = 0; i < list.size() && i < most; ++i) out += (i == 0 ? "'" : ", '") + list[i] + "'";
    return list.size() > most ? out + " and " + format_count(list.size() - most) + " more" : out;
}
}

std::vector<std::vector<std::string>> generate_words(folder_model& loaded, std::span<language_prompt const> prompts,
                                                     language_generation_options const& options) {
    auto const& words = loaded.words;
    auto sampling = options.sampling;
    auto const unknown = words.unknown();
    if (unknown && !options.unknown) sampling.sampling.skipped.push_back(*unknown);
    for (auto const& word : options.skipped)
        if (auto const id = words.find(word))
            sampling.sampling.skipped.push_back(*id);
        else
            detail::tell(options.on_warning, "--skip: '" + word + "' is not in the model's vocabulary");
    if (!options.stop.empty()) {
        sampling.stop = words.find(options.stop);
        if (!sampling.stop)
            throw error(failure::bad_data,
                        "--stop: expected a word of the model's vocabulary, found '" + options.stop + "'");
    }
    std::vector<std::vector<token_id>> ids;
    for (auto const& prompt : prompts) {
        if (!prompt.unknown.empty())
            detail::tell(options.on_warning,
                         "--prompt: words that are not in the model's vocabulary are "
                             + (unknown ? "read as " + std::string(words.word(*unknown)) : std::string("left out"))
                             + ": " + quoted(prompt.unknown));
        ids.insert(ids.end(), options.count, prompt.ids);
    }
    std::vector<std::vector<std::string>> texts;
    for (auto const& found : generate(loaded.model, ids, sampling)) {
        auto& text = texts.emplace_back();
        for (auto const id : found) text.emplace_back(words.word(id));
    }
    return texts;
}
}
