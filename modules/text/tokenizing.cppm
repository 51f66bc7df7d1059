module;
#include <cstdint>
#include <string_view>
#include <vector>
module wordmill.text:tokenizing;
import wordmill.core;
import :blocks;
import :tokenizer;

namespace wordmill::detail {
/// Appends the documents of `in` to `ends`: byte offsets become numbers of sentences.
void append_document_ends(text_block const& in, std::vector<std::uint32_t>& ends);

/// Which tokens of a block are pieces of one that the reader cut.
struct cut_tokens {
    bool first_is_rest = false; ///< the first word began in the block before
    bool last_goes_on = false;  ///< the last word goes on in the next block
};

/// Applies the limit to the words of `out` and counts them. `who` begins the error's text.
void limit_tokens(word_block& out, token_limit const& limit, cut_tokens cut, std::string_view who);
}
