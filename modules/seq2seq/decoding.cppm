export module wordmill.seq2seq:decoding;
import :model;
import wordmill.batch;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// The tokens with a role in sequences.
export struct decoding_marks {
    token_id begin{};
    token_id end{};
    std::vector<token_id> never{}; ///< never predicted, such as padding and the begin token
};

export struct decoding_options {
    std::size_t beam = 1;   ///< partial targets that are kept for each source; 1: greedy search
    std::size_t n_best = 1; ///< targets to return for each source, at most `beam`
    /// Exponent of length normalisation: a target of n tokens, its end token included, scores its log probability
    /// divided by ((5 + n) / 6)^alpha (Wu et al. 2016, equation 14, without coverage penalty). 0: none.
    double length_alpha = 0.6;
    std::size_t most_tokens = 0; ///< of a target without its end token; 0: as `tokens_per_source` allows
    /// A target has at most this many times the tokens of its source, and 20 more, and no more than a model with
    /// learned positions can have.
    double tokens_per_source = 2;

    /// `failure::usage` for options out of range.
    void check() const;
    [[nodiscard]] std::size_t limit(std::size_t source_tokens) const noexcept;
};

/// A target that was found for a source.
export struct decoded_target {
    std::vector<token_id> tokens{}; ///< without begin and end tokens
    double log_probability = 0;     ///< natural, of the tokens and, if it ended, of the end token
    double score = 0;               ///< with length normalisation
    bool ended = false;             ///< by the end token, not by the limit
};

/// Finds likely targets for each source of a batch by beam search (Graves 2012; Sutskever et al. 2014), best first. At
/// each step the `beam` likeliest continuations are kept; those that end are set aside, and a source is done when
/// `beam` have ended or its limit is reached. With a beam of 1 it takes the likeliest token at each step. Of equal
/// candidates the one of the better partial target comes first, then the lower id. A probability that is not a
/// number is a `failure::bad_data`.
export [[nodiscard]] std::vector<std::vector<decoded_target>> decode(seq2seq_model<float>& model,
                                                                     sequence_batch const& sources,
                                                                     decoding_marks const& marks,
                                                                     decoding_options const& options = {});
}
