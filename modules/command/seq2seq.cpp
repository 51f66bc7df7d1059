module;
#include <memory>
#include <string>
module wordmill.command;
import :arguments;
import :command_line;

namespace wordmill {
void add_seq2seq(command_line line) {
    auto command = line.subcommand("seq2seq", "Sequence-to-sequence models: train, evaluate, translate, attention");
    command.needs_subcommand();
    add_seq2seq_train(command);
    add_seq2seq_evaluate(command);
    add_seq2seq_translate(command);
    add_seq2seq_attention(command);
}
}
