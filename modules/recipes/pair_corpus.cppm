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
/// Pairs of a source and a target text, and how the sides are split: files in any layout and codec that `read_pairs`
/// reads, or pairs that a program makes. A value; any thread may read.
export class pair_corpus {
public:
    /// Nothing is read yet. Each pass replaces `from`, `threads`, `watch` and `counts` of `how` by its own.
    explicit pair_corpus(std::vector<input_file> inputs, pair_options how = {}, sequence_text source = {},
                         sequence_text target = {});
    /// Files, directories and glob patterns; errors are those of `find_inputs`.
    explicit pair_corpus(std::vector<std::string> const& names, pair_options how = {}, sequence_text source = {},
                         sequence_text target = {});

    /// Pairs of a program: text in which each pair is two lines, a source and its target, and each block holds whole
    /// pairs.
    explicit pair_corpus(std::shared_ptr<text_source const> pairs, sequence_text source = {},
                         sequence_text target = {});

    /// The files; none for pairs of a program.
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
    std::vector<input_file> inputs_{};
    pair_options how_{};
    std::shared_ptr<text_source const> made_{};
    sequence_text source_;
    sequence_text target_;
};
}
