export module wordmill.recipes:pair_corpus;
import :sequence_text;
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.pipeline;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
/// Files of pairs of a source and a target text, in any layout and codec that `read_pairs` reads, and how the sides are
/// split. A value; any thread may read.
export class pair_corpus {
public:
    /// Nothing is read yet. Each pass replaces `from`, `threads`, `watch` and `counts` of `how` by its own.
    explicit pair_corpus(std::vector<input_file> inputs, pair_options how = {}, sequence_text source = {},
                         sequence_text target = {});
    /// Files, directories and glob patterns; errors are those of `find_inputs`.
    explicit pair_corpus(std::vector<std::string> const& names, pair_options how = {}, sequence_text source = {},
                         sequence_text target = {});

    [[nodiscard]] std::vector<input_file> const& inputs() const noexcept { return inputs_; }
    [[nodiscard]] sequence_text const& source_text() const noexcept { return source_; }
    [[nodiscard]] sequence_text const& target_text() const noexcept { return target_; }
    /// Everything that decides which tokens come in which order, as `any_corpus::description`.
    [[nodiscard]] note_map description() const;

    [[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] generator<text_pair_block>
    text(pass_options const& pass) const;
    /// The pairs as ids. `counts` of the options is replaced by that of the pass.
    [[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] generator<token_pair_block>
    ids(vocabulary const& source, vocabulary const& target, pair_encode_options filter, pass_options const& pass) const;

private:
    std::vector<input_file> inputs_;
    pair_options how_;
    sequence_text source_;
    sequence_text target_;
};
}
