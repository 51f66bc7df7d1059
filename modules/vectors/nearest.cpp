module;
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
import :row_panels;
import :scan;
import :sparse_vectors;
import :word_vectors;

namespace wordmill {
namespace detail {
void add_unit(word_vectors const& vectors, token_id id, double weight, std::span<double> sum) {
    auto const scale = weight / static_cast<double>(vectors.norms()[index(id)]);
    auto const row = vectors.row(id);
    for (std::size_t d = 0; d < row.size(); ++d) sum[d] += scale * static_cast<double>(row[d]);
}

void add_unit(sparse_vectors const& vectors, token_id id, double weight, std::span<double> sum) {
    auto const columns = vectors.rows().row_columns(index(id));
    auto const values = vectors.rows().row_values(index(id));
    for (std::size_t i = 0; i < values.size(); ++i) sum[columns[i]] += weight * static_cast<double>(values[i]);
}

std::optional<std::vector<float>> unit(std::span<double const> vector) {
    double squares = 0;
    for (auto const value : vector) squares += value * value;
    if (!(squares > 0) || !std::isfinite(squares)) return std::nullopt;
    std::vector<float> out;
    for (auto const value : vector) out.push_back(static_cast<float>(value / std::sqrt(squares)));
    return out;
}
}

namespace {
using detail::add_unit, detail::is_zero, detail::neighbours, detail::scan_query, detail::unit, detail::unit_of;

/// The words nearest to one.
template <class Vectors> std::optional<scan_query> query_of(Vectors const& vectors, token_id id) {
    auto query = unit_of(vectors, id);
    if (!query) return std::nullopt;
    return scan_query{{std::move(*query)}, scan_query::kind::cosine, {id}};
}

/// Nothing when a vector is zero, or b - a + c is.
template <class Vectors>
std::optional<scan_query> query_of(Vectors const& vectors, std::array<token_id, 3> const& ids, analogy_method method) {
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
template <class Vectors, class QueryAt> std::vector<std::vector<detail::scored_row>>
scan_all(Vectors const& vectors, std::size_t count, QueryAt query_at, detail::scan_options const& options) {
    auto const most = decltype(detail::panel_for(vectors, 0))::most_waiting(vectors);
    std::vector<std::vector<detail::scored_row>> all(count);
    std::vector<scan_query> asked;
    std::vector<std::size_t> whose;
    std::size_t waiting = 0; // vectors of queries
    for (std::size_t i = 0; i < count; ++i) {
        std::size_t last = 0;
        if (auto query = query_at(i)) {
            last = query->vectors.size();
            waiting += last;
            asked.push_back(std::move(*query));
            whose.push_back(i);
        }
        if (waiting + last <= most && i + 1 < count) continue;
        auto answers = detail::scan(vectors, asked, options);
        for (std::size_t k = 0; k < whose.size(); ++k) all[whose[k]] = std::move(answers[k]);
        asked.clear();
        whose.clear();
        waiting = 0;
    }
    return all;
}

template <class Vectors> std::vector<neighbour>
answer_of(Vectors const& vectors, std::optional<scan_query> const& query, detail::scan_options const& options) {
    if (!query) return {};
    return neighbours(vectors, detail::scan(vectors, std::span(&*query, 1), options)[0]);
}

template <class Vectors> std::vector<std::vector<neighbour>>
answers_of(Vectors const& vectors, std::span<std::vector<detail::scored_row> const> rows) {
    std::vector<std::vector<neighbour>> answers;
    for (auto const& found : rows) answers.push_back(neighbours(vectors, found));
    return answers;
}

detail::scan_options scanned(nearest_options const& o) { return {o.top, o.max_words, o.threads}; }
detail::scan_options scanned(analogy_options const& o) { return {o.top, o.max_words, o.threads}; }

template <class Vectors>
batch_answers nearest_of(Vectors const& vectors, std::span<std::string const> words, nearest_options const& options) {
    std::size_t unknown = 0, zero = 0;
    auto const query_at = [&](std::size_t i) -> std::optional<scan_query> {
        auto const id = vectors.find(words[i]);
        auto query = id ? query_of(vectors, *id) : std::nullopt;
        unknown += id ? 0 : 1;
        zero += id && !query ? 1 : 0;
        return query;
    };
    auto const rows = scan_all(vectors, words.size(), query_at, scanned(options));
    return {answers_of(vectors, rows), unknown, zero};
}

template <class Vectors> batch_answers analogies_of(Vectors const& vectors, std::span<analogy_question const> questions,
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
    auto const rows = scan_all(vectors, questions.size(), query_at, scanned(options));
    return {answers_of(vectors, rows), unknown, zero};
}

template <class Vectors> std::vector<std::vector<token_id>>
ids_of(Vectors const& vectors, std::span<std::array<token_id, 3> const> questions, analogy_options const& options) {
    auto const query_at = [&](std::size_t i) { return query_of(vectors, questions[i], options.method); };
    std::vector<std::vector<token_id>> answers;
    for (auto const& rows : scan_all(vectors, questions.size(), query_at, scanned(options))) {
        auto& ids = answers.emplace_back();
        for (auto const& row : rows) ids.push_back(row.id);
    }
    return answers;
}
}

std::vector<neighbour> nearest(word_vectors const& vectors, std::string_view word, nearest_options const& options) {
    return answer_of(vectors, query_of(vectors, vectors.id(word)), scanned(options));
}

std::vector<neighbour> nearest(word_vectors const& vectors, std::span<float const> to, nearest_options const& options) {
    expect(to.size() == vectors.dimension(), "nearest: a vector of the same dimension");
    auto query = unit(std::vector<double>(to.begin(), to.end()));
    if (!query) return {};
    return answer_of(vectors, scan_query{{std::move(*query)}, scan_query::kind::cosine, {}}, scanned(options));
}

batch_answers nearest(word_vectors const& vectors, std::span<std::string const> words, nearest_options const& options) {
    return nearest_of(vectors, words, options);
}

std::vector<neighbour> analogy(word_vectors const& vectors, std::string_view a, std::string_view b, std::string_view c,
                               analogy_options const& options) {
    std::array const ids{vectors.id(a), vectors.id(b), vectors.id(c)};
    return answer_of(vectors, query_of(vectors, ids, options.method), scanned(options));
}

batch_answers analogy(word_vectors const& vectors, std::span<analogy_question const> questions,
                      analogy_options const& options) {
    return analogies_of(vectors, questions, options);
}

std::vector<std::vector<token_id>> analogy_ids(word_vectors const& vectors,
                                               std::span<std::array<token_id, 3> const> questions,
                                               analogy_options const& options) {
    return ids_of(vectors, questions, options);
}

std::vector<neighbour> nearest(sparse_vectors const& vectors, std::string_view word, nearest_options const& options) {
    return answer_of(vectors, query_of(vectors, vectors.id(word)), scanned(options));
}

batch_answers nearest(sparse_vectors const& vectors, std::span<std::string const> words,
                      nearest_options const& options) {
    return nearest_of(vectors, words, options);
}

std::vector<neighbour> analogy(sparse_vectors const& vectors, std::string_view a, std::string_view b,
                               std::string_view c, analogy_options const& options) {
    std::array const ids{vectors.id(a), vectors.id(b), vectors.id(c)};
    return answer_of(vectors, query_of(vectors, ids, options.method), scanned(options));
}

batch_answers analogy(sparse_vectors const& vectors, std::span<analogy_question const> questions,
                      analogy_options const& options) {
    return analogies_of(vectors, questions, options);
}

std::vector<std::vector<token_id>> analogy_ids(sparse_vectors const& vectors,
                                               std::span<std::array<token_id, 3> const> questions,
                                               analogy_options const& options) {
    return ids_of(vectors, questions, options);
}
}
