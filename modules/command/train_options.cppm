module wordmill.command:train_options;
import :arguments;
import :metrics_arguments;
import :vocabulary_arguments;
import wordmill.batch;
import wordmill.core;
import wordmill.standard;
import wordmill.text;
import wordmill.word2vec;

namespace wordmill {
/// What the user wrote; an empty text stands for what the preset says.
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
    std::string checkpoint; ///< a folder
    std::string resume;     ///< likewise
    std::string every = "50M";
    metrics_arguments metrics;
};

/// The options with all values settled.
struct train_options {
    wordmill::architecture architecture{};
    std::uint64_t size = 0;
    std::uint32_t window = 0;
    std::uint32_t negative = 0;
    bool hierarchical = false;
    subword_options subwords{};
    double sample = 0;
    double exponent = 0;
    double alpha = 0;
    double min_alpha = 0;
    cbow_input cbow{};
    negative_sharing share{};
    std::uint64_t epochs = 0;
    std::uint64_t seed = 0;
};

/// `failure::usage` with option and range for what no run can use.
[[nodiscard]] train_options resolve(train_arguments const& arguments, architecture what);
/// What is shown before the run and saved with the vectors.
[[nodiscard]] std::map<std::string, std::string> notes_of(train_options const& options,
                                                          train_arguments const& arguments);
/// As "%g" writes it.
[[nodiscard]] std::string number(double value);
}
