export module wordmill.core:loss;
import wordmill.standard;

namespace wordmill {
/// The sum of a loss over examples, and how many there were: tokens of a language model, pairs of skip-gram, targets of
/// CBOW, entries of a co-occurrence matrix.
export struct loss_sum {
    double sum = 0;
    std::uint64_t count = 0;
    [[nodiscard]] inline double mean() const noexcept { return count == 0 ? 0 : sum / static_cast<double>(count); }
    inline loss_sum& operator+=(loss_sum const& other) noexcept {
        sum += other.sum;
        count += other.count;
        return *this;
    }
};
}
