#pragma once
// The including file imports wordmill.core, stream, io, text and corpora first.
#include "../io/scratch_folder.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The output of a reader, and the error that ended it.
struct corpus_reading {
    std::vector<std::string> documents; ///< each with its line ends
    std::vector<std::string> blocks;    ///< everything in a block, written out
    std::vector<wordmill::position> ends;
    std::string error; ///< the text of the error, empty when there was none
    wordmill::failure kind{};
    wordmill::place where{};
};

inline std::string written_out(wordmill::text_block const& b) {
    std::string out = to_text(b.start) + " | " + to_text(b.next) + " | " + std::to_string(b.index) + " "
                      + std::to_string(b.first_sentence) + " |";
    for (auto end : b.document_ends) out += " " + std::to_string(end);
    return out + "\n" + b.text;
}

inline corpus_reading read_all(wordmill::generator<wordmill::text_block> blocks) {
    corpus_reading r;
    try {
        for (auto&& block : blocks) {
            std::size_t begin = 0;
            for (auto end : block.document_ends) {
                r.documents.push_back(block.text.substr(begin, end - begin));
                begin = end;
            }
            r.ends.push_back(block.next);
            r.blocks.push_back(written_out(block));
        }
    } catch (wordmill::error const& e) {
        r.error = e.what();
        r.kind = e.kind();
        r.where = e.where();
    }
    return r;
}

inline std::vector<std::string> documents(std::initializer_list<char const*> texts) {
    return {texts.begin(), texts.end()};
}

/// The inputs of these names, each checked.
inline std::vector<wordmill::input_file> inputs(std::vector<std::string> const& names) {
    return wordmill::find_inputs(names);
}
