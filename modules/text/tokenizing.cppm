module wordmill.text:tokenizing;
import wordmill.core;
import :blocks;
import :tokenizer;
import wordmill.standard;

namespace wordmill::detail {
/// Appends the documents of `in` to `ends`: byte offsets become numbers of sentences.
void append_document_ends(text_block const& in, std::vector<std::uint32_t>& ends);

/// Which tokens of a block are pieces of a token that the reader cut.
struct cut_tokens {
    bool first_is_rest = false; ///< the first word began in the block before
    bool last_goes_on = false;  ///< the last word continues in the next block
};

/// For tokenizers that find words inside a run without spaces: the first word is the rest of a long token when the
/// reader cut the run before it and it is too long itself. Whether a shorter first word is such a rest cannot be
/// decided from its block.
[[nodiscard]] cut_tokens long_rest(text_block const& in, word_block const& out, token_limit const& limit);

/// Applies the limit to the words of `out` and counts them. `who` begins the error's text.
void limit_tokens(word_block& out, token_limit const& limit, cut_tokens cut, std::string_view who);

/// Space, tab, vertical tab, form feed, carriage return: the characters that separate chunks inside a sentence.
inline bool is_ascii_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r' && c != '\n'); }

/// The bytes of the character of property White_Space (Unicode 15, PropList.txt) that a text begins with; 0 for others.
std::size_t blank_length(std::string_view text);

/// The options as notes. A new member does not compile until it is listed here.
void describe(token_limit const& limit, note_map& notes);
void describe(unicode_options const& options, note_map& notes);
void describe(character_options const& options, note_map& notes);

/// Closes the last sentence of a text that lacks its newline.
void close_sentence(text_block const& in, word_block& out);

/// Reports the parts of a text to `sink`: `newline()`, `blank(at)`, `ascii(begin, end)` for a chunk without blanks, and
/// `wide(begin, end)` for one or more chunks of other characters with the blanks between them. Borders of chunks are
/// always borders of words and characters, so a text may be cut at any blank.
template <class Sink> void walk_chunks(std::string_view text, Sink& sink) {
    auto const is_wide = [&](std::size_t begin, std::size_t& end) {
        unsigned char bits = 0;
        for (end = begin; end < text.size() && text[end] != '\n' && !is_ascii_blank(text[end]); ++end)
            bits |= static_cast<unsigned char>(text[end]);
        return bits >= 0x80;
    };
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] == '\n') {
            sink.newline();
            ++at;
            continue;
        }
        if (is_ascii_blank(text[at])) {
            sink.blank(at++);
            continue;
        }
        std::size_t end = 0;
        if (!is_wide(at, end)) {
            sink.ascii(at, end);
            at = end;
            continue;
        }
        for (auto next = end; next < text.size();) {
            while (next < text.size() && is_ascii_blank(text[next])) ++next;
            std::size_t next_end = 0;
            if (!is_wide(next, next_end)) break;
            next = end = next_end;
        }
        sink.wide(at, end);
        at = end;
    }
}
}
