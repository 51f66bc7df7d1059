module;
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
module wordmill.command;
import :arguments;
import :progress;
import :vector_arguments;
import wordmill.core;
import wordmill.io;
import wordmill.text;
import wordmill.vectors;

namespace wordmill {
namespace {
struct query_arguments {
    vector_arguments vectors;
    std::vector<std::string> words;
    std::string top = "10";
    method_argument method;
    std::string index;
    std::string ef;
};

/// A line of "word<TAB>score" for each neighbour, or one JSON object.
std::string shown(std::string_view question, std::vector<neighbour> const& found, bool json) {
    std::string out;
    if (json) {
        out = "{\"question\":" + json_string(question) + ",\"neighbours\":[";
        for (bool first = true; auto const& n : found) {
            out += (first ? "" : ",") + std::string("{\"word\":") + json_string(n.word)
                   + ",\"score\":" + decimal(n.score) + "}";
            first = false;
        }
        return out + "]}\n";
    }
    for (auto const& n : found) out += printable(n.word) + "\t" + decimal(n.score) + "\n";
    return out;
}

/// The answers of `ask` for each word.
template <class Ask> std::string shown_all(std::vector<std::string> const& words, Ask ask, bool json) {
    std::string out;
    for (auto const& word : words) {
        if (words.size() > 1 && !json) out += (out.empty() ? "" : "\n") + printable(word) + ":\n";
        out += shown(word, ask(word), json);
    }
    return out;
}

void print_nearest(query_arguments const& a) {
    nearest_options options{.top = parse_count(a.top, "--top"),
                            .max_words = parse_count(a.vectors.max_words, "--max-words"),
                            .threads = a.vectors.thread_count()};
    if (a.index.empty() && !a.ef.empty()) throw error(failure::usage, "--ef: expected --index as well, found none");
    if (!a.index.empty() && options.max_words != 0)
        throw error(failure::usage, "--index: expected no --max-words, which an index does not support");
    approximate_options how{.top = options.top};
    if (!a.ef.empty()) how.ef = parse_count(a.ef, "--ef");
    bool const json = a.vectors.wants_json();
    if (a.vectors.are_sparse()) {
        if (!a.index.empty())
            throw error(failure::usage, "--index: expected word vectors, found --vocabulary for a sparse matrix");
        auto const vectors = a.vectors.load_sparse();
        return print(shown_all(a.words, [&](auto const& word) { return nearest(vectors, word, options); }, json));
    }
    // An index knows the words of the file only.
    auto const vectors =
        load_vectors(a.vectors.vectors, {.compose = a.index.empty() ? a.words : std::vector<std::string>()});
    if (options.max_words == 0) options.max_words = vectors.size() - vectors.composed();
    std::optional<neighbour_index> index;
    if (!a.index.empty()) index = neighbour_index::load(a.index, vectors);
    auto const ask = [&](auto const& word) {
        return index ? index->nearest(word, how) : nearest(vectors, word, options);
    };
    print(shown_all(a.words, ask, json));
}

void print_analogy(query_arguments const& a) {
    analogy_options options{.top = parse_count(a.top, "--top"),
                            .method = a.method.resolve(),
                            .max_words = parse_count(a.vectors.max_words, "--max-words"),
                            .threads = a.vectors.thread_count()};
    bool const json = a.vectors.wants_json();
    auto const print_answers = [&](auto const& vectors) {
        print(shown(a.words[0] + " : " + a.words[1] + " = " + a.words[2] + " : ?",
                    analogy(vectors, a.words[0], a.words[1], a.words[2], options), json));
    };
    if (a.vectors.are_sparse()) return print_answers(a.vectors.load_sparse());
    auto const vectors = load_vectors(a.vectors.vectors, {.compose = a.words});
    if (options.max_words == 0) options.max_words = vectors.size() - vectors.composed();
    print_answers(vectors);
}

std::shared_ptr<query_arguments> add_common(command_line command, std::string const& words, int count) {
    auto const a = std::make_shared<query_arguments>();
    a->vectors.add_to(command, "Search only the first N words; 0 = all");
    command.option("words", a->words, words, "WORD", {.required = true, .values = count});
    command.option("--top", a->top, "Number of answers", "N");
    return a;
}

struct convert_arguments {
    std::string input;
    std::string output;
    std::string format = "auto";
    std::string max_words = "0";
    bool half = false;
    bool overwrite = false;
};

void convert(convert_arguments const& a) {
    auto const vectors = load_vectors(a.input, {.max_words = parse_count(a.max_words, "--max-words")});
    save_vectors(vectors, a.output,
                 {.format = a.format == "auto" ? vector_format::automatic : vector_format_named(a.format),
                  .half = a.half,
                  .output = {.overwrite = a.overwrite, .compression = codec_of_name(a.output)}});
    if (vectors.repeated() > 0)
        log_line({}, "info", format_count(vectors.repeated()) + " rows left out: their words came before");
}
}

void add_nearest(command_line line) {
    auto command = line.subcommand("nearest", "Find the words nearest to a word, by cosine");
    auto const a = add_common(command, "Words whose neighbours are wanted", 0);
    command.option("--index", a->index, "Use this index, built by 'index': faster, but may miss some words", "FILE");
    command.option("--ef", a->ef, "Candidates that the index considers: more miss fewer (100)", "N");
    command.run([a] { print_nearest(*a); });
}

void add_analogy(command_line line) {
    auto command = line.subcommand("analogy", "Answer 'A is to B as C is to ?'");
    auto const a = add_common(command, "A B C", 3);
    a->method.add_to(command);
    command.run([a] { print_analogy(*a); });
}

void add_convert(command_line line) {
    auto const a = std::make_shared<convert_arguments>();
    auto command = line.subcommand("convert", "Write word vectors in another format");
    command.option("vectors", a->input, "Word vectors in any known format", "FILE", {.required = true});
    command.option("output", a->output, "Output; its extension decides the format", "FILE", {.required = true});
    command.option("--vector-format", a->format,
                   "auto, word2vec-text, word2vec-binary, glove-text, npy, safetensors, projector", "NAME");
    command.option("--max-words", a->max_words, "Only the first N words; 0 = all", "N");
    command.flag("--half", a->half, "16-bit floats (npy, safetensors)");
    command.flag("--overwrite", a->overwrite, "Replace an existing output");
    command.run([a] { convert(*a); });
}
}
