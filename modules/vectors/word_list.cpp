module;
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
module wordmill.vectors;
import wordmill.core;
import wordmill.io;
import :numbers;
import :word_list;
import :word_vectors;

namespace wordmill::detail {
std::string format_word_list(word_vectors const& vectors) {
    std::string out;
    auto const counts = vectors.counts();
    for (std::size_t i = 0; i < vectors.size(); ++i) {
        append_escaped(out, vectors.word(id_at(i)));
        if (!counts.empty()) {
            out += '\t';
            append_size(out, counts[i]);
        }
        out += '\n';
    }
    return out;
}

word_list::word_list(std::string text, std::string file) : text_(std::move(text)), file_(std::move(file)) {}

bool word_list::next() {
    if (at_ == text_.size()) return false;
    ++line_;
    auto line = std::string_view(text_).substr(at_);
    auto const newline = line.find('\n');
    line = line.substr(0, newline);
    at_ += line.size() + (newline == std::string_view::npos ? 0 : 1);
    if (line.ends_with('\r')) line.remove_suffix(1); // a word's own is escaped
    auto const tab = line.find('\t');
    unescape(line.substr(0, tab));
    count_ = 0;
    if (tab == std::string_view::npos) return true;
    auto const count = parse_size(line.substr(tab + 1));
    if (!count)
        throw error(failure::bad_data,
                    "word list: expected a count after the tab, found '" + std::string(line.substr(tab + 1)) + "'",
                    here());
    count_ = *count;
    return true;
}

void word_list::unescape(std::string_view text) {
    word_.clear();
    if (append_unescaped(word_, text) < text.size())
        throw error(failure::bad_data, "word list: expected \\t, \\n, \\r, \\\\ or \\xHH after a backslash", here(),
                    "a backslash inside a word is written \\\\");
}

void name_rows(word_vectors::builder& made, std::size_t rows, word_list& words, bool more_may_follow) {
    for (std::size_t row = 0; row < rows; ++row) {
        if (!words.next())
            throw error(failure::bad_data,
                        "expected " + format_count(rows) + " words for as many rows, found " + format_count(row),
                        words.here());
        made.add(words.word(), words.count(), words.here());
    }
    if (!more_may_follow && words.next())
        throw error(failure::bad_data, "expected " + format_count(rows) + " words for as many rows, found more",
                    words.here());
}

std::string word_list_beside(std::string const& path) {
    std::filesystem::path name(path);
    if (codec_of_name(path) != codec::none) name.replace_extension();
    return name.replace_extension(".words").string();
}
}
