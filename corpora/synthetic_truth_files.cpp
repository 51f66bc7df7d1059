module;
#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>
module wordmill.corpora;
import wordmill.core;
import wordmill.io;

namespace wordmill {
void write_truth(synthetic_language const& language, std::string const& folder, truth_options const& options,
                 bool overwrite) {
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed) throw system_error(failure::cannot_create, "cannot make the folder", failed.value(), {.file = folder});
    auto const write = [&](char const* name, std::string const& text) {
        output_file file((std::filesystem::path(folder) / name).string(), {.overwrite = overwrite});
        file.write(text);
        file.commit();
    };

    std::string text;
    for (auto const& pair : similarity_truth(language, options))
        text += pair.first + '\t' + pair.second + '\t' + std::to_string(static_cast<int>(pair.score)) + '\n';
    write("similarity.tsv", text);

    text.clear();
    for (auto const& section : analogy_truth(language, options)) {
        text += ": " + section.name + '\n';
        for (auto const& [a, b, c, d] : section.questions) text += a + ' ' + b + ' ' + c + ' ' + d + '\n';
    }
    write("analogies.txt", text);

    text.clear();
    for (auto const& group : group_truth(language, options))
        text += group.word + '\t' + std::to_string(group.topic) + '\t' + std::to_string(group.topic / 8) + '\n';
    write("groups.tsv", text);
}
}
