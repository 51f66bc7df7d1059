export module wordmill.training:transformer_shape;
import :note_reader;
import wordmill.core;
import wordmill.nn;
import wordmill.standard;

namespace wordmill {
/// The options of a model of Transformer layers besides those that it has in common with recurrent models.
export struct transformer_shape {
    std::size_t heads = 2;
    std::size_t inner_size = 0; ///< of the feed-forward layers; 0: four times the size of the layers
    activation inner_activation = activation::relu;
    norm_placement norm = norm_placement::before;
    position_kind positions = position_kind::sinusoidal;
    /// The most positions of a sequence, or of a segment of a text. Learned positions need it: they have as many rows.
    std::size_t context = 0;
    /// Language models only: the positions before a segment that it attends to as well (Dai et al. 2019). Needs rotary
    /// positions or none.
    std::size_t memory = 0;

    /// A stack of these layers. `failure::usage` for options that no stack can have.
    [[nodiscard]] transformer_options stack(std::size_t layers, std::size_t size, double dropout) const;
};
export inline constexpr named_value<activation> inner_activation_names[] = {{"relu", activation::relu},
                                                                            {"gelu", activation::gelu}};

/// The number of weights of an encoder or a decoder, which are floats.
export [[nodiscard]] std::uint64_t weights_of(transformer_options const& stack);

/// Adds the options to the notes of a model, among them "kind", which a recurrent model does not have.
export void describe(transformer_shape const& shape, note_map& notes);
/// The reverse; nothing for a recurrent model. Errors are those of `note_reader`.
export [[nodiscard]] std::optional<transformer_shape> transformer_shape_of(note_reader const& notes);
}
