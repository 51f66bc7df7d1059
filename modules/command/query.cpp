module;
#include <algorithm>
#include <cstddef>
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
    bool lower_case = false;

    [[nodiscard]] std::size_t top_count() const {
        if (auto const count = parse_count(top, "--top"); count > 0) return count;
        throw error(failure::usage, "--top: expected 1 or more, found 0");
    }
};

void expect_words(std::string_view command, std::vector<std::string> const& words) {
    if (std::ranges::find(words, "") != words.end())
        throw error(failure::usage, std::string(command) + ": expected a word, found an empty one");
}

/// The word as the vectors have it, where --lower-case finds it so.
template <class Vectors>
std::string known_form(Vectors const& vectors, std::string const& word, query_arguments const& a) {
    auto const id = find_word(vectors, word, a.lower_case);
    return id ? std::string(vectors.word(*id)) : word;
}

/// Why a question about known words has no answer.
template <class Vectors> [[noreturn]] void
refuse_question(Vectors const& vectors, std::vector<std::string> const& words, std::size_t max_words) {
    for (auto const& word : words)
        if (vectors.norms()[index(vectors.id(word))] == 0)
            throw error(failure::bad_data,
                        "the vector of '" + word + "' is zero: it has no direction, so no word is near to it");
    auto const searched = max_words == 0 ? vectors.size() : std::min(vectors.size(), max_words);
    for (std::size_t row = 0; row < searched; ++row)
        if (vectors.norms()[row] != 0
            && std::ranges::none_of(words, [&](auto const& word) { return vectors.id(word) == id_at(row); }))
            throw error(failure::bad_data, "B - A + C is zero for these words: no word is near to it", {},
                        "--method multiply compares the words one by one");
    std::string const which = searched < vectors.size() ? "first " + format_count(searched) : format_count(searched);
    throw error(failure::bad_data,
                "no answer is possible: none of the " + which
                    + " words has a vector that is not zero, but for those of the question",
                {}, searched < vectors.size() ? "--max-words bounds the words that are searched" : "");
}

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
template <class Vectors, class Ask>
std::string shown_all(query_arguments const& a, Vectors const& vectors, std::size_t max_words, Ask ask, bool json) {
    std::string out;
    for (auto const& asked : a.words) {
        auto const word = known_form(vectors, asked, a);
        auto const found = ask(word);
        if (found.empty()) refuse_question(vectors, {word}, max_words);
        if (a.words.size() > 1 && !json) out += (out.empty() ? "" : "\n") + printable(asked) + ":\n";
        out += shown(asked, found, json);
    }
    return out;
}

void print_nearest(query_arguments const& a) {
    expect_words("nearest", a.words);
    nearest_options options{.top = a.top_count(),
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
        auto const ask = [&](std::string const& word) { return nearest(vectors, word, options); };
        return print(shown_all(a, vectors, options.max_words, ask, json));
    }
    // An index knows the words of the file only.
    auto const vectors = a.vectors.load(a.index.empty() ? a.words : std::vector<std::string>());
    if (options.max_words == 0) options.max_words = vectors.size() - vectors.composed();
    std::optional<neighbour_index> index;
    if (!a.index.empty()) index = neighbour_index::load(a.index, vectors);
    auto const ask = [&](std::string const& word) {
        return index ? index->nearest(word, how) : nearest(vectors, word, options);
    };
    print(shown_all(a, vectors, options.max_words, ask, json));
}

void print_analogy(query_arguments const& a) {
    expect_words("analogy", a.words);
    analogy_options options{.top = a.top_count(),
                            .method = a.method.resolve(),
                            .max_words = parse_count(a.vectors.max_words, "--max-words"),
                            .threads = a.vectors.thread_count()};
    bool const json = a.vectors.wants_json();
    auto const print_answers = [&](auto const& vectors) {
        std::vector<std::string> words;
        for (auto const& word : a.words) words.push_back(known_form(vectors, word, a));
        auto const found = analogy(vectors, words[0], words[1], words[2], options);
        if (found.empty()) refuse_question(vectors, words, options.max_words);
        if (words[0] == words[1] || words[0] == words[2])
            log_line({}, "warning",
                     "A is the same word as " + std::string(words[0] == words[1] ? "B" : "C")
                         + ": the answers are the words nearest to " + (words[0] == words[1] ? "C" : "B"));
        print(shown(a.words[0] + " : " + a.words[1] + " = " + a.words[2] + " : ?", found, json));
    };
    if (a.vectors.are_sparse()) return print_answers(a.vectors.load_sparse());
    auto const vectors = a.vectors.load(a.words);
    if (options.max_words == 0) options.max_words = vectors.size() - vectors.composed();
    print_answers(vectors);
}

std::shared_ptr<query_arguments> add_common(command_line command, std::string const& words, int count) {
    auto const a = std::make_shared<query_arguments>();
    a->vectors.add_to(command, "Search only the first N words; 0 = all");
    command.option("words", a->words, words, "WORD", {.required = true, .values = count});
    command.option("--top", a->top, "Number of answers", "N");
    command.flag("--lower-case", a->lower_case, "Look up unknown words in lower case");
    return a;
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
}
