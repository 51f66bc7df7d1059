#pragma once
// The arguments of models of Transformer layers; the including file imports the modules first.
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>

/// An argument of one kind of model, and whether it has another value than its default.
struct kind_argument {
    char const* name;
    bool changed;
};
/// `failure::usage` with the first argument that was changed although the model is not of `kind`.
inline void refuse_arguments_of(std::string const& kind, std::string const& model,
                                std::initializer_list<kind_argument> arguments) {
    for (auto const& [name, changed] : arguments)
        if (changed)
            throw wordmill::error(wordmill::failure::usage,
                                  std::string(name) + ": expected model=\"" + kind + "\", found \"" + model + "\"");
}

struct transformer_arguments {
    std::string model = "recurrent";
    std::size_t heads = 2;
    std::size_t inner = 0;
    std::string activation = "relu";
    std::string norm = "pre";
    std::string position = "sinusoidal";

    /// Nothing for a recurrent model, which must not have the other arguments.
    [[nodiscard]] std::optional<wordmill::transformer_shape> shape() const {
        static constexpr wordmill::named_value<bool> kinds[] = {{"recurrent", false}, {"transformer", true}};
        transformer_arguments const usual;
        if (!wordmill::choose("model", model, kinds)) {
            refuse_arguments_of("transformer", model,
                                {{"heads", heads != usual.heads},
                                 {"inner", inner != usual.inner},
                                 {"activation", activation != usual.activation},
                                 {"norm", norm != usual.norm},
                                 {"position", position != usual.position}});
            return {};
        }
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
