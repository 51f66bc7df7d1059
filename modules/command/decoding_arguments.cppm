module wordmill.command:decoding_arguments;
import :arguments;
import :command_line;
import wordmill.recipes;
import wordmill.seq2seq;
import wordmill.standard;

namespace wordmill {
/// How targets are searched.
struct decoding_arguments {
    std::string beam = "1";
    std::string n_best = "1";
    std::string length_alpha = "0.6";
    std::string max_length = "0";
    std::string batch = "64";

    void add_to(command_line line, bool with_n_best);
    [[nodiscard]] translator_options resolve() const;
};
}
