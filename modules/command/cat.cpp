module;
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
module wordmill.command;
import :arguments;
import :progress;
import :signals;
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.pipeline;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
namespace {
enum class stage { text, words, ids };

struct cat_arguments {
    run_arguments run;
    input_arguments input;
    token_arguments tokens;
    output_arguments output;
    std::string stage = "text";
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

void print_words(generator<text_block> text, tokenizer const& tokens, unsigned threads, sentence_printer& out) {
    for (auto&& block : std::move(text) | parallel(tokens, {.threads = threads}))
        if (!print_block(block, block.words.size(), out, [&](std::size_t i) { return block.word(i); })) return;
    out.finish();
}

void print_ids(generator<text_block> text, tokenizer const& tokens, vocabulary const& words, unsigned threads,
               tally const& counts, sentence_printer& out) {
    for (auto&& block : std::move(text) | parallel(encode(tokens, words, {.counts = counts}), {.threads = threads}))
        if (!print_block(block, block.ids.size(), out,
                         [&](std::size_t i) { return std::to_string(index(block.ids[i])); }))
            return;
    out.finish();
}

void cat(cat_arguments const& arguments) {
    static constexpr named_value<stage> stages[] = {
        {"text", stage::text}, {"words", stage::words}, {"ids", stage::ids}};
    auto const log = arguments.run.log();
    auto const wanted = choose("--stage", arguments.stage, stages);
    if (wanted == stage::ids && arguments.vocabulary.empty())
        throw error(failure::usage, "--stage ids: expected --vocabulary FILE, found none");
    auto const inputs = find_inputs(arguments.input.inputs);
    monitor watch;
    tally counts;
    interruptible(log, watch, [&] {
        auto const options = arguments.input.resolve(arguments.run, watch, counts);
        auto const threads = arguments.run.thread_count();
        output_file output(arguments.output.output, arguments.output.resolve(inputs));
        bool const raw = arguments.raw || arguments.output.output != "-" || isatty(STDOUT_FILENO) == 0;
        sentence_printer out(output, parse_count(arguments.sentences, "--sentences"), raw);
        auto text = read_corpus(inputs, options);
        switch (wanted) {
        case stage::text: print_text(std::move(text), out, arguments.positions); break;
        case stage::words: print_words(std::move(text), arguments.tokens.resolve(counts), threads, out); break;
        case stage::ids:
            print_ids(std::move(text), arguments.tokens.resolve(counts), load_vocabulary(arguments.vocabulary), threads,
                      counts, out);
            break;
        }
        output.commit();
        if (arguments.output.output != "-") report_counts(log, counts);
    });
}
}

void add_cat(command_line line) {
    auto const a = std::make_shared<cat_arguments>();
    auto command = line.subcommand("cat", "Print the stream after any stage, a sentence a line");
    a->input.add_to(command);
    a->tokens.add_to(command);
    auto output = command.under("Output");
    output.option("--stage", a->stage, "text, words or ids", "STAGE");
    output.option("--vocabulary", a->vocabulary, "The vocabulary of the ids", "FILE");
    output.option("--sentences", a->sentences, "Stop after this many; 0 = all", "N");
    output.flag("--positions", a->positions, "Before each sentence of the text, the position behind it");
    output.flag("--raw", a->raw, "Control characters as they are, also on a terminal");
    a->output.add_to(command, "What is printed");
    a->run.add_to(command);
    command.run([a] { cat(*a); });
}
}
