module;
#include <array>
#include <span>
#include <string>
#include <string_view>
module wordmill.word2vec;
import wordmill.core;
import wordmill.io;
import wordmill.safetensors;
import :model;
import :weights_file;

namespace wordmill {
namespace {
/// Recognises the run files of earlier versions, which had another format.
void refuse_earlier_form(std::string const& path) {
    constexpr std::string_view magic = "WMTRAIN\n";
    std::array<char, magic.size()> head{};
    seekable_file const file(path);
    if (file.read_at(0, head) == head.size() && std::string_view(head.data(), head.size()) == magic)
        throw error(
            failure::bad_data,
            "expected a checkpoint in safetensors form, found one in the form WMTRAIN, which Wordmill wrote before "
            "version 0.1",
            {.file = path}, "begin the run again, or finish it with the version that wrote it");
}
}

void save_weights(word2vec_model const& model, note_map const& notes, std::string const& path) {
    auto const tensor = [](std::string name, matrix_view<float const> rows) {
        return named_tensor{.name = std::move(name), .shape = {rows.rows, rows.columns}, .rows = rows};
    };
    named_tensor const tensors[] = {tensor("input", model.weights().input()),
                                    tensor("output", model.weights().output())};
    save_tensors(path, tensors, notes, {.output = {.overwrite = true}});
}

note_map load_weights(word2vec_model& model, std::string const& path) {
    refuse_earlier_form(path);
    tensor_destination const destinations[] = {{"input", model.weights().input()},
                                               {"output", model.weights().output()}};
    return load_tensors_into(path, destinations);
}
}
