export module wordmill.seq2seq:options;
import wordmill.core;
import wordmill.nn;
import wordmill.standard;
import wordmill.training;

namespace wordmill {
/// What a decoder takes over from the encoder, layer by layer.
export enum class decoder_start : std::uint8_t {
    hidden,           ///< the final hidden values; the cells of an LSTM start at zero (as in the book)
    hidden_and_cells, ///< the final hidden values and cells (Sutskever et al. 2014)
};

/// What enters the projection of a model with attention.
export enum class attention_output : std::uint8_t {
    concatenated, ///< context and hidden values side by side: [c; h] (as in the book)
    combined,     ///< tanh([c; h] W), of the size of the hidden values (Luong et al. 2015)
};

/// Which attention of a Transformer: that of a layer and a head, or the mean of all layers or heads.
export struct attention_choice {
    std::optional<std::size_t> layer{}; ///< of the decoder, from 0
    std::optional<std::size_t> head{};  ///< from 0
};

/// The layers of a sequence-to-sequence model (Sutskever et al. 2014). The encoder is an embedding and recurrent
/// layers. The decoder is an embedding, as many recurrent layers that start from the final state of the encoder's, and
/// an affine layer with the softmax over the target vocabulary. The book's models are, all with `decoder_start::hidden`
/// and an embedding size of 16:
///   Seq2seq           {.hidden_size = 128}, for dates 256
///   PeekySeq2seq      {.hidden_size = 128, .peeky = true}
///   AttentionSeq2seq  {.hidden_size = 256, .attention = attention_kind::dot}
export struct seq2seq_options {
    std::size_t source_vocabulary = 0;
    std::size_t target_vocabulary = 0;
    std::size_t embedding_size = 100;
    std::size_t hidden_size = 100; ///< H, of each recurrent layer
    std::size_t layers = 1;        ///< of the encoder and of the decoder, each
    recurrent_cell cell = recurrent_cell::lstm;
    bool shared_embedding = false; ///< source and target have one vocabulary and share its embedding
    bool bidirectional = false;    ///< encoder layers read in both directions, each with H / 2 values
    bool skip = false;  ///< a recurrent layer whose input has its size adds the input to its output (He et al. 2016)
    double dropout = 0; ///< of embeddings, between recurrent layers, and before the projection
    decoder_start start = decoder_start::hidden_and_cells;
    /// The decoder's first recurrent layer and the projection see the final hidden values of the encoder at every step
    /// (Cho et al. 2014; "peeky" in the book).
    bool peeky = false;
    std::optional<attention_kind> attention{}; ///< over the outputs of the encoder's last layer
    attention_output output = attention_output::concatenated;
    /// The decoder's first recurrent layer also reads the context of the step before, or what was combined with it
    /// (Luong et al. 2015). Steps then run one after the other in training too.
    bool input_feeding = false;
    double forget_bias = 0;     ///< initial bias of the LSTM's forget gates
    double label_smoothing = 0; ///< of the loss of training (Szegedy et al. 2016)
    /// Instead of recurrent layers: the encoder and the decoder of a Transformer (Vaswani et al. 2017), `layers` of
    /// each. It has embeddings of its size, dropout as in the paper, and none of the options of recurrent layers and
    /// their attention.
    std::optional<transformer_shape> transformer{};

    /// `failure::usage` for options that no model can have.
    void check() const;
    /// The number of weights, which are floats.
    [[nodiscard]] std::uint64_t weights() const;
    /// Bytes of weights and gradients, 4 for each float.
    [[nodiscard]] std::uint64_t memory_bytes() const;
    /// Bytes, at most, of the intermediate results of training on a GPU, for a batch of pairs whose longest source and
    /// target have these many tokens.
    [[nodiscard]] std::uint64_t working_bytes(std::size_t pairs, std::size_t source_tokens,
                                              std::size_t target_tokens) const;

    /// Of a Transformer.
    [[nodiscard]] transformer_options encoder_stack() const;
    [[nodiscard]] transformer_options decoder_stack() const;
    [[nodiscard]] inline bool attends() const noexcept { return attention || transformer; }
    /// The most tokens of a target, with its end token; nothing: any number.
    [[nodiscard]] inline std::optional<std::size_t> longest_target() const noexcept {
        if (!transformer || transformer->positions != position_kind::learned) return {};
        return transformer->context;
    }

    /// Columns of the input of the decoder's first recurrent layer.
    [[nodiscard]] constexpr std::size_t decoder_input() const noexcept {
        return embedding_size + (peeky ? hidden_size : 0) + (input_feeding ? hidden_size : 0);
    }
    /// Columns of context, final hidden values of the encoder and hidden values side by side.
    [[nodiscard]] constexpr std::size_t joined_size() const noexcept {
        return hidden_size * (1 + (attention ? 1U : 0U) + (peeky ? 1U : 0U));
    }
    [[nodiscard]] constexpr bool combines() const noexcept { return attention && output == attention_output::combined; }
    /// Columns of what enters the projection.
    [[nodiscard]] constexpr std::size_t projected_size() const noexcept {
        return combines() || transformer ? hidden_size : joined_size();
    }
};
}
