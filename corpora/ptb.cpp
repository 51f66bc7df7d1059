module;
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.corpora;
import wordmill.core;
import wordmill.io;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
namespace {
/// "( (S (NP-SBJ (NNP Pierre)": a bracket, then another one or a label in capitals.
bool is_parse_tree(std::string_view line) {
    auto const first = line.find_first_not_of(" \t");
    if (first == std::string_view::npos || line[first] != '(') return false;
    auto const next = line.find_first_not_of(' ', first + 1);
    if (next == std::string_view::npos) return false;
    if (line[next] == '(') return true;
    auto const end = line.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-=|$", next);
    return next == first + 1 && end != next && end != std::string_view::npos && line[end] == ' ';
}

/// Appends the closing token to each sentence of a block.
struct close_sentences {
    std::string token;
    std::vector<std::string> names; ///< names of the inputs

    text_block operator()(text_block block) const {
        text_block out;
        out.cut_token = block.cut_token;
        out.inside_token = block.inside_token;
        out.text.reserve(block.text.size() + block.text.size() / 8);
        std::string_view const text = block.text;
        std::size_t document = 0;
        std::uint64_t line = block.start.line;
        for (std::size_t begin = 0; begin < text.size();) {
            auto const newline = text.find('\n', begin);
            bool const whole = newline != std::string_view::npos;
            auto const sentence = text.substr(begin, whole ? newline - begin : std::string_view::npos);
            ++line;
            if (is_parse_tree(sentence)) refuse(block.start, line);
            out.text += sentence;
            if (whole) close(out.text);
            begin += sentence.size() + (whole ? 1 : 0);
            for (; document < block.document_ends.size() && block.document_ends[document] <= begin; ++document)
                out.document_ends.push_back(static_cast<std::uint32_t>(out.text.size()));
        }
        for (; document < block.document_ends.size(); ++document)
            out.document_ends.push_back(static_cast<std::uint32_t>(out.text.size()));
        return out;
    }

private:
    void close(std::string& text) const {
        auto const line = std::string_view(text).substr(text.rfind('\n') + 1); // npos + 1 is 0
        auto const last = line.find_last_not_of(" \t");
        if (!token.empty() && !(last != std::string_view::npos && line.substr(0, last + 1).ends_with(token))) {
            if (!line.empty() && !line.ends_with(' ')) text += ' ';
            text += token;
        }
        text += '\n';
    }
    [[noreturn]] void refuse(position const& at, std::uint64_t line) const {
        throw error(failure::bad_data, "PTB: expected a sentence a line, found a parse tree",
                    place{.file = at.file < names.size() ? names[at.file] : std::string(), .line = line},
                    "use the plain text of the treebank, such as ptb.train.txt");
    }
};
}

generator<text_block> read_ptb(std::vector<input_file> inputs, ptb_options options) {
    close_sentences stage{.token = options.end_of_sentence, .names = {}};
    for (auto const& file : inputs) stage.names.push_back(file.name);
    co_yield elements_of(
        sequential(read_lines(std::move(inputs), {{static_cast<read_options&>(options)}}), std::move(stage)));
}
}
