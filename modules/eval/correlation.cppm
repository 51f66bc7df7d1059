export module wordmill.eval:correlation;
import wordmill.standard;

namespace wordmill {
/// Ranks from 1; equal values share the mean of their ranks.
export [[nodiscard]] std::vector<double> average_ranks(std::span<double const> values);
/// Pearson's product-moment correlation; nothing for fewer than two pairs or when one side is constant.
export [[nodiscard]] std::optional<double> pearson(std::span<double const> x, std::span<double const> y);
/// Spearman's rank correlation: Pearson's of the average ranks, as Kendall and Gibbons (1990) define it with ties.
export [[nodiscard]] std::optional<double> spearman(std::span<double const> x, std::span<double const> y);
}
