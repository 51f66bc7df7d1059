module;
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>
module wordmill.vectors;
import wordmill.core;
import :nearest;
import :scan;
import :sparse_vectors;
import :word_vectors;

namespace wordmill {
std::optional<double> similarity(word_vectors const& vectors, token_id a, token_id b) {
    auto const x = vectors.row(a), y = vectors.row(b);
    if (detail::is_zero(vectors, a) || detail::is_zero(vectors, b)) return std::nullopt;
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

std::optional<double> similarity(sparse_vectors const& vectors, token_id a, token_id b) {
    if (detail::is_zero(vectors, a) || detail::is_zero(vectors, b)) return std::nullopt;
    auto const rows = vectors.rows();
    auto const columns = rows.row_columns(index(a)), others = rows.row_columns(index(b));
    auto const x = rows.row_values(index(a)), y = rows.row_values(index(b));
    double sum = 0;
    for (std::size_t i = 0, k = 0; i < x.size() && k < y.size();) {
        if (columns[i] == others[k]) sum += static_cast<double>(x[i]) * static_cast<double>(y[k]);
        bool const first = columns[i] <= others[k], second = others[k] <= columns[i];
        i += first ? 1 : 0;
        k += second ? 1 : 0;
    }
    return std::clamp(sum / (detail::length_of(x) * detail::length_of(y)), -1.0, 1.0);
}

std::optional<double> similarity(sparse_vectors const& vectors, std::string_view a, std::string_view b) {
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
        if (!detail::is_zero(vectors, ids.back())) detail::add_unit(vectors, ids.back(), 1, sum);
    }
    if (ids.size() < 3) return std::nullopt;
    for (std::size_t i = 0; i < ids.size(); ++i)
        if (detail::is_zero(vectors, ids[i])) return i;
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
