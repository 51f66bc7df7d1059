module;
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
module wordmill.command;
import :arguments;
import :command_line;
import :transformer_arguments;
import wordmill.core;
import wordmill.nn;
import wordmill.training;

namespace wordmill {
void transformer_arguments::add_to(command_line line) {
    line.option("--model", model, "Kind of the layers: recurrent, transformer", "NAME");
    line.option("--heads", heads, "Attention heads of a transformer", "N");
    line.option("--inner", inner, "Size of a transformer's feed-forward layers; 0 = four times --size", "N");
    line.option("--activation", activation, "Of the feed-forward layers: relu, gelu", "NAME");
    line.option("--norm", norm, "Where a transformer normalises: pre or post its layers", "NAME");
    line.option("--position", position, "How a transformer knows positions: sinusoidal, learned, rotary, none", "NAME");
}

std::optional<transformer_shape> transformer_arguments::shape() const {
    static constexpr named_value<bool> kinds[] = {{"recurrent", false}, {"transformer", true}};
    transformer_arguments const defaults;
    if (!choose("--model", model, kinds)) {
        refuse_options_of("transformer", model,
                          {{"--heads", heads != defaults.heads},
                           {"--inner", inner != defaults.inner},
                           {"--activation", activation != defaults.activation},
                           {"--norm", norm != defaults.norm},
                           {"--position", position != defaults.position}});
        return {};
    }
    return transformer_shape{.heads = parse_positive(heads, "--heads"),
                             .inner_size = parse_count(inner, "--inner"),
                             .inner_activation = choose("--activation", activation, inner_activation_names),
                             .norm = choose("--norm", norm, norm_placement_names),
                             .positions = choose("--position", position, position_kind_names)};
}

void refuse_options_of(std::string_view kind, std::string const& model, std::initializer_list<kind_option> options) {
    for (auto const& [name, changed] : options)
        if (changed)
            throw error(failure::usage, std::string(name) + ": expected --model " + std::string(kind)
                                            + " beside it, found --model " + model);
}
}
