module;
#include <charconv>
#include <cmath>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>
module wordmill.eval;
import wordmill.core;
import wordmill.vectors;
import :correlation;
import :lines;
import :similarities;

namespace wordmill {
namespace {
std::optional<double> number(std::string_view field) { return parse_number<double>(field); }

/// The column of the score: the first number after the two words.
std::optional<std::size_t> score_column(std::vector<std::string_view> const& fields) {
    for (std::size_t i = 2; i < fields.size(); ++i)
        if (number(fields[i])) return i;
    return std::nullopt;
}

std::string_view separators_of(std::string_view line) {
    if (line.find('\t') != std::string_view::npos) return "\t";
    if (line.find_first_of(",;") != std::string_view::npos) return ",;";
    return " ";
}
}

similarity_set load_similarity_set(std::string const& path) {
    similarity_set set;
    std::optional<std::size_t> column;
    auto const lines = detail::read_lines(path);
    auto const separators = lines.empty() ? " " : separators_of(lines.front().text);
    for (auto const& [text, line] : lines) {
        auto const refuse = [&](std::string const& message) {
            throw error(failure::bad_data,
                        "similarity set: expected " + message + ", found '" + text.substr(0, 64) + "'",
                        {.file = path, .line = line});
        };
        auto const fields = detail::fields_of(text, separators);
        if (!column) {
            column = score_column(fields);
            if (!column && &text == &lines.front().text) continue; // a heading
        }
        if (!column || *column >= fields.size()) refuse("two words and a score");
        auto const score = number(fields[*column]);
        if (fields[0].empty() || fields[1].empty()) refuse("two words");
        if (!score || !std::isfinite(*score)) refuse("a score in field " + std::to_string(*column + 1));
        set.pairs.push_back({std::string(fields[0]), std::string(fields[1]), *score});
    }
    if (set.pairs.empty())
        throw error(failure::bad_data, "similarity set: expected pairs of words, found none", {.file = path});
    return set;
}

namespace {
template <class Vectors>
similarity_score score_of(Vectors const& vectors, similarity_set const& set, similarity_eval_options const& options) {
    similarity_score result{.pairs = set.pairs.size()};
    std::vector<double> cosines, scores;
    std::set<std::string> unknown;
    for (auto const& [first, second, score] : set.pairs) {
        auto const a = find_word(vectors, first, options.lower_case);
        auto const b = find_word(vectors, second, options.lower_case);
        if (!a) unknown.insert(first);
        if (!b) unknown.insert(second);
        if (!a || !b) continue;
        auto const cosine = similarity(vectors, *a, *b);
        if (!cosine) {
            ++result.zero;
            continue;
        }
        cosines.push_back(*cosine);
        scores.push_back(score);
    }
    result.covered = scores.size();
    result.spearman = spearman(cosines, scores);
    result.pearson = pearson(cosines, scores);
    result.unknown.assign(unknown.begin(), unknown.end());
    return result;
}
}

similarity_score evaluate_similarity(word_vectors const& vectors, similarity_set const& set,
                                     similarity_eval_options const& options) {
    return score_of(vectors, set, options);
}

similarity_score evaluate_similarity(sparse_vectors const& vectors, similarity_set const& set,
                                     similarity_eval_options const& options) {
    return score_of(vectors, set, options);
}
}
