module;
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
export module wordmill.text:tokenizer;
import wordmill.core;
import wordmill.stream;
import :blocks;

namespace wordmill {
/// What becomes of a token of more than `token_limit::max_bytes`.
export enum class long_token {
    keep,  ///< delivered as it is
    cut,   ///< its beginning is delivered, cut at a character border; noted as "long token cut"
    drop,  ///< left out, counted as a dropped "token", "too long"
    error, ///< `failure::bad_data` naming the sentence
};

/// The longest token, for every tokeniser. A token that a reader had to cut (`text_block::cut_token`: longer than
/// 1 MiB) counts as one long token: its first piece meets the policy, the others vanish with it.
export struct token_limit {
    std::size_t max_bytes = 4096;
    long_token on_long = long_token::cut;
    tally counts{}; ///< "token": read and dropped are counted here; who consumes the words counts what is delivered
};

/// A stage that finds the words of a block: a value, a const call, safe on many threads at once. Index, sentence and
/// document numbers and the header are carried over; every '\n' ends a sentence.
export class tokenizer {
public:
    /// One way of splitting. `split` sets `text`, `words`, `sentence_ends` and `document_ends` of `out`, which are
    /// empty but keep their capacity; the rest is copied by the tokenizer. Called by many threads at once.
    class method {
    public:
        virtual ~method() = default;
        virtual void split(text_block&& in, word_block& out) const = 0;
    };
    explicit tokenizer(std::shared_ptr<method const> splitting) : method_(std::move(splitting)) {}

    [[nodiscard]] word_block operator()(text_block&& in) const;
    [[nodiscard]] word_block operator()(text_block const& in) const;
    /// As above, into `out`, whose buffers are used again; `in` may get its old ones.
    void operator()(text_block&& in, word_block& out) const;

private:
    std::shared_ptr<method const> method_;
};

/// Splits at space, tab and newline and removes carriage returns, as ReadWord of word2vec.c does (Mikolov 2013,
/// revision 42); every other byte is data. Deviations: words are not cut at 98 bytes but by `limit`; NUL is data where
/// C strings end; the last word counts without a newline behind it; a newline is a sentence end, not a word "</s>".
export [[nodiscard]] tokenizer whitespace_tokenizer(token_limit limit = {});

/// What is given to `tokenizer_named`.
export struct tokenizer_options {
    token_limit limit{};
};

/// The tokeniser that is called `name`; `failure::usage` with the names that exist when there is none.
export [[nodiscard]] tokenizer tokenizer_named(std::string_view name, tokenizer_options const& options = {});

/// The names that `tokenizer_named` takes.
export [[nodiscard]] std::vector<std::string> tokenizer_names();
}
