module;
#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.corpora;
import :byte_window;
import :content;
import :input_bytes;
import :readers;
import :records;
import wordmill.core;
import wordmill.io;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
namespace {
/// Bytes of the longest UTF-8 character.
constexpr std::size_t longest_character = 4;

struct cut {
    std::size_t bytes;
    bool inside_line;
    bool inside_token;
};

/// The last place of a byte, or npos.
std::size_t last_of(std::string_view text, char byte) {
    auto const* const found = static_cast<char const*>(::memrchr(text.data(), byte, text.size()));
    return found ? static_cast<std::size_t>(found - text.data()) : std::string_view::npos;
}

/// Finds the end of the block that starts at text[0]: after the last line end within `wanted` bytes; if there is none,
/// after the last blank there; if there is none, after the next blank; and if there is none within
/// `max_unbroken_bytes`, at a character border. The result depends only on the bytes, not on how they were buffered.
/// Returns nothing when it needs more bytes than `text` holds.
std::optional<cut> cut_at(std::string_view text, std::size_t wanted, bool ended, bool lone_cr) {
    cut const all{text.size(), false, false};
    if (ended && text.size() <= wanted) return all;
    auto const head = text.substr(0, wanted);
    auto line_end = last_of(head, '\n');
    if (lone_cr) { // after the last '\n'; a '\r' as the last byte may be half of "\r\n"
        auto const begin = line_end == std::string_view::npos ? 0 : line_end + 1;
        if (begin < head.size()) {
            auto const cr = last_of(head.substr(begin, head.size() - 1 - begin), '\r');
            if (cr != std::string_view::npos) line_end = begin + cr;
        }
    }
    if (line_end != std::string_view::npos) return cut{line_end + 1, false, false};
    if (lone_cr && head.ends_with('\r')) return cut{wanted + (text[wanted] == '\n' ? 1 : 0), false, false};
    auto const blank = head.find_last_of(" \t");
    if (blank != std::string_view::npos) return cut{blank + 1, true, false};
    auto const longest = std::max(wanted, max_unbroken_bytes);
    auto const after = text.substr(0, longest).find_first_of(lone_cr ? " \t\n\r" : " \t\n", wanted);
    if (after != std::string_view::npos) {
        if (after + 1 == text.size()) return ended ? std::optional(all) : std::nullopt;
        if (text[after] == '\r') return cut{after + (text[after + 1] == '\n' ? 2 : 1), false, false};
        return cut{after + 1, text[after] != '\n', false};
    }
    if (text.size() < longest + longest_character && !ended) return std::nullopt;
    if (text.size() <= longest) return all;
    return cut{character_border(text, longest), true, true};
}

bool has(std::string_view text, char byte) { return std::memchr(text.data(), byte, text.size()) != nullptr; }

/// Turns the raw bytes of a block into its text: line ends, documents, the UTF-8 policy, and the counts.
class line_block_maker {
public:
    line_block_maker(line_options const& options) : options_(options), bad_(options, "line") {}

    void make(text_block& block, std::string_view raw, std::string const& file, position const& at, bool begins_inside,
              cut const& end);
    void finish() { bad_.finish(); }
    [[nodiscard]] std::uint64_t lines() const { return lines_; }
    [[nodiscard]] std::uint64_t sentences() const { return sentences_; }

private:
    void add_line(text_block& block, std::string_view line, std::size_t stored_bytes, place where, bool whole);
    [[nodiscard]] bool add_invalid(text_block& block, std::string_view line, place const& where);
    void drop(std::string_view reason, std::size_t stored_bytes, place const& where, bool whole);

    line_options options_;
    bad_records bad_;
    std::uint64_t lines_ = 0;     // lines of the block
    std::uint64_t sentences_ = 0; // lines that are delivered
    std::uint64_t delivered_ = 0; // delivered bytes of the block
    std::uint64_t carriage_returns_ = 0;
    std::uint64_t lone_returns_ = 0;
    bool has_zeros_ = false; // the block has a NUL
    std::uint64_t dropped_lines_ = 0;
    std::uint64_t dropped_pieces_ = 0; // dropped pieces of lines that span blocks; each counts as a line
};

/// Returns false when the policy drops the line.
bool line_block_maker::add_invalid(text_block& block, std::string_view line, place const& where) {
    switch (options_.utf8) {
    case utf8_policy::keep:
        options_.counts.note("invalid UTF-8 kept", 1, where);
        block.text += line;
        return true;
    case utf8_policy::replace:
        options_.counts.note("invalid UTF-8 replaced", 1, where);
        append_repaired(block.text, line);
        return true;
    case utf8_policy::strict: break;
    }
    bad_.report(where, "expected UTF-8, found " + std::string(name_of(fault_at(line, first_invalid(line)))), line,
                "--utf8 replace or --utf8 keep accepts it, --on-bad skip drops the line");
    return false;
}

void line_block_maker::drop(std::string_view reason, std::size_t stored_bytes, place const& where, bool whole) {
    ++(whole ? dropped_lines_ : dropped_pieces_);
    delivered_ -= stored_bytes;
    options_.counts.drop("byte", reason, stored_bytes, where);
}

void line_block_maker::add_line(text_block& block, std::string_view line, std::size_t stored_bytes, place where,
                                bool whole) {
    auto const zero = has_zeros_ ? line.find('\0') : std::string_view::npos;
    if (zero != std::string_view::npos) {
        where.byte = *where.byte + zero;
        bad_.report(where, "expected text, found a NUL byte", line,
                    "binary data and other encodings are not text; --on-bad skip drops such lines");
        return drop("NUL byte", stored_bytes, where, whole);
    }
    auto const invalid = first_invalid(line);
    if (invalid != std::string_view::npos) {
        where.byte = *where.byte + invalid;
        if (!add_invalid(block, line, where)) return drop("invalid UTF-8", stored_bytes, where, whole);
    } else {
        block.text += line;
    }
    if (whole) block.text += '\n';
}

void line_block_maker::make(text_block& block, std::string_view raw, std::string const& file, position const& at,
                            bool begins_inside, cut const& end) {
    lines_ = 0;
    delivered_ = raw.size();
    carriage_returns_ = lone_returns_ = dropped_lines_ = dropped_pieces_ = 0;
    std::uint64_t first_lone = 0;
    block.text.clear();
    block.document_ends.clear();
    has_zeros_ = has(raw, '\0');
    bool const plain = !options_.blank_line_ends_document && !has_zeros_ && !has(raw, '\r')
                       && first_invalid(raw) == std::string_view::npos;
    if (plain) {
        block.text.assign(raw);
        lines_ = count_newlines(raw);
        if (!end.inside_line && !raw.ends_with('\n')) {
            block.text += '\n';
            ++lines_;
        }
        sentences_ = lines_;
    } else {
        std::uint64_t byte = at.byte;
        bool first = true;
        for (auto rest = raw; !rest.empty(); first = false) {
            auto stop = rest.find('\n');
            if (options_.lone_cr_ends_line) {
                auto const cr = rest.substr(0, stop).find('\r');
                if (cr != std::string_view::npos && cr + 1 != stop) {
                    stop = cr;
                    if (lone_returns_++ == 0) first_lone = lines_;
                }
            }
            bool const whole = stop != std::string_view::npos || !end.inside_line;
            auto const taken = stop == std::string_view::npos ? rest.size() : stop + 1;
            auto line = rest.substr(0, stop);
            auto const kept_returns = carriage_returns_;
            if (stop != std::string_view::npos && line.ends_with('\r')) {
                line.remove_suffix(1);
                ++carriage_returns_;
            }
            place const where{.file = file, .line = at.line + lines_ + 1, .byte = byte};
            if (whole) ++lines_;
            if (options_.blank_line_ends_document && whole && line.empty() && !(first && begins_inside))
                block.document_ends.push_back(static_cast<std::uint32_t>(block.text.size()));
            else
                add_line(block, line, taken - (carriage_returns_ - kept_returns), where, whole);
            rest.remove_prefix(taken);
            byte += taken;
        }
        sentences_ = count_newlines(block.text);
    }
    if (lone_returns_ > 0)
        options_.counts.note(detail::lone_return_note, lone_returns_,
                             place{.file = file, .line = at.line + first_lone + 1});
    bad_.count_read(lines_ + dropped_pieces_);
    options_.counts.deliver("line", lines_ - dropped_lines_);
    options_.counts.drop("byte", "carriage return", carriage_returns_);
    options_.counts.deliver("byte", delivered_ - carriage_returns_);
}
}

generator<text_block> detail::lines_of(std::shared_ptr<input_bytes> files, line_options options) {
    expect(options.block_bytes > 0, "read_lines: block_bytes must be positive");
    position at = options.from;
    at.fingerprint = check_inputs(at, fingerprint(files->inputs()));
    std::uint64_t skip = std::exchange(at.skip, 0);
    line_block_maker maker(options);
    text_block block;
    bool inside_line = at.state % 2 == 1;  // the block before ended inside a sentence
    bool inside_token = at.state / 2 == 1; // ... and inside a token
    for (; files->belongs(at.file); ++at.file) {
        auto const& file = files->inputs()[at.file];
        byte_window window(is_empty(file) ? generator<byte_block>() : files->read(at.file), at);
        bool first = at.byte == 0;
        for (;;) {
            window.fill(options.block_bytes + 1);
            if (first) {
                first = false;
                if (auto const mark = byte_order_mark(window.view()); mark > 0) {
                    options.counts.drop("byte", "byte-order mark", mark, place{.file = file.name, .byte = 0});
                    window.consume(mark);
                    window.fill(options.block_bytes + 1);
                }
            }
            window.locate(at);
            if (window.view().empty()) break;
            auto found = cut_at(window.view(), options.block_bytes, window.ended(), options.lone_cr_ends_line);
            if (!found) {
                window.fill(std::max(options.block_bytes, max_unbroken_bytes) + longest_character);
                found = cut_at(window.view(), options.block_bytes, window.ended(), options.lone_cr_ends_line);
            }
            auto const end = *found;
            block.start = at;
            maker.make(block, window.view().substr(0, end.bytes), file.name, at, inside_line, end);
            block.index = at.block;
            block.first_sentence = at.record;
            block.continued = end.inside_line;
            block.cut_token = end.inside_token;
            block.inside_token = inside_token;
            block.skip = std::exchange(skip, 0);
            window.consume(end.bytes);
            inside_line = end.inside_line;
            inside_token = end.inside_token;
            at.line += maker.lines();
            at.record += maker.sentences();
            ++at.block;
            at.state = (inside_line ? 1U : 0U) + (inside_token ? 2U : 0U);
            window.locate(at);
            if (window.ended() && window.view().empty()) {
                if (options.file_ends_document)
                    block.document_ends.push_back(static_cast<std::uint32_t>(block.text.size()));
            }
            block.next = at;
            co_yield std::move(block);
        }
        at.byte = at.restart = at.restart_byte = at.line = 0;
    }
    maker.finish();
}
generator<text_block> read_lines(std::vector<input_file> inputs, line_options options) {
    auto files = std::make_shared<detail::input_bytes>(std::move(inputs), options);
    co_yield elements_of(detail::lines_of(std::move(files), std::move(options)));
}
}
