module;
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.vectors;
import wordmill.core;
import :nearest;
import :scan;
import :word_vectors;

namespace wordmill {
namespace {
using detail::scan_query;

bool is_zero(word_vectors const& vectors, token_id id) { return vectors.norms()[index(id)] == 0; }

/// Adds `weight` times the row at length 1.
void add_unit(word_vectors const& vectors, token_id id, double weight, std::vector<double>& sum) {
    auto const scale = weight / static_cast<double>(vectors.norms()[index(id)]);
    auto const row = vectors.row(id);
    for (std::size_t d = 0; d < row.size(); ++d) sum[d] += scale * static_cast<double>(row[d]);
}
}

namespace detail {
std::optional<std::vector<float>> unit(std::span<double const> vector) {
    double squares = 0;
    for (auto const value : vector) squares += value * value;
    if (!(squares > 0) || !std::isfinite(squares)) return std::nullopt;
    std::vector<float> out;
    for (auto const value : vector) out.push_back(static_cast<float>(value / std::sqrt(squares)));
    return out;
}

std::optional<std::vector<float>> unit_of(word_vectors const& vectors, token_id id) {
    if (is_zero(vectors, id)) return std::nullopt;
    std::vector<double> sum(vectors.dimension());
    add_unit(vectors, id, 1, sum);
    return unit(sum);
}

std::vector<neighbour> neighbours(word_vectors const& vectors, std::span<scored_row const> rows) {
    std::vector<neighbour> found;
    for (auto const& [id, score] : rows) found.push_back({std::string(vectors.word(id)), id, score});
    return found;
}
}

namespace {
using detail::neighbours, detail::unit, detail::unit_of;

/// Nothing when a vector is zero, or b - a + c is.
std::optional<scan_query> query_of(word_vectors const& vectors, std::array<token_id, 3> const& ids,
                                   analogy_method method) {
    auto const [a, b, c] = ids;
    if (is_zero(vectors, a) || is_zero(vectors, b) || is_zero(vectors, c)) return std::nullopt;
    if (method == analogy_method::multiply)
        return scan_query{
            {*unit_of(vectors, b), *unit_of(vectors, c), *unit_of(vectors, a)}, scan_query::kind::product, {a, b, c}};
    std::vector<double> sum(vectors.dimension());
    add_unit(vectors, b, 1, sum);
    add_unit(vectors, a, -1, sum);
    add_unit(vectors, c, 1, sum);
    auto target = unit(sum);
    if (!target) return std::nullopt;
    return scan_query{{std::move(*target)}, scan_query::kind::cosine, {a, b, c}};
}

/// Asks `query_at(i)` for each i below `count`; those that are none have no rows.
template <class QueryAt> std::vector<std::vector<detail::scored_row>>
scan_all(word_vectors const& vectors, std::size_t count, QueryAt query_at, detail::scan_options const& options) {
    constexpr std::size_t at_once = 1024; // bounds the memory for vectors of queries
    std::vector<std::vector<detail::scored_row>> all(count);
    std::vector<scan_query> asked;
    std::vector<std::size_t> whose;
    for (std::size_t i = 0; i < count; ++i) {
        if (auto query = query_at(i)) {
            asked.push_back(std::move(*query));
            whose.push_back(i);
        }
        if (asked.size() < at_once && i + 1 < count) continue;
        auto answers = detail::scan(vectors, asked, options);
        for (std::size_t k = 0; k < whose.size(); ++k) all[whose[k]] = std::move(answers[k]);
        asked.clear();
        whose.clear();
    }
    return all;
}

std::vector<std::vector<neighbour>> answers_of(word_vectors const& vectors,
                                               std::span<std::vector<detail::scored_row> const> rows) {
    std::vector<std::vector<neighbour>> answers;
    for (auto const& found : rows) answers.push_back(neighbours(vectors, found));
    return answers;
}
}

std::vector<neighbour> nearest(word_vectors const& vectors, std::string_view word, nearest_options const& options) {
    auto const id = vectors.id(word);
    auto query = unit_of(vectors, id);
    if (!query) return {};
    std::array const queries{scan_query{{std::move(*query)}, scan_query::kind::cosine, {id}}};
    return neighbours(vectors, detail::scan(vectors, queries, {options.top, options.max_words, options.threads})[0]);
}

std::vector<neighbour> nearest(word_vectors const& vectors, std::span<float const> to, nearest_options const& options) {
    expect(to.size() == vectors.dimension(), "nearest: a vector of the same dimension");
    auto query = unit(std::vector<double>(to.begin(), to.end()));
    if (!query) return {};
    std::array const queries{scan_query{{std::move(*query)}, scan_query::kind::cosine, {}}};
    return neighbours(vectors, detail::scan(vectors, queries, {options.top, options.max_words, options.threads})[0]);
}

batch_answers nearest(word_vectors const& vectors, std::span<std::string const> words, nearest_options const& options) {
    std::size_t unknown = 0, zero = 0;
    auto const query_at = [&](std::size_t i) -> std::optional<scan_query> {
        auto const id = vectors.find(words[i]);
        auto query = id ? unit_of(vectors, *id) : std::nullopt;
        unknown += id ? 0 : 1;
        zero += id && !query ? 1 : 0;
        if (!query) return std::nullopt;
        return scan_query{{std::move(*query)}, scan_query::kind::cosine, {*id}};
    };
    auto const rows = scan_all(vectors, words.size(), query_at, {options.top, options.max_words, options.threads});
    return {answers_of(vectors, rows), unknown, zero};
}

std::vector<neighbour> analogy(word_vectors const& vectors, std::string_view a, std::string_view b, std::string_view c,
                               analogy_options const& options) {
    auto query = query_of(vectors, {vectors.id(a), vectors.id(b), vectors.id(c)}, options.method);
    if (!query) return {};
    return neighbours(
        vectors, detail::scan(vectors, std::span(&*query, 1), {options.top, options.max_words, options.threads})[0]);
}

batch_answers analogy(word_vectors const& vectors, std::span<analogy_question const> questions,
                      analogy_options const& options) {
    std::size_t unknown = 0, zero = 0;
    auto const query_at = [&](std::size_t i) -> std::optional<scan_query> {
        auto const& [first, second, third] = questions[i];
        auto const a = vectors.find(first), b = vectors.find(second), c = vectors.find(third);
        if (!a || !b || !c) {
            ++unknown;
            return std::nullopt;
        }
        auto query = query_of(vectors, {*a, *b, *c}, options.method);
        zero += query ? 0 : 1;
        return query;
    };
    auto const rows = scan_all(vectors, questions.size(), query_at, {options.top, options.max_words, options.threads});
    return {answers_of(vectors, rows), unknown, zero};
}

std::vector<std::vector<token_id>> analogy_ids(word_vectors const& vectors,
                                               std::span<std::array<token_id, 3> const> questions,
                                               analogy_options const& options) {
    auto const query_at = [&](std::size_t i) { return query_of(vectors, questions[i], options.method); };
    std::vector<std::vector<token_id>> answers;
    for (auto const& rows :
         scan_all(vectors, questions.size(), query_at, {options.top, options.max_words, options.threads})) {
        auto& ids = answers.emplace_back();
        for (auto const& row : rows) ids.push_back(row.id);
    }
    return answers;
}

std::optional<double> similarity(word_vectors const& vectors, token_id a, token_id b) {
    auto const x = vectors.row(a), y = vectors.row(b);
    if (is_zero(vectors, a) || is_zero(vectors, b)) return std::nullopt;
    double sum = 0, xx = 0, yy = 0;
    for (std::size_t d = 0; d < x.size(); ++d) {
        auto const u = static_cast<double>(x[d]), v = static_cast<double>(y[d]);
        sum += u * v;
        xx += u * u;
        yy += v * v;
    }
    return std::clamp(sum / (std::sqrt(xx) * std::sqrt(yy)), -1.0, 1.0);
}

std::optional<double> similarity(word_vectors const& vectors, std::string_view a, std::string_view b) {
    return similarity(vectors, vectors.id(a), vectors.id(b));
}

std::optional<std::size_t> rank(word_vectors const& vectors, std::string_view word, std::string_view other) {
    auto const id = vectors.id(word), of = vectors.id(other);
    auto const limit = similarity(vectors, id, of);
    if (id == of || !limit) return std::nullopt;
    std::size_t before = 0;
    for (std::size_t row = 0; row < vectors.size(); ++row) {
        auto const third = id_at(row);
        if (third == id || third == of) continue;
        auto const cosine = similarity(vectors, id, third);
        if (cosine && (*cosine > *limit || (*cosine == *limit && third < of))) ++before;
    }
    return before + 1;
}

std::optional<std::size_t> odd_one_out(word_vectors const& vectors, std::span<std::string const> words) {
    std::vector<double> sum(vectors.dimension());
    std::vector<token_id> ids;
    for (auto const& word : words) {
        ids.push_back(vectors.id(word));
        if (!is_zero(vectors, ids.back())) add_unit(vectors, ids.back(), 1, sum);
    }
    if (ids.size() < 3) return std::nullopt;
    for (std::size_t i = 0; i < ids.size(); ++i)
        if (is_zero(vectors, ids[i])) return i;
    std::size_t odd = 0;
    double least = 0;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        double product = 0; // with the sum: the order is that of the cosines to the mean
        auto const row = vectors.row(ids[i]);
        for (std::size_t d = 0; d < row.size(); ++d) product += static_cast<double>(row[d]) * sum[d];
        product /= static_cast<double>(vectors.norms()[index(ids[i])]);
        if (i > 0 && product >= least) continue;
        odd = i;
        least = product;
    }
    return odd;
}
}
