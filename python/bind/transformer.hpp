#pragma once
// The arguments of models of Transformer layers; the including file imports the modules first.
#include <cstddef>
#include <optional>
#include <string>

struct transformer_arguments {
    std::string model;
    std::size_t heads;
    std::size_t inner;
    std::string activation;
    std::string norm;
    std::string position;

    /// Nothing for a recurrent model, whose callers ignore the other arguments.
    [[nodiscard]] std::optional<wordmill::transformer_shape> shape() const {
        static constexpr wordmill::named_value<bool> kinds[] = {{"recurrent", false}, {"transformer", true}};
        if (!wordmill::choose("model", model, kinds)) return {};
        return wordmill::transformer_shape{
            .heads = heads,
            .inner_size = inner,
            .inner_activation = wordmill::choose("activation", activation, wordmill::inner_activation_names),
            .norm = wordmill::choose("norm", norm, wordmill::norm_placement_names),
            .positions = wordmill::choose("position", position, wordmill::position_kind_names)};
    }
};

/// What a model is made of, such as "2 layers of 100 transformer units".
template <class Options> std::string described_layers(Options const& options) {
    return std::to_string(options.layers) + (options.layers == 1 ? " layer" : " layers") + " of "
           + std::to_string(options.hidden_size) + " "
           + (options.transformer ? std::string("transformer")
                                  : std::string(wordmill::name_in(wordmill::recurrent_cell_names, options.cell)))
           + " units";
}
