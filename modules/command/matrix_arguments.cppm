module wordmill.command:matrix_arguments;
import :arguments;
import :command_line;
import wordmill.core;
import wordmill.recipes;
import wordmill.standard;
import wordmill.linear_algebra;
import wordmill.stats;
import wordmill.text;

namespace wordmill {
/// Options of PPMI.
struct ppmi_option_arguments {
    std::string smoothing = "1";
    std::string shift = "1";
    std::string threshold = "0";
    std::string base = "2";

    void add_to(command_line line);
    [[nodiscard]] ppmi_options resolve() const;
};

/// Options of the SVD.
struct svd_option_arguments {
    std::string size = "100";
    std::string method = "accurate";
    std::string tolerance = "1e-6";
    std::string oversampling = "20";
    std::string power_iterations = "2";
    std::string power = "0.5";
    std::string seed = "1";
    bool add_contexts = false;

    /// `seed`: whether it has an option of its own.
    void add_to(command_line line, bool with_seed);
    [[nodiscard]] svd_recipe recipe() const;
};
}
