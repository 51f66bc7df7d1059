module wordmill.command:arithmetic_arguments;
import :arguments;
import :command_line;
import :device_arguments;
import wordmill.nn;
import wordmill.recipes;
import wordmill.standard;

namespace wordmill {
/// What computes the layers of language models and sequence-to-sequence models, and in which precision.
struct arithmetic_arguments {
    device_arguments device;
    std::string precision = "fp32";

    void add_to(command_line line);
    /// Call it before any work. Reports which GPU is used, and warns when bf16 is emulated. `failure::usage` and
    /// `failure::unavailable` for what the machine cannot compute.
    [[nodiscard]] arithmetic_options resolve_options(run_arguments const& run) const;
    /// For a saved model that needs `bytes()` of a GPU; see `choose_arithmetic`. With `auto`, the CPU is chosen where a
    /// GPU has less, and why is reported.
    [[nodiscard]] std::shared_ptr<operations<float>> resolve(run_arguments const& run,
                                                             std::function<std::uint64_t()> const& bytes) const;
};
}
