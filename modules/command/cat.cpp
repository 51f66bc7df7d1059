module;
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
module wordmill.command;
import :arguments;
import :progress;
import :signals;
import wordmill.core;
import wordmill.io;
import wordmill.pipeline;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
namespace {
enum class stage { automatic, text, words, ids };

struct cat_arguments {
    run_arguments run;
    input_arguments input;
    token_arguments tokens;
    output_arguments output;
    std::string stage = "auto";
    std::string vocabulary;
    std::string sentences = "0";
    bool positions = false;
    bool raw = false;
};

/// Writes sentences, one a line, and stops after `limit` of them (0 = all).
class sentence_printer {
public:
    sentence_printer(output_file& output, std::uint64_t limit, bool raw) : output_(output), limit_(limit), raw_(raw) {}

    void add(std::string_view word) {
        if (!line_.empty()) line_ += ' ';
        line_ += raw_ ? std::string(word) : printable(word);
    }
    /// False when that was the last one wanted.
    bool end() {
        line_ += '\n';
        output_.write(line_);
        line_.clear();
        return ++printed_ != limit_;
    }
    void finish() {
        if (!line_.empty()) end();
    }

private:
    output_file& output_;
    std::uint64_t limit_;
    std::uint64_t printed_ = 0;
    bool raw_;
    std::string line_;
};

/// Prints a block of words or ids, `show(i)` giving the text of number i; false when no more is wanted.
template <class Block, class Show>
bool print_block(Block const& block, std::size_t size, sentence_printer& out, Show show) {
    std::size_t i = 0;
    for (auto end : block.sentence_ends) {
        for (; i < end; ++i) out.add(show(i));
        if (!out.end()) return false;
    }
    for (; i < size; ++i) out.add(show(i));
    return true;
}

void print_text(generator<text_block> text, sentence_printer& out, bool positions) {
    for (auto const& s : sentences(std::move(text))) {
        if (positions) out.add(to_text(*s.next) + "\t");
        out.add(s.text);
        if (!out.end()) return;
    }
}

void print_words(any_corpus const& corpus, pass_options const& pass, sentence_printer& out) {
    for (auto&& block : corpus.text(pass) | parallel(corpus.split(pass.counts), {.threads = pass.threads}))
        if (!print_block(block, block.words.size(), out, [&](std::size_t i) { return block.word(i); })) return;
    out.finish();
}

/// Ids as numbers, or as the words of a vocabulary.
void print_ids(generator<token_block> ids, std::optional<vocabulary> const& as_words, sentence_printer& out) {
    for (auto const& block : ids)
        if (!print_block(block, block.ids.size(), out, [&](std::size_t i) {
                return as_words ? std::string(as_words->word(block.ids[i])) : std::to_string(index(block.ids[i]));
            }))
            return;
    out.finish();
}

/// What is printed when nothing was asked for; `failure::usage` for what cannot be printed.
stage stage_of(cat_arguments const& arguments, any_corpus const& corpus) {
    static constexpr named_value<stage> stages[] = {
        {"auto", stage::automatic}, {"text", stage::text}, {"words", stage::words}, {"ids", stage::ids}};
    auto wanted = choose("--stage", arguments.stage, stages);
    auto const refuse = [&](std::string const& why, char const* hint = "") {
        throw error(failure::usage, "--stage " + arguments.stage + ": " + why, {}, hint);
    };
    bool const has_words = !arguments.vocabulary.empty();
    if (!corpus.encoded()) {
        if (wanted == stage::ids && !has_words) refuse("expected --vocabulary FILE, found none");
        return wanted == stage::automatic ? stage::text : wanted;
    }
    if (wanted == stage::text) refuse("expected text, found an encoded corpus (ids)", "--stage words prints its words");
    if (wanted == stage::words && !has_words) refuse("expected --vocabulary FILE with an encoded corpus, found none");
    if (wanted == stage::automatic) wanted = has_words ? stage::words : stage::ids;
    return wanted;
}

void cat(cat_arguments const& arguments) {
    auto const log = arguments.run.log();
    auto const inputs = find_inputs(arguments.input.inputs);
    auto const corpus = arguments.input.open(inputs, arguments.tokens, arguments.run);
    auto const wanted = stage_of(arguments, corpus);
    monitor watch;
    tally counts;
    interruptible(log, watch, [&] {
        auto const pass = arguments.input.pass(arguments.run, watch, counts);
        std::optional<vocabulary> words;
        if (!arguments.vocabulary.empty()) words = load_vocabulary(arguments.vocabulary);
        output_file output(arguments.output.output, arguments.output.resolve(inputs));
        bool const raw = arguments.raw || arguments.output.output != "-" || isatty(STDOUT_FILENO) == 0;
        sentence_printer out(output, parse_count(arguments.sentences, "--sentences"), raw);
        if (wanted == stage::text)
            print_text(corpus.text(pass), out, arguments.positions);
        else if (wanted == stage::words && !corpus.encoded())
            print_words(corpus, pass, out);
        else
            print_ids(words ? corpus.ids(*words, pass)
                            : read_encoded(corpus.files_of_ids(),
                                           {.from = pass.from, .threads = pass.threads, .watch = watch}),
                      wanted == stage::words ? words : std::nullopt, out);
        output.commit();
        if (arguments.output.output != "-" || !counts.notes().empty()) report_counts(log, counts);
    });
}
}

void add_cat(command_line line) {
    auto const a = std::make_shared<cat_arguments>();
    auto command = line.subcommand("cat", "Print the stream after any stage, a sentence a line");
    a->input.add_to(command);
    a->tokens.add_to(command);
    auto output = command.under("Output");
    output.option("--stage", a->stage,
                  "auto (text; of an encoded corpus ids, or words with --vocabulary), text, words, ids", "STAGE");
    output.option("--vocabulary", a->vocabulary, "The vocabulary of the ids", "FILE");
    output.option("--sentences", a->sentences, "Stop after this many; 0 = all", "N");
    output.flag("--positions", a->positions, "Before each sentence of the text, the position after it");
    output.flag("--raw", a->raw, "Control characters as they are, also on a terminal");
    a->output.add_to(command, "What is printed");
    a->run.add_to(command);
    command.run([a] { cat(*a); });
}
}
