module;
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.vectors;
import wordmill.core;
import wordmill.text;
import :sparse_vectors;
import :word_table;

namespace wordmill {
struct sparse_vectors::tables {
    vocabulary words;
    csr<float> rows;
    std::vector<float> norms;
    std::size_t zero_vectors = 0;
};

sparse_vectors::sparse_vectors() : tables_(std::make_shared<tables>()) {}

sparse_vectors::sparse_vectors(vocabulary words, csr<float> rows) {
    auto const made = std::make_shared<tables>(std::move(words), std::move(rows));
    auto const view = made->rows.view();
    expect(made->words.size() == view.rows, "sparse_vectors: a row for each type");
    made->norms.reserve(view.rows);
    for (std::size_t r = 0; r < view.rows; ++r) {
        auto const values = view.row_values(r);
        double squares = 0;
        for (auto const value : values) squares += static_cast<double>(value) * static_cast<double>(value);
        auto const norm = std::sqrt(squares);
        if (!(norm <= std::numeric_limits<float>::max()))
            throw error(failure::bad_data, "the row of '" + std::string(made->words.word(id_at(r)))
                                               + "' holds values that are not finite, or too large");
        bool const zero = norm < static_cast<double>(std::numeric_limits<float>::min());
        // Rows in proportion become the same one, so that they are equal in every answer.
        for (auto& value : values) value = zero ? 0 : static_cast<float>(static_cast<double>(value) / norm);
        made->norms.push_back(zero ? 0 : static_cast<float>(norm));
        made->zero_vectors += zero ? 1 : 0;
    }
    tables_ = made;
}

std::optional<token_id> sparse_vectors::find(std::string_view word) const noexcept { return tables_->words.find(word); }
token_id sparse_vectors::id(std::string_view word) const { return detail::known_id(*this, word); }
std::string_view sparse_vectors::word(token_id id) const { return tables_->words.word(id); }
std::size_t sparse_vectors::size() const noexcept { return tables_->norms.size(); }
std::size_t sparse_vectors::dimension() const noexcept { return rows().columns; }
csr_view<float const> sparse_vectors::rows() const noexcept { return std::as_const(tables_->rows).view(); }
std::span<float const> sparse_vectors::norms() const noexcept { return tables_->norms; }
std::size_t sparse_vectors::zero_vectors() const noexcept { return tables_->zero_vectors; }
}
