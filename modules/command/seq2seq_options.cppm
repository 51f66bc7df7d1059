module wordmill.command:seq2seq_options;
import :arguments;
import :arithmetic_arguments;
import :checkpoint_arguments;
import :command_line;
import :metrics_arguments;
import :pair_arguments;
import :transformer_arguments;
import wordmill.nn;
import wordmill.recipes;
import wordmill.seq2seq;
import wordmill.standard;

namespace wordmill {
/// The options of training a sequence-to-sequence model as given.
struct seq2seq_arguments {
    pair_arguments pairs;
    sequence_arguments text;
    run_arguments run;
    arithmetic_arguments arithmetic;
    metrics_arguments metrics;
    std::vector<std::string> valid;
    std::string valid_share = "0";
    std::string min_count = "1";
    std::string max_size = "0";
    bool shared_vocabulary = false;
    std::string max_source = "0";
    std::string max_target = "0";
    std::string max_ratio = "0";
    bool keep_empty_targets = false;
    transformer_arguments kind;
    std::string max_positions = "1024";
    std::string cell = "lstm";
    std::string layers = "1";
    std::string size = "100";
    std::string embedding;
    bool bidirectional = false;
    bool skip = false;
    bool reverse = false;
    std::string dropout = "0";
    std::string start = "hidden-and-cells";
    bool peeky = false;
    std::string attention = "none";
    std::string attention_output = "concatenated";
    bool input_feeding = false;
    std::string forget_bias = "0";
    std::string batch = "128";
    std::string batch_tokens = "0";
    std::string window = "50K";
    bool no_buckets = false;
    std::string label_smoothing = "0";
    std::string optimizer = "adam";
    std::string rate;
    std::string betas; ///< with a comma
    std::string schedule = "constant";
    std::string warmup = "4K";
    std::string decay = "0.5";
    std::string clip = "5";
    std::string epochs = "10";
    std::string patience = "0";
    std::string seed = "1";
    checkpoint_arguments checkpoints;
    std::string output; ///< a folder
    bool half = false;
    bool overwrite = false;

    void add_to(command_line line);
};

/// The options of the library; `failure::usage` with option and range for invalid values.
[[nodiscard]] seq2seq_recipe recipe_of(seq2seq_arguments const& a);
}
