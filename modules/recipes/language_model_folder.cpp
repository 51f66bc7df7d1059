module;
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
module wordmill.recipes;
import :language_model_folder;
import wordmill.core;
import wordmill.io;
import wordmill.language_model;
import wordmill.nn;
import wordmill.text;

namespace wordmill {
bool language_model_folder::holds_model() const { return std::filesystem::exists(file("model.safetensors")); }

void language_model_folder::begin(bool overwrite) const {
    std::error_code problem;
    std::filesystem::create_directories(path, problem);
    if (problem) throw error(failure::cannot_create, "cannot create the folder: " + problem.message(), {.file = path});
    if (!overwrite && holds_model())
        throw error(failure::cannot_create, "holds a model already", {.file = path}, "use --overwrite");
}

void language_model_folder::save(language_model<float>& model, vocabulary const& words, note_map notes,
                                 bool half) const {
    save_vocabulary(words, file("vocabulary.tsv"), {.overwrite = true});
    notes["vocabulary"] = std::to_string(words.fingerprint());
    save_language_model(model, file("model.safetensors"), notes, {.half = half, .output = {.overwrite = true}});
    notes.merge(notes_of(model.options()));
    std::string card = "{";
    for (auto const& [key, value] : notes)
        card += (card.size() == 1 ? "\n  " : ",\n  ") + json_string(key) + ": " + json_string(value);
    output_file out(file("card.json"), {.overwrite = true});
    out.write(card + "\n}\n");
    out.commit();
}

folder_model load_language_model_folder(std::string const& path, std::shared_ptr<operations<float>> ops,
                                        std::uint64_t memory) {
    language_model_folder const folder{path};
    auto words = load_vocabulary(folder.file("vocabulary.tsv"));
    auto loaded = load_language_model(folder.file("model.safetensors"), std::move(ops), memory);
    auto const of = loaded.notes.find("vocabulary");
    auto const expected = of == loaded.notes.end() ? std::string("none") : of->second;
    if (expected != std::to_string(words.fingerprint()) || words.size() != loaded.model.options().vocabulary_size)
        throw error(failure::bad_data,
                    "language model: expected its vocabulary, " + expected + " of "
                        + std::to_string(loaded.model.options().vocabulary_size) + " types, found "
                        + std::to_string(words.fingerprint()) + " of " + std::to_string(words.size()),
                    {.file = path});
    return {.model = std::move(loaded.model), .notes = std::move(loaded.notes), .words = std::move(words)};
}
}
