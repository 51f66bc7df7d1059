module;
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
module wordmill.corpora;
import :content;
import :json_batches;
import :json_syntax;
import :records;
import wordmill.io;

namespace wordmill::detail {
namespace {
constexpr std::size_t sample_bytes = 256; // kept of a record above the limit

constexpr bool is_blank_byte(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// Bytes that matter inside a string, and outside of strings inside a value.
template <class Test> constexpr std::array<bool, 256> table(Test test) {
    std::array<bool, 256> out{};
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = test(static_cast<char>(static_cast<unsigned char>(i)));
    return out;
}
constexpr auto ends_text = table([](char c) { return c == '"' || c == '\\' || c == '\n' || c == '\r'; });
constexpr auto ends_plain =
    table([](char c) { return c == '"' || c == '{' || c == '}' || c == '[' || c == ']' || c == '\n'; });
constexpr auto ends_scalar = table(
    [](char c) { return is_blank_byte(c) || c == ',' || c == '"' || c == '{' || c == '}' || c == '[' || c == ']'; });

std::size_t find(std::array<bool, 256> const& wanted, std::string_view bytes, std::size_t i) {
    while (i < bytes.size() && !wanted[static_cast<unsigned char>(bytes[i])]) ++i;
    return i;
}
}

value_gatherer::value_gatherer(std::uint64_t file, byte_options const& from, std::uint64_t line,
                               std::uint64_t max_value_bytes, json_layout layout)
    : max_value_bytes_(max_value_bytes),
      byte_(from.byte),
      line_(line),
      expected_(layout != json_layout::array ? expected::only_values
                : from.byte > 0              ? expected::separator
                                             : expected::opening) {
    pending_.file = file;
    pending_.byte = from.byte;
    pending_.of_values = true;
    pending_.restarts.push_back({from.restart, from.restart_byte});
}

void value_gatherer::add(byte_block& block) {
    std::string_view bytes = block.bytes;
    byte_ = block.byte;
    if (block.byte == 0) {
        auto const mark = byte_order_mark(bytes);
        pending_.other_bytes += mark;
        bytes.remove_prefix(mark);
        byte_ += mark;
    }
    restart_point const restart{block.restart, block.restart_byte};
    if (pending_.restarts.back() != restart) pending_.restarts.push_back(restart);
    scan(bytes);
}

void value_gatherer::scan(std::string_view bytes) {
    value_in_block_ = 0;
    for (std::size_t i = 0; i < bytes.size();) i = inside_ == inside::nothing ? between(bytes, i) : continued(bytes, i);
    if (inside_ != inside::nothing) keep(bytes.substr(value_in_block_));
    byte_ += bytes.size();
}

/// Adds a part of the value, up to the limit and a sample of what is above it.
void value_gatherer::keep(std::string_view part) {
    value_.byte_end += part.size();
    auto const length = value_.byte_end - value_.byte;
    if (length > max_value_bytes_) {
        pending_.bytes.resize(value_.begin + std::min(value_.size, sample_bytes));
        value_.size = pending_.bytes.size() - value_.begin;
        part = part.substr(0, sample_bytes - value_.size);
    }
    pending_.bytes += part;
    value_.size += part.size();
}

void value_gatherer::add_fault(char const* what, std::uint64_t byte, bool cut) {
    pending_.values.push_back({.begin = pending_.bytes.size(),
                               .byte = byte,
                               .byte_end = byte,
                               .line = line_ + 1,
                               .line_end = line_,
                               .fault = what,
                               .cut = cut});
}

void value_gatherer::begin_value(std::size_t i) {
    value_in_block_ = i;
    value_ = {.begin = pending_.bytes.size(), .byte = byte_ + i, .byte_end = byte_ + i, .line = line_ + 1};
}

void value_gatherer::end_value(std::string_view bytes, std::size_t end) {
    keep(bytes.substr(value_in_block_, end - value_in_block_));
    value_.line_end = line_;
    pending_.values.push_back(value_);
    inside_ = inside::nothing;
    open_.clear();
    if (expected_ != expected::only_values) expected_ = expected::separator;
}

/// The byte at `i` stands between two values. Returns where to go on.
std::size_t value_gatherer::between(std::string_view bytes, std::size_t i) {
    char const c = bytes[i];
    if (is_blank_byte(c)) {
        ++pending_.other_bytes;
        line_ += c == '\n' ? 1 : 0;
        return i + 1;
    }
    auto const pass = [&](expected next) {
        ++pending_.other_bytes;
        expected_ = next;
        return i + 1;
    };
    auto const at = byte_ + i;
    bool const resumed_here = at == pending_.byte; // the fault between the records was reported before
    switch (expected_) {
    case expected::opening:
        if (c == '[') return pass(expected::first);
        add_fault("JSON: expected an array, found something after its end", at);
        break;
    case expected::first:
        if (c == ']') return pass(expected::opening);
        break;
    case expected::separator:
        if (c == ',') return pass(expected::value);
        if (c == ']') return pass(expected::opening);
        if (!resumed_here) add_fault("JSON: expected a comma between the records of the array", at);
        break;
    case expected::value:
        if (c != ']') break;
        add_fault("JSON: expected a record after the comma, found the end of the array", at);
        return pass(expected::opening);
    case expected::anything: // after a record that was cut
        if (c == ',') return pass(expected::value);
        if (c == ']') return pass(expected::opening);
        break;
    case expected::only_values: break;
    }
    if (c == ',') {
        add_fault("JSON: expected a record, found a comma", at);
        return pass(expected_);
    }
    begin_value(i);
    after_text_ = c == '{' || c == '[';
    if (after_text_) {
        open_ = c;
        inside_ = inside::structure;
    } else {
        inside_ = c == '"' ? inside::text : inside::scalar;
    }
    return i + 1;
}

/// A closing bracket also closes what was left open inside; one that nothing opened closes the value.
void value_gatherer::close_brackets(char c) {
    auto const partner = open_.rfind(c == '}' ? '{' : '[');
    open_.resize(partner == std::string::npos ? 0 : partner);
}

/// The byte at `i` belongs to a value. Returns where to go on.
std::size_t value_gatherer::continued(std::string_view bytes, std::size_t i) {
    if (inside_ == inside::scalar) {
        i = find(ends_scalar, bytes, i);
        if (i < bytes.size()) end_value(bytes, i);
        return i;
    }
    if (inside_ == inside::text) {
        if (std::exchange(escaped_, false)) return i + 1;
        i = find(ends_text, bytes, i);
        if (i == bytes.size()) return i;
        if (bytes[i] == '\\') {
            escaped_ = true;
            return i + 1;
        }
        if (bytes[i] != '"') { // a line end is no part of a string: the record ends here
            inside_ = inside::broken;
            return i;
        }
        if (after_text_)
            inside_ = inside::structure;
        else
            end_value(bytes, i + 1);
        return i + 1;
    }
    if (inside_ == inside::broken) { // the blanks after it belong to it, so that a resume finds the next record
        for (; i < bytes.size() && is_blank_byte(bytes[i]); ++i) line_ += bytes[i] == '\n' ? 1 : 0;
        if (i == bytes.size()) return i;
        end_value(bytes, i);
        if (expected_ == expected::separator) expected_ = expected::anything;
        return i;
    }
    i = find(ends_plain, bytes, i);
    if (i == bytes.size()) return i;
    char const c = bytes[i];
    if (c == '\n') {
        ++line_;
    } else if (c == '"') {
        inside_ = inside::text;
    } else if (c == '{' || c == '[') {
        open_ += c;
    } else {
        // "]" without a "[" in the record is the end of the array around a record that was cut
        bool const foreign = c == ']' && open_.find('[') == std::string::npos;
        close_brackets(c);
        if (foreign) open_.clear();
        if (open_.empty()) end_value(bytes, foreign ? i : i + 1);
        if (foreign) return i;
    }
    return i + 1;
}

json_batch value_gatherer::take(bool at_end) {
    if (at_end && inside_ != inside::nothing) {
        value_.line_end = line_;
        bool const scalar = inside_ == inside::scalar;
        value_.fault = scalar ? nullptr : "JSON: the file ends inside a record";
        value_.cut = !scalar;
        pending_.values.push_back(value_);
        inside_ = inside::nothing;
    } else if (at_end && expected_ != expected::opening && expected_ != expected::only_values) {
        add_fault("JSON: the file ends inside the array", byte_, true);
    }
    auto out = std::move(pending_);
    pending_ = {};
    pending_.file = out.file;
    pending_.of_values = true;
    pending_.restarts.push_back(out.restarts.back());
    if (inside_ != inside::nothing) { // the value that is not finished goes to the next batch
        pending_.bytes = out.bytes.substr(value_.begin);
        out.bytes.resize(value_.begin);
        value_.begin = 0;
    }
    return out;
}
}
