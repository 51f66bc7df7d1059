module wordmill.command:train_options;
import :arguments;
import :metrics_arguments;
import :checkpoint_arguments;
import :device_arguments;
import :vocabulary_arguments;
import wordmill.batch;
import wordmill.core;
import wordmill.recipes;
import wordmill.standard;
import wordmill.text;
import wordmill.word2vec;

namespace wordmill {
/// The options as given; an empty text means the value of the preset.
struct train_arguments {
    run_arguments run;
    input_arguments input;
    token_arguments tokens;
    vocabulary_arguments words;
    output_arguments output;
    std::string preset = "wordmill";
    std::string size = "100";
    std::string window = "5";
    std::string negative;
    std::string least_letters;
    std::string most_letters;
    std::string buckets = "2M";
    std::string sample;
    std::string exponent = "0.75";
    std::string first_values;
    std::string alpha;
    std::string min_alpha;
    std::string cbow;
    std::string share;
    std::string epochs = "5";
    std::string vector_format = "auto";
    std::string seed = "1";
    bool hierarchical = false;
    bool fixed_window = false;
    bool cross_sentences = false;
    bool deterministic = false;
    device_arguments device;
    std::string in_flight = "0";
    checkpoint_arguments checkpoints;
    metrics_arguments metrics;
};

/// The options of the library; `failure::usage` with option and range for what no run can use.
[[nodiscard]] word2vec_recipe resolve(train_arguments const& arguments, architecture what);
}
