export module wordmill.stats:ppmi;
import :cooccurrence;
import wordmill.core;
import wordmill.compute;
import wordmill.standard;

namespace wordmill {
export enum class logarithm : std::uint8_t { base_2, natural };

export struct ppmi_options {
    logarithm base = logarithm::base_2; ///< base 2, as in Saito 2018; elsewhere natural is usual
    /// Power applied to the contexts' counts (Levy, Goldberg, Dagan 2015: 0.75); 1 = no smoothing.
    double smoothing = 1;
    double shift = 1;     ///< k: log k is subtracted from every value, as if k negative samples were drawn; 1 or more
    double threshold = 0; ///< values up to the threshold are dropped
    unsigned threads = 1;
    std::uint64_t memory_bytes = std::uint64_t{4} << 30; ///< bound on the size of the result
    /// The CPU reads the counts in either case. A value from a GPU may differ in its last bit, as logarithms do.
    compute_device device = compute_device::cpu;
};

/// Positive pointwise mutual information [V, V], without zeros: max(0, log(p(i, j) / (p(i) p(j))) - log k), where p(j)
/// is proportional to the j-th column's sum to the power `smoothing` (Church, Hanks 1990; Levy, Goldberg 2014).
/// Computed in double. The unit of the weights does not matter. Throws `failure::resource` when the result may exceed
/// the memory, `failure::usage` for options out of range, and `failure::unavailable` when the options require a GPU and
/// there is none.
export [[nodiscard]] csr<float> ppmi(cooccurrence_counts const& counts, ppmi_options const& options = {});
}
