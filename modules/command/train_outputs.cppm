module wordmill.command:train_outputs;
import :train_options;
import wordmill.io;
import wordmill.standard;
import wordmill.text;
import wordmill.word2vec;

namespace wordmill {
/// What can be known of the outputs before the work begins, so that it is not done in vain.
void check_outputs(train_arguments const& a, std::vector<input_file> const& inputs);

struct trained_output {
    train_arguments const& arguments;
    train_options const& options;
    output_options file;
};
/// Writes the vectors, or the whole model.
void save_trained(word2vec_model const& model, vocabulary const& words, std::map<std::string, std::string> const& notes,
                  trained_output const& to);
}
