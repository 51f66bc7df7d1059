module;
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.vectors;
import wordmill.core;
import wordmill.text;
import :fasttext_model;
import :subword_vectors;

namespace wordmill {
subword_vectors::subword_vectors(subword_options options, shared_matrix rows) {
    if (!options.any() || rows.view.rows != options.buckets)
        throw error(failure::bad_data, "subwords: expected a row for each of " + format_count(options.buckets)
                                           + " buckets, found " + format_count(rows.view.rows));
    tables_ = std::make_shared<tables const>(
        tables{.options = options, .rows = rows.view, .model = {}, .owner = std::move(rows.owner)});
}

subword_vectors::subword_vectors(fasttext_model const& model, std::shared_ptr<void const> owner) {
    auto const& [data, rows, columns, stride] = model.input;
    auto const words = model.words.size();
    expect(model.subwords.any() && rows == words + model.subwords.buckets,
           "subword_vectors: a model with a row for each word and each bucket");
    tables_ = std::make_shared<tables const>(tables{.options = model.subwords,
                                                    .rows = {data + words * stride, rows - words, columns, stride},
                                                    .model = model,
                                                    .owner = std::move(owner)});
}

subword_options const& subword_vectors::options() const noexcept {
    static constexpr subword_options none{.least_letters = 0, .most_letters = 0, .buckets = 0};
    return any() ? tables_->options : none;
}

matrix_view<float const> subword_vectors::rows() const noexcept {
    return any() ? tables_->rows : matrix_view<float const>{};
}

std::optional<std::vector<float>> subword_vectors::compose(std::string_view word) const {
    std::vector<std::uint32_t> buckets;
    append_subwords(word, options(), buckets);
    if (buckets.empty()) return std::nullopt;
    std::vector<float> mean(tables_->rows.columns);
    for (auto const bucket : buckets) {
        auto const row = tables_->rows.row(bucket);
        for (std::size_t d = 0; d < mean.size(); ++d) mean[d] += row[d];
    }
    for (auto& value : mean) {
        value /= static_cast<float>(buckets.size());
        if (!std::isfinite(value))
            throw error(failure::bad_data, "the vectors of the n-grams of '" + std::string(word)
                                               + "' hold values that are not finite, or too large");
    }
    return mean;
}

fasttext_model const* subword_vectors::model() const noexcept {
    return any() && tables_->model ? &*tables_->model : nullptr;
}
}
