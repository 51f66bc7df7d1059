module;
#include <algorithm>
#include <cmath>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>
module wordmill.vectors;
import wordmill.core;
import wordmill.stream;
import :row_panels;
import :scan;
import :sparse_vectors;
import :word_vectors;

namespace wordmill::detail {
namespace {
/// More candidates than wanted are kept until the scores are exact, since those of floats may swap neighbours.
constexpr std::size_t spare = 8;

/// The queries whose vectors share one panel.
struct panel_of_queries {
    std::span<scan_query const> queries;
    std::vector<std::size_t> columns{}; ///< the first of each query
    std::size_t size = 0;               ///< columns in all

    /// The first of `waiting`, as many as `most` columns hold.
    panel_of_queries(std::span<scan_query const> waiting, std::size_t most) {
        for (auto const& query : waiting) {
            if (size + query.vectors.size() > most) break;
            columns.push_back(size);
            size += query.vectors.size();
        }
        queries = waiting.first(columns.size());
    }
};

/// The candidates of a panel so far, and what a row has to reach in each column to be looked at: the least score of a
/// cosine, anything for the vectors of a product, nothing after the last column.
struct panel_best {
    std::vector<best_rows> best;
    std::vector<float> least;

    panel_best(panel_of_queries const& asked, std::size_t stride, std::size_t most)
        : best(asked.queries.size(), best_rows(most)), least(stride, std::numeric_limits<float>::infinity()) {
        std::fill_n(least.begin(), asked.size, -std::numeric_limits<float>::infinity());
    }
};

/// Written so that the compiler makes vector instructions of it.
bool any_reaches(float const* scores, std::vector<float> const& least, float inverse_norm) noexcept {
    int any = 0;
    for (std::size_t i = 0; i < least.size(); ++i) any |= scores[i] * inverse_norm >= least[i] ? 1 : 0;
    return any != 0;
}

void offer_row(panel_of_queries const& asked, float const* scores, float inverse_norm, std::uint32_t row,
               panel_best& found) {
    if (!any_reaches(scores, found.least, inverse_norm)) return;
    for (std::size_t q = 0; q < asked.queries.size(); ++q) {
        auto const at = scores + asked.columns[q];
        bool const cosine = asked.queries[q].score == scan_query::kind::cosine;
        auto const score = cosine ? at[0] * inverse_norm
                                  : product_score(at[0] * inverse_norm, at[1] * inverse_norm, at[2] * inverse_norm);
        auto& best = found.best[q];
        if (!(score >= best.least()) || left_out(asked.queries[q], row)) continue;
        best.offer({score, row});
        if (cosine) found.least[asked.columns[q]] = best.least();
    }
}

/// The best rows of each query of a panel.
template <class Panel> std::vector<best_rows> best_of(Panel const& panel, panel_of_queries const& asked,
                                                      std::size_t rows, std::size_t most, unsigned threads) {
    struct worker {
        panel_best found;
        typename Panel::scratch scratch{};
    };
    auto const workers = reduce_blocks(
        row_ranges(rows), [&] { return worker{panel_best(asked, panel.stride(), most)}; },
        [&](worker& w, row_range&& range) {
            panel.each_row(range, w.scratch, [&](std::size_t row, float const* scores, float inverse_norm) {
                offer_row(asked, scores, inverse_norm, static_cast<std::uint32_t>(row), w.found);
            });
        },
        {.threads = threads});
    std::vector<best_rows> best(asked.queries.size(), best_rows(most));
    for (auto const& w : workers)
        for (std::size_t q = 0; q < best.size(); ++q)
            for (auto const& c : w.found.best[q].found()) best[q].offer(c);
    return best;
}

template <class Vectors> std::vector<scored_row> exact_scores_of(Vectors const& vectors, scan_query const& query,
                                                                 std::vector<candidate> const& found, std::size_t top) {
    std::vector<double> lengths;
    for (auto const& vector : query.vectors) lengths.push_back(length_of(vector));
    std::vector<scored_row> rows;
    for (auto const& c : found) {
        auto const id = id_at(c.row);
        auto const cosine = [&](std::size_t v) { return exact_cosine(vectors, id, query.vectors[v], lengths[v]); };
        rows.push_back(
            {id, query.score == scan_query::kind::cosine ? cosine(0) : product_score(cosine(0), cosine(1), cosine(2))});
    }
    std::ranges::sort(
        rows, [](auto const& x, auto const& y) { return x.score != y.score ? x.score > y.score : x.id < y.id; });
    rows.resize(std::min(rows.size(), top));
    return rows;
}

template <class Vectors> std::vector<std::vector<scored_row>>
scan_with_panels(Vectors const& vectors, std::span<scan_query const> queries, scan_options const& options) {
    std::vector<std::vector<scored_row>> answers;
    if (options.top == 0 || vectors.size() == 0) return std::vector<std::vector<scored_row>>(queries.size());
    auto const rows = options.max_words == 0 ? vectors.size() : std::min(vectors.size(), options.max_words);
    auto const most = std::min(options.top, rows) + spare;
    using panel_type = decltype(panel_for(vectors, 0));
    while (!queries.empty()) {
        panel_of_queries const asked(queries, panel_type::most(vectors));
        queries = queries.subspan(asked.queries.size());
        auto panel = panel_for(vectors, asked.size);
        for (auto const& query : asked.queries)
            for (auto const& vector : query.vectors) panel.add(vector);
        panel.multiply(rows, options.threads);
        auto const best = best_of(panel, asked, rows, most, threads_for(options.threads, rows));
        for (std::size_t q = 0; q < asked.queries.size(); ++q)
            answers.push_back(exact_scores_of(vectors, asked.queries[q], best[q].found(), options.top));
    }
    return answers;
}
}

bool left_out(scan_query const& query, std::uint32_t row) noexcept {
    return std::ranges::any_of(query.without, [row](token_id id) { return index(id) == row; });
}

std::vector<scored_row> exact_scores(word_vectors const& vectors, scan_query const& query,
                                     std::vector<candidate> const& found, std::size_t top) {
    return exact_scores_of(vectors, query, found, top);
}

generator<row_range> row_ranges(std::size_t rows) {
    for (std::size_t first = 0; first < rows; first += rows_at_once)
        co_yield row_range{first, std::min(rows, first + rows_at_once)};
}

unsigned threads_for(unsigned wanted, std::size_t rows) {
    auto const useful = std::max<std::size_t>((rows + rows_at_once - 1) / rows_at_once, 1);
    return static_cast<unsigned>(std::min<std::size_t>(resolve_threads(wanted).count, useful));
}

double length_of(std::span<float const> vector) noexcept {
    double squares = 0;
    for (auto const value : vector) squares += static_cast<double>(value) * static_cast<double>(value);
    return std::sqrt(squares);
}

double exact_cosine(word_vectors const& vectors, token_id id, std::span<float const> query, double length) {
    auto const row = vectors.row(id);
    auto const norm = static_cast<double>(vectors.norms()[index(id)]);
    double sum = 0;
    for (std::size_t d = 0; d < row.size(); ++d) sum += static_cast<double>(row[d]) * static_cast<double>(query[d]);
    return std::clamp(sum / (norm * length), -1.0, 1.0);
}

double exact_cosine(sparse_vectors const& vectors, token_id id, std::span<float const> query, double length) {
    auto const columns = vectors.rows().row_columns(index(id));
    auto const values = vectors.rows().row_values(index(id));
    double sum = 0, squares = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        auto const value = static_cast<double>(values[i]);
        sum += value * static_cast<double>(query[columns[i]]);
        squares += value * value;
    }
    return std::clamp(sum / (std::sqrt(squares) * length), -1.0, 1.0);
}

std::vector<std::vector<scored_row>> scan(word_vectors const& vectors, std::span<scan_query const> queries,
                                          scan_options const& options) {
    return scan_with_panels(vectors, queries, options);
}

std::vector<std::vector<scored_row>> scan(sparse_vectors const& vectors, std::span<scan_query const> queries,
                                          scan_options const& options) {
    return scan_with_panels(vectors, queries, options);
}
}
