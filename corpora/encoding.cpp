module;
#include <cstddef>
#include <string>
#include <string_view>
module wordmill.corpora;
import wordmill.core;
import :encoding;
import :read_corpus;

namespace wordmill::detail {
std::size_t check_encoding(std::string_view head, std::string const& file) {
    using namespace std::string_view_literals;
    if (head.starts_with("\xEF\xBB\xBF")) return 3;
    if (head.starts_with(encoded_corpus_magic))
        throw error(failure::bad_data, "expected text, found an encoded corpus (ids)", place{.file = file, .byte = 0},
                    "give the text, or a command that reads ids an uncompressed file");
    char const* found = nullptr; // UTF-16 and UTF-32 begin with a byte-order mark; they cannot be read as UTF-8
    if (head.starts_with("\xFF\xFE"sv) || head.starts_with("\xFE\xFF"sv)) found = "UTF-16";
    if (head.starts_with("\xFF\xFE\0\0"sv) || head.starts_with("\0\0\xFE\xFF"sv)) found = "UTF-32";
    if (found)
        throw error(failure::bad_data, std::string("expected UTF-8 text, found a byte-order mark of ") + found,
                    place{.file = file, .byte = 0}, std::string("convert it first: iconv -f ") + found + " -t UTF-8");
    return 0;
}
}
