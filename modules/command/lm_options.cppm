module wordmill.command:lm_options;
import :arguments;
import :arithmetic_arguments;
import :checkpoint_arguments;
import :command_line;
import :lm_text;
import :metrics_arguments;
import :transformer_arguments;
import :vocabulary_arguments;
import wordmill.language_model;
import wordmill.nn;
import wordmill.pipeline;
import wordmill.recipes;
import wordmill.standard;

namespace wordmill {
/// The options of training a language model as given.
struct lm_arguments {
    text_arguments text;
    vocabulary_arguments words;
    run_arguments run;
    arithmetic_arguments arithmetic;
    metrics_arguments metrics;
    std::string valid;
    transformer_arguments kind;
    std::string memory_length = "0";
    std::string cell = "lstm";
    std::string layers = "1";
    std::string size = "100";
    std::string embedding;
    std::string dropout = "0";
    std::string forget_bias = "0";
    std::string softmax = "full";
    std::string samples;
    std::string cutoffs; ///< with commas
    bool dropout_per_sequence = false;
    bool tied = false;
    bool skip = false;
    std::string batch = "20";
    std::string steps = "35";
    std::string layout = "parts";
    std::string optimizer; ///< empty: that of the kind of model
    std::string rate;
    std::string betas; ///< with a comma
    std::string schedule = "quarter";
    std::string warmup = "0";
    std::string clip = "0.25";
    std::string epochs = "4";
    std::string patience = "0";
    std::string seed = "1";
    checkpoint_arguments checkpoints;
    std::string output; ///< a folder
    bool half = false;
    bool overwrite = false;

    void add_to(command_line line);
};

/// The options of the library; `failure::usage` with option and range for invalid values.
[[nodiscard]] language_model_recipe recipe_of(lm_arguments const& a);
}
