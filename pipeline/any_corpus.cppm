export module wordmill.pipeline:any_corpus;
import :encode;
import :encoded_corpus;
import :phrases;
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
/// One pass over a corpus.
export struct pass_options {
    position from{};      ///< continue at this position, taken from a block of an earlier pass
    unsigned threads = 0; ///< for stages and for reading ids; 0 = as many as the machine allows. Blocks do not depend
                          ///< on it
    monitor watch{};      ///< receives stored bytes, and may stop the pass
    tally counts{};       ///< "token", and the counts of readers, tokenisers and encoders
};

/// Makes the tokenizer that splits sentences into words; it counts in `counts`.
export using tokenizer_maker = std::function<tokenizer(tally const& counts)>;

/// Text that a program makes itself instead of naming files, for `any_corpus`. Any thread may call.
export class text_source {
public:
    text_source() = default;
    text_source(text_source const&) = delete;
    text_source& operator=(text_source const&) = delete;
    virtual ~text_source() = default;
    /// The blocks of a new pass from `pass.from` on; each pass over the same content must give the same blocks. Call
    /// `pass.watch.check()` for every block, so that a run can be stopped. The generator must not need the source when
    /// it outlives it.
    [[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] virtual generator<text_block>
    blocks(pass_options const& pass) const = 0;
    /// For messages, such as "a list of 20 sentences".
    [[nodiscard]] virtual std::string name() const = 0;
    /// What is known of the content, to recognise it when a run is resumed. See `any_corpus::description`.
    [[nodiscard]] virtual note_map description() const = 0;
    /// False when there can be only one pass.
    [[nodiscard]] virtual bool can_reread() const noexcept { return true; }
};

namespace detail {
struct unchanged {
    template <class T>
    [[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] T operator()(T source) const {
        return source;
    }
};
}

/// What is trained on: files of text of any format that `read_corpus` reads, files of ids, or text that a program makes
/// (see `text_source`). Whether files hold text or ids is detected from content. Ids give the same blocks as the text
/// that they were encoded from, so a computation gives the same result from either, byte for byte if it is
/// deterministic. A value; any thread may read.
export class any_corpus {
public:
    /// `how` and `split` apply to text; each pass replaces `from`, `watch` and `counts` of `how` by its own. Opens
    /// files of ids. A damaged file of ids, and a mix of text and ids, are a `failure::bad_data`.
    explicit any_corpus(std::vector<input_file> inputs, corpus_options how = {}, tokenizer_maker split = {});
    /// Text that is made by the program.
    explicit any_corpus(std::shared_ptr<text_source const> source, tokenizer_maker split = {});

    [[nodiscard]] bool encoded() const noexcept { return !ids_.empty(); }
    /// The files; none for text of a program.
    [[nodiscard]] std::vector<input_file> const& inputs() const noexcept { return inputs_; }
    /// The text of a program; null for files.
    [[nodiscard]] text_source const* source() const noexcept { return source_.get(); }
    /// The files of ids; none for text.
    [[nodiscard]] std::vector<encoded_corpus> const& files_of_ids() const noexcept { return ids_; }
    [[nodiscard]] tokenizer split(tally const& counts) const { return split_(counts); }
    /// The same text, in which the phrases of `table` are words. `failure::usage` for ids.
    [[nodiscard]] any_corpus with_phrases(phrase_table table) const;
    /// The same text, split otherwise. Ids stay as they are.
    [[nodiscard]] any_corpus split_by(tokenizer_maker split) const;
    /// Everything that decides which words, or ids, come in which order, by the names of the command's options: the
    /// options of readers and tokenizer, and the content of the inputs. Two corpora with the same description give the
    /// same blocks. Names and times of files, threads and memory are not in it. Reads samples of the inputs (see
    /// `content_fingerprint`).
    [[nodiscard]] note_map description() const;

    /// Checks that ids were encoded with `words`; otherwise `failure::bad_data` with both fingerprints. Does nothing
    /// for text.
    void require(vocabulary const& words) const;
    /// Checks that ids were encoded with `words` and that their sentence ends are marked with `word`, or not marked if
    /// `word` is empty; otherwise `failure::bad_data`. Does nothing for text.
    void require_sentence_mark(vocabulary const& words, std::string_view word) const;

    /// The blocks of text. `failure::usage` for ids.
    [[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] generator<text_block>
    text(pass_options const& pass) const;

    /// The blocks of ids. Ids of another vocabulary are a `failure::bad_data` with both fingerprints.
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
    void require_text() const;
    [[nodiscard]] text_encoder encoder(vocabulary const& words, tally const& counts) const;

    std::vector<input_file> inputs_;
    corpus_options how_;
    tokenizer_maker split_;
    std::vector<encoded_corpus> ids_{};
    std::shared_ptr<text_source const> source_{};
};

/// The same for pairs: options of the reader, and the content of the inputs.
export [[nodiscard]] note_map description_of_pairs(std::vector<input_file> const& inputs, pair_options const& how);
}
