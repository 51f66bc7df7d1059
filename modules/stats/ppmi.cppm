export module wordmill.stats:ppmi;
import :cooccurrence;
import wordmill.core;
import wordmill.compute;
import wordmill.standard;

namespace wordmill {
export enum class logarithm : std::uint8_t { base_2, natural };

export struct ppmi_options {
    logarithm base = logarithm::base_2; ///< as in the book; the other is usual elsewhere
    /// Power of the contexts' counts (Levy, Goldberg, Dagan 2015: 0.75); 1 = as they are.
    double smoothing = 1;
    double shift = 1;     ///< k: log k is taken from every value, as if k negative samples were drawn; 1 or more
    double threshold = 0; ///< values up to it are dropped too
    unsigned threads = 1;
    std::uint64_t memory_bytes = std::uint64_t{4} << 30; ///< of the result
    /// Reading the counts stays on the CPU. A value from a GPU may differ in its last bit, where logarithms do.
    compute_device device = compute_device::cpu;
};

/// Positive pointwise mutual information [V, V], zeros left out: max(0, log(p(i, j) / (p(i) p(j))) - log k), where p(j)
/// is proportional to the j-th column's sum to the power `smoothing` (Church, Hanks 1990; Levy, Goldberg 2014). Worked
/// out in double. The unit of the weights does not matter. `failure::resource` when the result may exceed the memory,
/// `failure::usage` for options out of range, `failure::unavailable` without the GPU that was demanded.
export [[nodiscard]] csr<float> ppmi(cooccurrence_counts const& counts, ppmi_options const& options = {});
}
