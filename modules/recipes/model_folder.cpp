module;
#include <filesystem>
#include <string>
#include <system_error>
module wordmill.recipes;
import :model_folder;
import wordmill.core;
import wordmill.io;
import wordmill.text;

namespace wordmill {
bool model_folder::holds_model() const { return std::filesystem::exists(weights()); }

void model_folder::begin(bool overwrite) const {
    std::error_code problem;
    std::filesystem::create_directories(path, problem);
    if (problem) throw error(failure::cannot_create, "cannot create the folder: " + problem.message(), {.file = path});
    if (!overwrite && holds_model())
        throw error(failure::cannot_create, "holds a model already", {.file = path}, "use --overwrite");
}

void model_folder::save_card(note_map const& notes) const {
    std::string card = "{";
    for (auto const& [key, value] : notes)
        card += (card.size() == 1 ? "\n  " : ",\n  ") + json_string(key) + ": " + json_string(value);
    output_file out(file("card.json"), {.overwrite = true});
    out.write(card + "\n}\n");
    out.commit();
}
}
