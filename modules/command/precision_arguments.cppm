module wordmill.command:precision_arguments;
import :arguments;
import :command_line;
import wordmill.nn;
import wordmill.standard;

namespace wordmill {
/// The precision of the arithmetic of language models.
struct precision_arguments {
    std::string precision = "fp32";

    void add_to(command_line line);
    /// Warns when bf16 is emulated.
    [[nodiscard]] wordmill::precision resolve_precision(run_arguments const& run) const;
    [[nodiscard]] std::shared_ptr<operations<float>> resolve(run_arguments const& run) const;
};
}
