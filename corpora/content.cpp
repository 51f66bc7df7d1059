module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
module wordmill.corpora;
import :content;
import :json_syntax;
import :read_corpus;
import wordmill.core;
import wordmill.io;

namespace wordmill::detail {
namespace {
using namespace std::string_view_literals;

struct signature {
    std::string_view bytes;
    char const* name;
    char const* hint;
};
constexpr char const* unpack = "unpack it and give the files inside";
constexpr char const* extract = "extract its text first";
constexpr char const* no_corpus = "give a file of text, JSON, Parquet or a MediaWiki export";
constexpr signature signatures[] = {
    {"PK\x03\x04"sv, "a zip archive", unpack},
    {"PK\x05\x06"sv, "a zip archive", unpack},
    {"7z\xbc\xaf\x27\x1c"sv, "a 7z archive", unpack},
    {"Rar!\x1a\x07"sv, "a rar archive", unpack},
    {"!<arch>\n"sv, "an ar archive", unpack},
    {"%PDF-"sv, "a PDF document", "extract its text first, for example with pdftotext"},
    {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"sv, "an Office document", extract},
    {"SQLite format 3\0"sv, "an SQLite database", "export the column of text first, for example with sqlite3 -json"},
    {"\x89PNG\r\n\x1a\n"sv, "a PNG image", no_corpus},
    {"\xff\xd8\xff"sv, "a JPEG image", no_corpus},
    {"GIF87a"sv, "a GIF image", no_corpus},
    {"GIF89a"sv, "a GIF image", no_corpus},
    {"\x7f"
     "ELF"sv,
     "a program (ELF)", no_corpus},
    {"\x93NUMPY"sv, "a NumPy array", no_corpus},
    {"\x89HDF\r\n\x1a\n"sv, "an HDF5 file", no_corpus},
    {"ARROW1\0\0"sv, "an Arrow file", "convert it to Parquet or JSON lines"},
    {"Obj\x01"sv, "an Avro file", "convert it to Parquet or JSON lines"},
    {"\xba\x16\x4f\x2f"sv, "a fastText model", no_corpus},
    {"GGUF"sv, "a GGUF model", no_corpus},
};

[[noreturn]] void refuse(char const* expected, std::string const& found, std::string const& file,
                         std::string const& hint) {
    throw error(failure::bad_data, std::string("expected ") + expected + ", found " + found,
                place{.file = file, .byte = 0}, hint);
}

/// The header of a tar archive: its checksum is the sum of its bytes, with blanks in place of the checksum.
bool is_tar(std::string_view head) {
    constexpr std::size_t header = 512, at = 148, digits = 8;
    if (head.size() < header) return false;
    if (head.substr(257, 5) == "ustar") return true;
    std::uint64_t sum = 0;
    std::uint64_t written = 0;
    for (std::size_t i = 0; i < header; ++i)
        sum += i >= at && i < at + digits ? std::uint64_t{' '} : static_cast<unsigned char>(head[i]);
    auto const field = head.substr(at, digits);
    auto const first = std::min(field.find_first_not_of(' '), field.size());
    auto const last = field.find_first_not_of("01234567", first);
    if (head[0] == '\0' || last == first || last == field.npos) return false;
    for (auto const c : field.substr(first, last - first)) written = written * 8 + static_cast<std::uint64_t>(c - '0');
    return sum == written;
}

/// The length of the header, then the header, which is JSON.
bool is_safetensors(std::string_view head) {
    std::uint64_t size = 0;
    if (head.size() < 16 || head[8] != '{') return false;
    for (int i = 7; i >= 0; --i) size = size << 8 | static_cast<unsigned char>(head[static_cast<std::size_t>(i)]);
    return size >= 2 && size < (std::uint64_t{1} << 32);
}

bool is_pickle(std::string_view head) { return head.size() > 2 && head[0] == '\x80' && head[1] > 1 && head[1] < 6; }

/// "UTF-16LE" and the like, for text without a byte-order mark: where ASCII characters have their zero bytes.
char const* wide_encoding(std::string_view head) {
    if (head.starts_with("\xFF\xFE\0\0"sv) || head.starts_with("\0\0\xFE\xFF"sv)) return "UTF-32";
    if (head.starts_with("\xFF\xFE"sv) || head.starts_with("\xFE\xFF"sv)) return "UTF-16";
    std::size_t zeros[4]{};
    auto const size = head.size() / 4 * 4;
    if (size < 8) return nullptr;
    for (std::size_t i = 0; i < size; ++i) zeros[i % 4] += head[i] == '\0' ? 1 : 0;
    auto const most = size / 4 * 2 / 3 + 1;
    auto const pattern = [&](bool a, bool b, bool c, bool d) {
        bool const expected[]{a, b, c, d};
        for (std::size_t i = 0; i < 4; ++i)
            if (expected[i] ? zeros[i] < most : zeros[i] > size / 4 / 8) return false;
        return true;
    };
    if (pattern(false, true, true, true)) return "UTF-32LE";
    if (pattern(true, true, true, false)) return "UTF-32BE";
    if (pattern(false, true, false, true)) return "UTF-16LE";
    if (pattern(true, false, true, false)) return "UTF-16BE";
    return nullptr;
}

bool begins_with_word(std::string_view text, std::string_view word) {
    return equal_ignoring_case(text.substr(0, word.size()), word);
}

/// "2 3", then "the 0.1 0.2 0.3": word vectors as word2vec writes them. The second line may end after `text`.
bool is_vector_text(std::string_view text) {
    auto const line_of = [&](std::size_t begin) {
        auto const line = text.substr(begin, text.find('\n', begin) - begin);
        return line.substr(0, line.find_last_not_of(" \r") + 1);
    };
    auto const next_line = text.find('\n');
    auto const first = line_of(0);
    auto const blank = first.find(' ');
    if (next_line == text.npos || blank == first.npos) return false;
    auto const words = parse_number<std::uint64_t>(first.substr(0, blank));
    auto const values = parse_number<std::uint64_t>(first.substr(blank + 1));
    if (!words || !values || *values < 2) return false;
    auto line = line_of(next_line + 1);
    bool const cut = text.find('\n', next_line + 1) == text.npos;
    std::uint64_t found = 0;
    line.remove_prefix(std::min(line.find(' '), line.size()));
    while (line.size() > 1) {
        line.remove_prefix(1);
        auto const end = std::min(line.find(' '), line.size());
        bool const last = end == line.size();
        if (!parse_number<double>(line.substr(0, end)) && !(cut && last)) return false;
        ++found;
        line.remove_prefix(end);
    }
    return cut && found >= 20 ? found <= *values : found == *values;
}

bool is_wiki_export(std::string_view text) {
    return text.starts_with("<mediawiki")
           || (text.starts_with("<?xml") && text.find("<mediawiki") != std::string_view::npos);
}
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    auto const lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

std::size_t byte_order_mark(std::string_view head) { return head.starts_with("\xEF\xBB\xBF") ? 3 : 0; }

bool is_blank(std::string_view head) { return without_blanks(head.substr(byte_order_mark(head))).empty(); }

recognised_content content_of(std::string_view head) {
    if (head.empty()) return {corpus_format::lines, "empty"};
    if (head.starts_with("PAR1")) return {corpus_format::parquet, "it begins with PAR1"};
    if (head.starts_with(encoded_corpus_magic)) return {corpus_format::ids, "it begins as an encoded corpus"};
    bool const all = head.size() < looked_at_bytes;
    switch (json_layout_of(head, all)) {
    case json_layout::lines: return {corpus_format::jsonl, "JSON lines: the first line is a JSON object"};
    case json_layout::values: return {corpus_format::jsonl, "JSON objects of several lines: the first line opens one"};
    case json_layout::array: return {corpus_format::jsonl, "a JSON array, whose elements are the records"};
    case json_layout::none: break;
    }
    auto const text = without_blanks(head.substr(byte_order_mark(head)));
    if (is_wiki_export(text)) return {corpus_format::wikipedia, "the root element is <mediawiki>"};
    if (text.empty()) return {corpus_format::lines, "blank"};
    return {corpus_format::lines, "text: it begins as no other format does"};
}

recognised_content content_of_rest(std::string_view head) {
    auto const text = without_blanks(head);
    bool const in_array = text.starts_with(',') && without_blanks(text.substr(1)).starts_with('{');
    if (in_array || without_blanks(head) == "]") return {corpus_format::jsonl, "the rest of a JSON array"};
    if (text.starts_with("<page>") || text.starts_with("</mediawiki>"))
        return {corpus_format::wikipedia, "the rest of a MediaWiki export"};
    return content_of(head);
}

void refuse_binary(std::string_view head, std::string const& file) {
    if (head.starts_with(encoded_corpus_magic))
        refuse("text", "an encoded corpus (ids)", file,
               "give the text, or a command that reads ids an uncompressed file");
    for (auto const& known : signatures)
        if (head.starts_with(known.bytes)) refuse("text", known.name, file, known.hint);
    if (is_tar(head)) refuse("text", "a tar archive", file, "unpack it first, with tar -xf, and give the files inside");
    if (auto const inner = recognise_codec(head); inner != codec::none && head.size() > 6)
        refuse("text", std::string(name(inner)) + " data inside the compressed file", file, "unpack it once more");
    if (is_safetensors(head)) refuse("text", "a safetensors file", file, no_corpus);
    if (is_pickle(head)) refuse("text", "a Python pickle", file, no_corpus);
    if (auto const* wide = wide_encoding(head))
        refuse("UTF-8 text", std::string(wide).size() == 6 ? std::string("a byte-order mark of ") + wide : wide, file,
               std::string("convert it first: iconv -f ") + wide + " -t UTF-8");
}

void refuse_markup(std::string_view head, std::string const& file) {
    auto const text = without_blanks(head.substr(byte_order_mark(head)));
    char const* hint = "extract its text first; --format lines reads the markup as text";
    if (begins_with_word(text, "<!doctype html") || begins_with_word(text, "<html"))
        refuse("text", "an HTML page", file, hint);
    if (text.starts_with("<?xml") && !is_wiki_export(text))
        refuse("text or a MediaWiki export", "another XML document", file, hint);
    if (is_vector_text(text))
        refuse("text", "word vectors", file,
               "give the text that they were trained on; --format lines reads the numbers");
    if (text.starts_with("{\\rtf")) refuse("text", "an RTF document", file, hint);
}
}
