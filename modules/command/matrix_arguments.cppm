module wordmill.command:matrix_arguments;
import :arguments;
import :command_line;
import :progress;
import :vector_output;
import wordmill.core;
import wordmill.compute;
import wordmill.standard;
import wordmill.linear_algebra;
import wordmill.stats;
import wordmill.text;

namespace wordmill {
/// What becomes of weights.
struct ppmi_option_arguments {
    std::string smoothing = "1";
    std::string shift = "1";
    std::string threshold = "0";
    std::string base = "2";

    void add_to(command_line line);
    [[nodiscard]] ppmi_options resolve() const;
    void note(std::map<std::string, std::string>& notes) const;
};

/// What becomes of a matrix.
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
    [[nodiscard]] truncated_svd_options resolve() const;
    [[nodiscard]] svd_vector_options vectors() const;
    void note(std::map<std::string, std::string>& notes) const;
};

/// Factorises the matrix, says how well, and writes a vector for each word.
void write_svd_vectors(csr_view<float const> matrix, vocabulary const& words, svd_option_arguments const& how,
                       compute_device device, run_arguments const& run, std::map<std::string, std::string> notes,
                       vector_output_arguments const& to, save_vectors_options const& output);
}
