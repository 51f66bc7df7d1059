export module wordmill.text:blocks;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
/// A block of text as a reader delivers it: whole sentences in order, each closed by '\n'. Documents end at the byte
/// offsets of `document_ends` (ascending, each just after a '\n'; a repeated offset is an empty document). A sentence
/// that is longer than a block continues in the next one: `continued` is then true and the text does not end in '\n'.
/// The block is cut at a space, where no tokenizer sees a token. A run of more than 1 MiB without a space is cut at a
/// character border (`cut_token`, and `inside_token` on the next block). Sizes stay below 4 GiB.
export struct text_block : block_header {
    std::string text{};
    std::vector<std::uint32_t> document_ends{};
    bool cut_token = false;    ///< `continued`, and the last token continues too
    bool inside_token = false; ///< the first token began in the block before, which has `cut_token`
};

/// Counts '\n' at memory bandwidth. (A plain count widens every byte to 64 bits.)
export [[nodiscard]] std::uint64_t count_newlines(std::string_view text) noexcept;

/// A word inside the text of its block.
export struct word_span {
    std::uint32_t begin = 0; ///< byte offset
    std::uint32_t size = 0;  ///< bytes
};

/// A block after a tokenizer: words, in order, as views into `text` (which may be normalised text). Sentences end
/// before the word numbers `sentence_ends` (ascending; equal neighbours are empty sentences), documents before the
/// sentence numbers `document_ends`. Words after the last sentence end belong to a sentence that continues in the next
/// block.
export struct word_block : block_header {
    std::string text{};
    std::vector<word_span> words{};
    std::vector<std::uint32_t> sentence_ends{};
    std::vector<std::uint32_t> document_ends{};

    [[nodiscard]] inline std::string_view word(std::size_t i) const noexcept {
        return {text.data() + words[i].begin, words[i].size};
    }
};

/// A block of ids, which every stage after encoding works on. Ends are as in `word_block`.
export struct token_block : block_header {
    std::vector<token_id> ids{};
    std::vector<std::uint32_t> sentence_ends{};
    std::vector<std::uint32_t> document_ends{};
    std::uint64_t dropped = 0; ///< tokens removed from the block, for example by subsampling
};

/// One sentence, an element of the stream `sentences`. Views are valid until the next increment.
export struct sentence {
    std::string_view text{}; ///< without the '\n'
    bool ends_document = false;
    position const* next = nullptr; ///< resume here to get the next sentence
};

/// The sentences of a stream one by one; a sentence that was split across blocks is rejoined. Resuming from any
/// `*sentence.next` is exact. Convenient, but several times slower than a loop over blocks.
export generator<sentence> sentences(generator<text_block> blocks);
}
