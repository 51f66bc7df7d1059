export module wordmill.pipeline:any_corpus;
import :encode;
import :encoded_corpus;
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
/// One pass over a corpus.
export struct pass_options {
    position from{};      ///< of a block of an earlier pass: continue there
    unsigned threads = 0; ///< of stages and of reading ids; 0 = as many as the machine allows. Blocks are the same
    monitor watch{};      ///< is told of stored bytes, and may stop the pass
    tally counts{};       ///< "token" and what readers, tokenisers and encoders count
};

/// How sentences become words, counting in `counts`.
export using tokenizer_maker = std::function<tokenizer(tally const& counts)>;

namespace detail {
struct unchanged {
    template <class T>
    [[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] T operator()(T source) const {
        return source;
    }
};
}

/// Files to learn from: text of any format that `read_corpus` knows, or the ids of encoded corpora. Which of the two is
/// recognised from content. Ids give the same blocks as the text that they were encoded from, so whoever takes a corpus
/// computes the same from either, byte for byte where the computation is deterministic. A value; any thread may read.
export class any_corpus {
public:
    /// `how` and `split` are for text; `from`, `watch` and `counts` of `how` are replaced by those of each pass. Opens
    /// files of ids: `failure::bad_data` when one is damaged or not all files are of ids.
    explicit any_corpus(std::vector<input_file> inputs, corpus_options how = {}, tokenizer_maker split = {});

    [[nodiscard]] bool encoded() const noexcept { return !ids_.empty(); }
    [[nodiscard]] std::vector<input_file> const& inputs() const noexcept { return inputs_; }
    /// The files of ids; none for text.
    [[nodiscard]] std::vector<encoded_corpus> const& files_of_ids() const noexcept { return ids_; }
    [[nodiscard]] tokenizer split(tally const& counts) const { return split_(counts); }

    /// Nothing for text. `failure::bad_data` with both fingerprints when ids are of another vocabulary.
    void require(vocabulary const& words) const;
    /// Nothing for text. `failure::bad_data` when ids are of another vocabulary, or their sentence ends are not marked
    /// with `word` (empty: they are).
    void require_sentence_mark(vocabulary const& words, std::string_view word) const;

    /// The blocks of text. `failure::usage` for ids.
    [[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] generator<text_block>
    text(pass_options const& pass) const;

    /// The blocks of ids. `failure::bad_data` with both fingerprints when ids are of another vocabulary.
    [[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] generator<token_block>
    ids(vocabulary const& words, pass_options const& pass) const;

    /// The blocks of ids after `stage`, which runs in parallel and together with the encoder. `watch_source` may wrap
    /// the source (`generator<text_block>` or `generator<token_block>`), for example to measure it.
    template <class Stage, class Watch = detail::unchanged>
    [[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] generator<stage_result<Stage, token_block>>
    ids(vocabulary const& words, pass_options const& pass, Stage stage, Watch watch_source = {}) const {
        parallel_options const how{.threads = pass.threads};
        if (encoded()) return watch_source(ids(words, pass)) | parallel(std::move(stage), how);
        return watch_source(text(pass)) | parallel(chain(encoder(words, pass.counts), std::move(stage)), how);
    }

private:
    [[nodiscard]] text_encoder encoder(vocabulary const& words, tally const& counts) const;

    std::vector<input_file> inputs_;
    corpus_options how_;
    tokenizer_maker split_;
    std::vector<encoded_corpus> ids_{};
};
}
