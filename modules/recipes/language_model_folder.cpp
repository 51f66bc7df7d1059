module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
module wordmill.recipes;
import :language_model_folder;
import :language_text;
import :model_folder;
import wordmill.core;
import wordmill.io;
import wordmill.language_model;
import wordmill.nn;
import wordmill.text;
import wordmill.vectors;

namespace wordmill {
void language_model_folder::save(language_model<float>& model, vocabulary const& words, language_text const& text,
                                 note_map notes, bool half) const {
    save_vocabulary(words, file("vocabulary.tsv"), {.overwrite = true});
    text.describe(notes);
    notes["vocabulary"] = std::to_string(words.fingerprint());
    save_language_model(model, weights(), notes, {.half = half, .output = {.overwrite = true}});
    notes.merge(notes_of(model.options()));
    save_card(notes);
}

std::uint64_t language_model_folder::device_bytes(std::size_t lanes, std::size_t steps) const {
    auto const options = load_language_model_options(weights());
    auto const working = options.working_bytes(lanes, steps == 0 ? evaluation_steps(options) : steps);
    return checked_sum(checked_product(options.weights(), sizeof(float)), working);
}

folder_model load_language_model_folder(std::string const& path, std::shared_ptr<operations<float>> ops,
                                        std::uint64_t memory, std::optional<std::size_t> memory_length) {
    language_model_folder const folder{{path}};
    auto words = load_vocabulary(folder.file("vocabulary.tsv"));
    auto loaded = load_language_model(folder.weights(), std::move(ops), memory, memory_length);
    auto const of = loaded.notes.find("vocabulary");
    auto const expected = of == loaded.notes.end() ? std::string("none") : of->second;
    if (expected != std::to_string(words.fingerprint()) || words.size() != loaded.model.options().vocabulary_size)
        throw error(failure::bad_data,
                    "language model: expected its vocabulary, " + expected + " of "
                        + std::to_string(loaded.model.options().vocabulary_size) + " types, found "
                        + std::to_string(words.fingerprint()) + " of " + std::to_string(words.size()),
                    {.file = path});
    auto text = language_text::of(loaded.notes, folder.weights());
    return {.model = std::move(loaded.model),
            .notes = std::move(loaded.notes),
            .words = std::move(words),
            .text = std::move(text)};
}

word_vectors folder_model::embedding() {
    auto const& table = model.parameters().at("embedding.weight");
    auto const values = table.host_values();
    auto const size = table.columns();
    return vectors_of(
        words, size,
        [&](token_id id, std::span<float> row) {
            std::ranges::copy(std::span(values).subspan(index(id) * size, size), row.begin());
        },
        notes);
}
}
