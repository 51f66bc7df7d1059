module;
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>
module wordmill.command;
import :arguments;
import :progress;
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.pipeline;
import wordmill.recipes;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
namespace {
std::int64_t whole_number(std::string_view option, std::string_view text) {
    if (auto const value = parse_number<std::int64_t>(text)) return *value;
    throw error(failure::usage, std::string(option) + ": expected a whole number, found '" + std::string(text) + "'");
}

/// "100" sets a number, "0.5%" a share.
void resolve_max_bad(std::string_view text, corpus_options& options) {
    if (text.empty()) return;
    if (!text.ends_with('%')) {
        options.max_bad = parse_count(text, "--max-bad");
        return;
    }
    auto const percent = parse_number<double>(text.substr(0, text.size() - 1));
    if (!percent || !(*percent >= 0 && *percent <= 100))
        throw error(failure::usage,
                    "--max-bad: expected a count or a percentage from 0% to 100%, found '" + std::string(text) + "'");
    options.max_bad_share = *percent / 100;
}

template <class T> T positive(std::string_view option, T value) {
    if (value == 0) throw error(failure::usage, std::string(option) + ": expected more than 0, found 0");
    return value;
}
}

void run_arguments::add_to(command_line line) {
    auto run = line.under("Run");
    run.option("--threads", threads, "Threads; 0 = as many as the machine, its cgroup and affinity allow", "N");
    run.option("--memory", memory, "Memory budget, such as 256M; 0 = half of what this process may use", "SIZE");
    run.option("--log-format", log_format, "text or json, for progress, reports and errors", "FORMAT");
    run.flag("--quiet", quiet, "Print no progress and no report");
}

log_options run_arguments::log() const {
    static constexpr named_value<wordmill::log_format> formats[] = {{"text", wordmill::log_format::text},
                                                                    {"json", wordmill::log_format::json}};
    return {choose("--log-format", log_format, formats), quiet, isatty(STDERR_FILENO) == 1};
}

unsigned run_arguments::thread_count() const { return resolve_thread_option(threads, log()); }

unsigned resolve_thread_option(std::string const& threads, log_options const& log) {
    auto const budget = resolve_threads(whole_number("--threads", threads));
    if (budget.capped && !log.quiet)
        log_line(log, "info", "--threads " + threads + ": capped at " + std::to_string(budget.count));
    constexpr unsigned beside = 3;             // for signals, progress and metrics
    static std::map<unsigned, unsigned> tried; // trying starts threads, and a command asks several times
    auto const wanted = budget.count - 1 + beside;
    if (!tried.contains(wanted)) tried[wanted] = startable_threads(wanted);
    auto const found = tried[wanted];
    auto const possible = found < beside ? 1 : found - beside + 1;
    if (static bool said = false; possible < budget.count && !log.quiet && !std::exchange(said, true))
        log_line(log, "info",
                 "computes on " + std::to_string(possible) + " of " + std::to_string(budget.count)
                     + " threads: a limit of threads (ulimit -u, pids.max of the cgroup) or of memory (ulimit -v) is "
                       "reached");
    return possible;
}

double parse_real(std::string const& text, std::string_view option) {
    if (auto const value = parse_number<double>(text)) return *value;
    throw error(failure::usage, std::string(option) + ": expected a number, found '" + text + "'");
}

double parse_real_from(std::string const& text, std::string_view option, double least, double most, bool below_most) {
    auto const value = parse_real(text, option);
    if (value >= least && (below_most ? value < most : value <= most)) return value;
    auto const to = most == std::numeric_limits<double>::infinity()
                        ? std::string(" or more")
                        : (below_most ? " to below " : " to ") + format_short(most);
    throw error(failure::usage,
                std::string(option) + ": expected " + format_short(least) + to + ", found '" + text + "'");
}

std::uint64_t parse_positive(std::string const& text, std::string_view option) {
    return positive(option, parse_count(text, option));
}

std::uint64_t run_arguments::memory_bytes() const { return resolve_memory(parse_bytes(memory, "--memory")); }

void input_arguments::add_reading_to(command_line corpus) {
    corpus.option("--on-bad", on_bad,
                  "Bad records: strict (stop), skip (count), quarantine (count and copy to --quarantine)", "POLICY");
    corpus.option("--max-bad", max_bad, "Stop at more bad records than this, a count or a percentage", "N|P%");
    corpus.option("--quarantine", quarantine, "File that bad records are copied to", "FILE");
    corpus.option("--utf8", utf8, "Bytes that are not UTF-8: strict (bad record), replace (by U+FFFD), keep", "POLICY");
    corpus.option("--block", block, "Size of a block of text", "SIZE");
    corpus.option("--max-record", max_record, "Longest JSON line or page", "SIZE");
    corpus.option("--max-expansion", max_expansion, "Largest ratio of decoded to stored bytes", "RATIO");
    corpus.option("--max-window", max_window, "Largest zstd window or xz dictionary", "SIZE");
    corpus.flag("--allow-truncated", allow_truncated, "Accept truncated compressed files (counted)");
    corpus.flag("--allow-garbage", allow_garbage, "Drop bytes after the compressed data (counted)");
}

void input_arguments::add_to(command_line line) {
    line.option("inputs", inputs, "Files, directories, glob patterns; - is standard input", "INPUT",
                {.required = true});
    auto corpus = line.under("Corpus");
    corpus.option("--format", format,
                  "auto (each file by its content), lines, jsonl (also arrays), wikipedia, ptb, parquet", "FORMAT");
    corpus.option("--field", field, "The JSON field or Parquet column of the text; a.b inside a", "NAME");
    add_reading_to(corpus);
    corpus.option("--from", from, "Start at this position, as printed by 'cat --positions'", "POSITION");
    corpus.flag("--blank-line-documents", blank_line_documents, "A blank line ends a document");
    corpus.flag("--keep-lone-cr", keep_lone_cr, "A carriage return without a newline is text, not the end of a line");
}

corpus_options input_arguments::resolve(run_arguments const& run, monitor const& watch, tally const& counts) const {
    static constexpr named_value<corpus_format> formats[] = {
        {"auto", corpus_format::automatic},      {"lines", corpus_format::lines}, {"jsonl", corpus_format::jsonl},
        {"wikipedia", corpus_format::wikipedia}, {"ptb", corpus_format::ptb},     {"parquet", corpus_format::parquet}};
    corpus_options options;
    options.format = choose("--format", format, formats);
    options.field = field;
    options.from = parse_position(from);
    options.block_bytes = positive("--block", parse_bytes(block, "--block"));
    options.on_bad = choose("--on-bad", on_bad, bad_data_policy_names);
    resolve_max_bad(max_bad, options);
    options.quarantine_path = quarantine;
    options.utf8 = choose("--utf8", utf8, utf8_policy_names);
    options.max_record_bytes = positive("--max-record", parse_bytes(max_record, "--max-record"));
    options.limits.max_expansion = positive("--max-expansion", parse_count(max_expansion, "--max-expansion"));
    options.limits.max_window_bytes = positive("--max-window", parse_bytes(max_window, "--max-window"));
    options.blank_line_ends_document = blank_line_documents;
    options.lone_cr_ends_line = !keep_lone_cr;
    options.allow_truncated = allow_truncated;
    options.allow_garbage = allow_garbage;
    options.threads = run.thread_count();
    options.memory_bytes = run.memory_bytes() / 4;
    options.watch = watch;
    options.counts = counts;
    return options;
}

any_corpus input_arguments::open(std::vector<input_file> files, token_arguments const& tokens,
                                 run_arguments const& run) const {
    return any_corpus(std::move(files), resolve(run, {}, {}),
                      [tokens](tally const& counts) { return tokens.resolve(counts); });
}

pass_options input_arguments::pass(run_arguments const& run, monitor const& watch, tally const& counts) const {
    return {.from = parse_position(from), .threads = run.thread_count(), .watch = watch, .counts = counts};
}

void token_arguments::add_to(command_line line, bool with_phrases) {
    auto tokens = line.under("Tokens");
    std::string names;
    for (auto const& known : tokenizer_names()) names += (names.empty() ? "" : ", ") + known;
    tokens.option("--tokenizer", tokenizer, names, "NAME");
    tokens.option("--normalize", normalize, "Unicode normalisation (unicode: nfc, characters: none): none, nfc, nfkc",
                  "FORM");
    tokens.option("--letters", letters, "Letter case (unicode: lower, characters: keep): keep, lower, fold", "CASE");
    tokens.option("--max-token", max_token, "The longest token", "SIZE");
    tokens.option("--long-tokens", long_tokens, "Longer ones: keep, cut, drop, error", "POLICY");
    if (with_phrases) tokens.option("--phrases", phrases, "Join these, as 'phrases' found them, to words", "FILE");
    tokens.option("--sentence-end", sentence_end,
                  "Add this word at the end of each sentence, such as </s> or <eos>; '' = none", "WORD");
    tokens.flag("--keep-punctuation", keep_punctuation, "unicode: punctuation and symbols are tokens");
    tokens.flag("--keep-blanks", keep_blanks, "characters, graphemes: blanks are tokens");
}

language_text token_arguments::text() const {
    language_text how{.tokenizer = tokenizer,
                      .keep_punctuation = keep_punctuation,
                      .keep_blanks = keep_blanks,
                      .max_token_bytes = positive("--max-token", parse_bytes(max_token, "--max-token")),
                      .on_long = choose("--long-tokens", long_tokens, long_token_names),
                      .sentence_end = sentence_end};
    if (!normalize.empty()) how.form = choose("--normalize", normalize, normal_form_names);
    if (!letters.empty()) how.letters = choose("--letters", letters, letter_case_names);
    return how;
}

wordmill::tokenizer token_arguments::resolve(tally const& counts) const {
    auto how = text();
    if (phrases.empty()) return how.split(counts);
    how.sentence_end.clear(); // comes after the phrases
    auto split = join_phrases(how.split(counts), load_phrases(phrases), counts);
    return sentence_end.empty() ? split : mark_sentence_ends(std::move(split), sentence_end, counts);
}

void output_arguments::add_to(command_line line, std::string_view what) {
    auto out = line.under("Output");
    out.option("--output", output, std::string(what) + "; - is standard output; .gz .zst .bz2 .xz compress", "FILE");
    out.flag("--overwrite", overwrite, "Replace an existing output");
}

output_options output_arguments::resolve(std::vector<input_file> const& inputs) const {
    if (output != "-")
        for (auto const& input : inputs)
            if (same_file(input, output))
                throw error(failure::cannot_create, "the output is one of the inputs", place{.file = output},
                            "choose another name");
    return {.overwrite = overwrite, .compression = codec_of_name(output)};
}

void check_output(std::string const& name, bool replaces) {
    auto const refuse = [&](char const* why, char const* hint) {
        throw error(failure::cannot_create, why, {.file = name}, hint);
    };
    auto const path = std::filesystem::absolute(name);
    if (!replaces && std::filesystem::is_regular_file(path)) refuse("exists already", "use --overwrite");
    if (!std::filesystem::is_directory(path.parent_path())) refuse("expected a folder that exists", "make it");
}

std::uint64_t total_bytes(std::vector<input_file> const& inputs) {
    std::uint64_t sum = 0;
    for (auto const& input : inputs) {
        if (input.type != input_file::kind::regular) return 0;
        sum = checked_sum(sum, input.bytes);
    }
    return sum;
}
}
