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
import :cosines;
import :scan;
import :word_vectors;

namespace wordmill::detail {
namespace {
/// More candidates than wanted are kept until the scores are exact, since those of floats may swap neighbours.
constexpr std::size_t spare = 8;
constexpr std::size_t tile_values = std::size_t{1} << 16; // 256 KiB of rows at once, for the second-level cache

/// The queries whose vectors share one panel.
struct panel_of_queries {
    std::span<scan_query const> queries;
    query_panel panel;
    std::vector<std::size_t> columns; ///< the first of each query
};

/// The candidates of a panel so far, and what a row has to reach in each column to be looked at: the least score of a
/// cosine, anything for the vectors of a product, nothing behind the last column.
struct panel_best {
    std::vector<best_rows> best;
    std::vector<float> least;

    panel_best(panel_of_queries const& asked, std::size_t most)
        : best(asked.queries.size(), best_rows(most)),
          least(asked.panel.stride(), std::numeric_limits<float>::infinity()) {
        std::fill_n(least.begin(), asked.panel.size(), -std::numeric_limits<float>::infinity());
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

/// A range of rows in tiles.
void scan_rows(word_vectors const& vectors, std::size_t first, std::size_t last, panel_of_queries const& asked,
               std::vector<float>& scores, panel_best& best) {
    auto const stride = asked.panel.stride();
    auto const rows = vectors.rows();
    auto const norms = vectors.norms();
    auto const tile = std::max<std::size_t>(48, tile_values / rows.columns / 48 * 48); // whole register tiles
    scores.resize(tile * stride);
    for (; first < last; first += tile) {
        auto const count = std::min(tile, last - first);
        asked.panel.multiply({rows.data + first * rows.stride, count, rows.columns, rows.stride}, scores);
        for (std::size_t r = 0; r < count; ++r)
            if (auto const norm = norms[first + r]; norm > 0)
                offer_row(asked, scores.data() + r * stride, 1 / norm, static_cast<std::uint32_t>(first + r), best);
    }
}

/// The best rows of each query of a panel.
std::vector<best_rows> best_of(word_vectors const& vectors, panel_of_queries const& asked, std::size_t rows,
                               std::size_t most, unsigned threads) {
    struct worker {
        panel_best found;
        std::vector<float> scores;
    };
    auto const workers = reduce_blocks(
        row_ranges(rows), [&] { return worker{panel_best(asked, most), {}}; },
        [&](worker& w, row_range&& r) { scan_rows(vectors, r.first, r.last, asked, w.scores, w.found); },
        {.threads = threads});
    std::vector<best_rows> best(asked.queries.size(), best_rows(most));
    for (auto const& w : workers)
        for (std::size_t q = 0; q < best.size(); ++q)
            for (auto const& c : w.found.best[q].found()) best[q].offer(c);
    return best;
}
}

bool left_out(scan_query const& query, std::uint32_t row) noexcept {
    return std::ranges::any_of(query.without, [row](token_id id) { return index(id) == row; });
}

std::vector<scored_row> exact_scores(word_vectors const& vectors, scan_query const& query,
                                     std::vector<candidate> const& found, std::size_t top) {
    std::vector<scored_row> rows;
    for (auto const& c : found) {
        auto const id = id_at(c.row);
        auto const cosine = [&](std::size_t v) { return exact_cosine(vectors, id, query.vectors[v]); };
        rows.push_back(
            {id, query.score == scan_query::kind::cosine ? cosine(0) : product_score(cosine(0), cosine(1), cosine(2))});
    }
    std::ranges::sort(
        rows, [](auto const& x, auto const& y) { return x.score != y.score ? x.score > y.score : x.id < y.id; });
    rows.resize(std::min(rows.size(), top));
    return rows;
}

generator<row_range> row_ranges(std::size_t rows) {
    for (std::size_t first = 0; first < rows; first += rows_at_once)
        co_yield row_range{first, std::min(rows, first + rows_at_once)};
}

unsigned threads_for(unsigned wanted, std::size_t rows) {
    auto const useful = std::max<std::size_t>((rows + rows_at_once - 1) / rows_at_once, 1);
    return static_cast<unsigned>(std::min<std::size_t>(resolve_threads(wanted).count, useful));
}

double exact_cosine(word_vectors const& vectors, token_id id, std::span<float const> query) {
    auto const row = vectors.row(id);
    auto const norm = static_cast<double>(vectors.norms()[index(id)]);
    double sum = 0, squares = 0;
    for (std::size_t d = 0; d < row.size(); ++d) {
        sum += static_cast<double>(row[d]) * static_cast<double>(query[d]);
        squares += static_cast<double>(query[d]) * static_cast<double>(query[d]);
    }
    return std::clamp(sum / (norm * std::sqrt(squares)), -1.0, 1.0);
}

std::vector<std::vector<scored_row>> scan(word_vectors const& vectors, std::span<scan_query const> queries,
                                          scan_options const& options) {
    std::vector<std::vector<scored_row>> answers;
    if (options.top == 0 || vectors.size() == 0) return std::vector<std::vector<scored_row>>(queries.size());
    auto const rows = options.max_words == 0 ? vectors.size() : std::min(vectors.size(), options.max_words);
    auto const most = std::min(options.top, rows) + spare;
    auto const threads = threads_for(options.threads, rows);
    while (!queries.empty()) {
        panel_of_queries asked{{}, query_panel(vectors.dimension()), {}};
        std::size_t taken = 0;
        while (taken < queries.size() && asked.panel.size() + queries[taken].vectors.size() <= query_panel::most) {
            asked.columns.push_back(asked.panel.size());
            for (auto const& vector : queries[taken].vectors) asked.panel.add(vector);
            ++taken;
        }
        asked.queries = queries.first(taken);
        queries = queries.subspan(taken);
        auto const best = best_of(vectors, asked, rows, most, threads);
        for (std::size_t q = 0; q < taken; ++q)
            answers.push_back(exact_scores(vectors, asked.queries[q], best[q].found(), options.top));
    }
    return answers;
}
}
