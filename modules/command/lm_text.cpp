module;
#include <functional>
#include <string>
#include <utility>
#include <vector>
module wordmill.command;
import :arguments;
import :lm_text;
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.pipeline;
import wordmill.recipes;
import wordmill.text;

namespace wordmill {
void text_arguments::add_to(command_line line) {
    input.add_to(line);
    tokens.add_to(line, false);
    line.under("Run").option("--temporary", temporary, "Where the ids of the text are kept meanwhile", "FOLDER");
}

any_corpus text_arguments::open(std::vector<input_file> inputs, language_text const& text,
                                run_arguments const& run) const {
    return any_corpus(std::move(inputs), input.resolve(run, {}, {}), text.splitting());
}
}
