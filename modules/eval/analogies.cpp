module;
#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
module wordmill.eval;
import wordmill.core;
import wordmill.vectors;
import :analogies;
import :lines;

namespace wordmill {
namespace {
[[noreturn]] void refuse(std::string const& path, detail::text_line const& line, std::string const& expected) {
    throw error(failure::bad_data, "analogy set: expected " + expected + ", found '" + line.text.substr(0, 64) + "'",
                {.file = path, .line = line.number});
}

void expect_questions(analogy_set const& set, std::string const& path) {
    if (std::ranges::all_of(set.sections, [](auto const& section) { return section.questions.empty(); }))
        throw error(failure::bad_data, "analogy set: expected questions of four words, found none", {.file = path});
}

constexpr std::string_view blanks = " \t";
}

analogy_set load_analogy_set(std::string const& path) {
    analogy_set set;
    for (auto const& line : detail::read_lines(path)) {
        std::string_view const text(line.text);
        auto const fields = detail::fields_of(text, blanks);
        if (text.starts_with(':')) {
            auto const name = text.find_first_not_of(blanks, 1);
            set.sections.push_back({std::string(name == std::string_view::npos ? "" : text.substr(name)), {}});
            continue;
        }
        if (fields.size() != 4) refuse(path, line, "': section' or four words");
        if (set.sections.empty()) set.sections.emplace_back();
        set.sections.back().questions.push_back(
            {std::string(fields[0]), std::string(fields[1]), std::string(fields[2]), std::string(fields[3])});
    }
    expect_questions(set, path);
    return set;
}

analogy_set load_analogy_set(std::string const& questions, std::string const& answers) {
    analogy_set set;
    auto const asked = detail::read_lines(questions);
    auto const answered = detail::read_lines(answers);
    if (asked.size() != answered.size())
        throw error(failure::bad_data,
                    "analogy set: expected as many answers as questions, found " + format_count(answered.size())
                        + " for " + format_count(asked.size()),
                    {.file = answers});
    for (std::size_t i = 0; i < asked.size(); ++i) {
        auto const words = detail::fields_of(asked[i].text, blanks);
        auto const answer = detail::fields_of(answered[i].text, blanks);
        if (words.size() != 3) refuse(questions, asked[i], "three words");
        if (answer.size() != 2) refuse(answers, answered[i], "a relation and a word");
        auto section = std::ranges::find(set.sections, answer[0], &question_section::name);
        if (section == set.sections.end()) section = set.sections.insert(section, {std::string(answer[0]), {}});
        section->questions.push_back(
            {std::string(words[0]), std::string(words[1]), std::string(words[2]), std::string(answer[1])});
    }
    expect_questions(set, questions);
    return set;
}

namespace {
template <class Vectors>
analogy_score score_of(Vectors const& vectors, analogy_set const& set, analogy_eval_options const& options) {
    auto const known = options.max_words == 0 ? vectors.size() : std::min(vectors.size(), options.max_words);
    auto const find = [&](std::string_view word) -> std::optional<token_id> {
        auto const id = find_word(vectors, word, options.lower_case);
        if (!id || index(*id) >= known || vectors.norms()[index(*id)] == 0) return std::nullopt;
        return id;
    };
    std::vector<std::array<token_id, 3>> questions;
    std::vector<token_id> expected;
    std::vector<std::size_t> whose; // section of each question that is asked
    analogy_score result;
    for (auto const& [name, asked] : set.sections) {
        result.sections.push_back({.name = name, .questions = asked.size()});
        for (auto const& q : asked) {
            auto const a = find(q.a), b = find(q.b), c = find(q.c), d = find(q.d);
            if (!a || !b || !c || !d) continue;
            ++result.sections.back().covered;
            questions.push_back({*a, *b, *c});
            expected.push_back(*d);
            whose.push_back(result.sections.size() - 1);
        }
    }
    auto const answers = analogy_ids(
        vectors, questions, {.top = 1, .method = options.method, .max_words = known, .threads = options.threads});
    for (std::size_t i = 0; i < answers.size(); ++i)
        if (!answers[i].empty() && answers[i][0] == expected[i]) ++result.sections[whose[i]].correct;
    for (auto const& section : result.sections) {
        result.total.questions += section.questions;
        result.total.covered += section.covered;
        result.total.correct += section.correct;
    }
    return result;
}
}

analogy_score evaluate_analogies(word_vectors const& vectors, analogy_set const& set,
                                 analogy_eval_options const& options) {
    return score_of(vectors, set, options);
}

analogy_score evaluate_analogies(sparse_vectors const& vectors, analogy_set const& set,
                                 analogy_eval_options const& options) {
    return score_of(vectors, set, options);
}
}
