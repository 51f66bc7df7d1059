module wordmill.command:arguments;
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.pipeline;
import wordmill.recipes;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;
import :command_line;
import :progress;

namespace wordmill {
/// Options of the run, the same in every subcommand.
struct run_arguments {
    std::string threads = "0";
    std::string memory = "0";
    std::string log_format = "text";
    bool quiet = false;

    void add_to(command_line line);
    [[nodiscard]] log_options log() const;
    /// Reports when the number of threads is capped.
    [[nodiscard]] unsigned thread_count() const;
    [[nodiscard]] std::uint64_t memory_bytes() const;
};

/// The value of --threads as a number of threads that the system allows; says so when there are fewer, unless the log
/// is quiet.
[[nodiscard]] unsigned resolve_thread_option(std::string const& threads, log_options const& log);

struct token_arguments;

/// Options about the corpus, the same in every subcommand that reads one.
struct input_arguments {
    std::vector<std::string> inputs;
    std::string format = "auto";
    std::string field = "text";
    std::string on_bad = "strict";
    std::string max_bad;
    std::string quarantine;
    std::string utf8 = "strict";
    std::string block = "64K";
    std::string max_record = "64M";
    std::string max_expansion = "1000";
    std::string max_window = "128M";
    std::string from;
    bool blank_line_documents = false;
    bool keep_lone_cr = false;
    bool allow_truncated = false;
    bool allow_garbage = false;

    void add_to(command_line line);
    /// Only the options that every reader has.
    void add_reading_to(command_line corpus);
    [[nodiscard]] corpus_options resolve(run_arguments const& run, monitor const& watch, tally const& counts) const;
    /// The files as text, split as `tokens` says, or as ids.
    [[nodiscard]] any_corpus open(std::vector<input_file> files, token_arguments const& tokens,
                                  run_arguments const& run) const;
    /// A pass over them, from --from.
    [[nodiscard]] pass_options pass(run_arguments const& run, monitor const& watch, tally const& counts) const;
};

/// Options of the tokenizer.
struct token_arguments {
    std::string tokenizer = "whitespace";
    std::string normalize{}; ///< empty: the tokeniser's own
    std::string letters{};   ///< likewise
    bool keep_punctuation = false;
    bool keep_blanks = false;
    std::string max_token = "4K";
    std::string long_tokens = "cut";
    std::string phrases{};      ///< a file; empty: none are joined
    std::string sentence_end{}; ///< a word that marks the ends of sentences; empty: none

    void add_to(command_line line, bool with_phrases = true);
    /// All options but the phrases.
    [[nodiscard]] language_text text() const;
    [[nodiscard]] wordmill::tokenizer resolve(tally const& counts) const;
};

/// Refuses options that a run would ignore: with ids, those that say how text is read and split; with any corpus, a
/// position to start at. `failure::usage` with the option.
void check_text_options(any_corpus const& corpus, input_arguments const& input, token_arguments const& tokens);

/// Options of an output.
struct output_arguments {
    std::string output = "-";
    bool overwrite = false;

    void add_to(command_line line, std::string_view what);
    /// Refuses an output that is one of the inputs. The codec follows the output's name.
    [[nodiscard]] output_options resolve(std::vector<input_file> const& inputs) const;
};

/// What can be known of an output file before the work begins, so that no work is lost: it does not exist, unless
/// the run `replaces` it, and its folder exists. `failure::cannot_create` otherwise.
void check_output(std::string const& name, bool replaces);

/// The stored bytes of all inputs when each is a regular file; else 0, unknown.
[[nodiscard]] std::uint64_t total_bytes(std::vector<input_file> const& inputs);

/// Parses a number; `failure::usage` naming the option for other text.
[[nodiscard]] double parse_real(std::string const& text, std::string_view option);
/// The same for numbers from `least` to `most`, or to below `most`.
[[nodiscard]] double parse_real_from(std::string const& text, std::string_view option, double least, double most,
                                     bool below_most = false);
/// A count of 1 or more; otherwise `failure::usage` naming the option.
[[nodiscard]] std::uint64_t parse_positive(std::string const& text, std::string_view option);

// Each adds its subcommand; the callback of the chosen one runs it.
void add_analogy(command_line line);
void add_cat(command_line line);
void add_cooccur(command_line line);
void add_convert(command_line line);
void add_count(command_line line);
void add_encode(command_line line);
void add_evaluate(command_line line);
void add_index(command_line line);
void add_info(command_line line);
void add_lm(command_line line);
void add_lm_train(command_line line); ///< below "lm", as the next two are
void add_lm_evaluate(command_line line);
void add_lm_generate(command_line line);
void add_nearest(command_line line);
void add_phrases(command_line line);
void add_plot(command_line line);
void add_ppmi(command_line line);
void add_seq2seq(command_line line);
void add_seq2seq_train(command_line line); ///< below "seq2seq", as the next three are
void add_seq2seq_evaluate(command_line line);
void add_seq2seq_translate(command_line line);
void add_seq2seq_attention(command_line line);
void add_svd(command_line line);
void add_synth(command_line line);
void add_thesaurus(command_line line);
void add_train(command_line line);
void add_train_glove(command_line line);    ///< below "train"
void add_train_ppmi_svd(command_line line); ///< likewise
}
