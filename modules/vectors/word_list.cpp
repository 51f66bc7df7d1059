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
import wordmill.text;
import :numbers;
import :row_log;
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
    escape_start(out);
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
    fault_.reset();
    unescape(line.substr(0, tab));
    count_ = 0;
    if (tab == std::string_view::npos) return true;
    auto const count = parse_size(line.substr(tab + 1));
    if (!count)
        fault_ = {.reason = "a count that is no number",
                  .message =
                      "word list: expected a count after the tab, found '" + std::string(line.substr(tab + 1)) + "'"};
    count_ = count.value_or(0);
    return true;
}

void word_list::unescape(std::string_view text) {
    word_.clear();
    if (append_unescaped(word_, text) < text.size())
        fault_ = {.reason = "an invalid escape",
                  .message = "word list: expected \\t, \\n, \\r, \\\\ or \\xHH after a backslash",
                  .hint = "a backslash inside a word is written \\\\"};
}

namespace {
[[noreturn]] void refuse_number(word_list const& words, std::uint64_t total) {
    throw error(failure::bad_data,
                "expected " + format_count(total) + " words for as many rows, found "
                    + format_count(words.here().line.value_or(0)),
                words.here());
}
}

void name_rows(word_vectors::builder& made, std::size_t rows, word_list& words, std::uint64_t total, row_log& log) {
    for (std::size_t row = 0; row < rows; ++row) {
        if (!words.next()) refuse_number(words, total);
        if (words.fault()) {
            log.leave_out(*words.fault(), words.here());
            made.leave_out();
        } else {
            log.add(made, words.word(), words.count(), words.here());
        }
    }
}

void expect_end(word_list& words, std::uint64_t total) {
    if (!words.next()) return;
    while (words.next()) {}
    refuse_number(words, total);
}

std::string word_list_beside(std::string const& path) {
    std::filesystem::path name(path);
    if (codec_of_name(path) != codec::none) name.replace_extension();
    return name.replace_extension(".words").string();
}
}
