export module wordmill.pipeline:encode_pairs;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
/// One of two parts of a corpus of pairs, to hold some pairs out of training. A pair belongs to the held-out part if a
/// hash of its number, the same in every run, is below `share`, so that both parts are known without reading the
/// corpus.
export struct pair_share {
    double share = 0.1; ///< of the pairs that are held out
    bool held_out = false;
    [[nodiscard]] bool contains(std::uint64_t pair) const noexcept;
};

/// Which pairs are encoded. Pairs that are not are dropped "pair"s with these reasons, of which the first counts: "in
/// the other part", "empty source", "empty target", "source of more than N tokens", "target of more than N tokens",
/// "lengths differ by more than a factor of R". Lengths are those of encoded sides, without marks.
export struct pair_encode_options {
    std::uint64_t max_source_tokens = 0; ///< 0 = no limit
    std::uint64_t max_target_tokens = 0;
    double max_ratio = 0;            ///< 0 = no limit, otherwise at least 1; not for empty targets
    bool keep_empty_targets = false; ///< empty sources are always dropped
    std::optional<pair_share> part{};
    tally counts{}; ///< "pair" and "token": delivered, dropped; give the reader and the tokenizers the same tally
};

/// How one side becomes ids.
export struct side_encoding {
    tokenizer split;
    vocabulary words;
};

/// A stage from pairs of texts to pairs of ids. A value; safe on many threads at once. A word outside the vocabulary
/// becomes its unknown word, noted as "unknown word mapped", or is a dropped "token", "unknown", if there is none. Text
/// that equals "<pad>", "<s>" or "</s>" is never a mark: it is handled as a word outside the vocabulary.
export class pair_encoder {
public:
    struct scratch {
        text_block text{};
        word_block words{};
        std::vector<std::uint32_t> pairs{}; ///< the pairs of the block that belong to the part
        std::vector<token_id> source_ids{};
        std::vector<token_id> target_ids{};
        std::vector<std::uint32_t> source_ends{};
        std::vector<std::uint32_t> target_ends{};
    };
    /// A vocabulary without its marks is a `failure::bad_data`. A share that is not in 0 .. 1, and a ratio below 1, are
    /// a `failure::usage`.
    pair_encoder(side_encoding source, side_encoding target, pair_encode_options options);
    [[nodiscard]] token_pair_block operator()(text_pair_block const& block, scratch& space) const;

private:
    struct side {
        side_encoding encoding;
        sequence_marks marks;
    };
    void encode_side(side const& how, scratch& space, std::vector<token_id>& ids,
                     std::vector<std::uint32_t>& ends) const;
    [[nodiscard]] std::string const* refusal(std::size_t source, std::size_t target) const;

    side source_;
    side target_;
    pair_encode_options options_;
    std::array<std::string, 5> reasons_;
};

/// `pairs | parallel(encode_pairs({split, source_words}, {split, target_words}), {.threads = 2})`.
export [[nodiscard]] pair_encoder encode_pairs(side_encoding source, side_encoding target,
                                               pair_encode_options options = {});

/// The ids of one text, split and encoded as the stage does it, for translation. Without words that are unknown and
/// have no unknown word.
export [[nodiscard]] std::vector<token_id> encode_side(std::string_view text, side_encoding const& how);
}
