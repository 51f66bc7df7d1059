module;
#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
module wordmill.thesaurus;
import :line_fields;
import wordmill.core;

namespace wordmill::detail {
namespace {
constexpr std::string_view blanks = " \r";
}

bool line_fields::ended() const noexcept { return text_.find_first_not_of(blanks, next_) == std::string_view::npos; }

std::string_view line_fields::word(std::string_view what) {
    field_ = std::min(text_.find_first_not_of(blanks, next_), text_.size());
    next_ = std::min(text_.find_first_of(blanks, field_), text_.size());
    if (field_ == next_) refuse(what);
    return text_.substr(field_, next_ - field_);
}

std::uint32_t line_fields::number(std::string_view what, int base, std::size_t digits) {
    auto const field = word(what);
    std::uint32_t value = 0;
    auto const [after, problem] = std::from_chars(field.data(), field.data() + field.size(), value, base);
    if (problem != std::errc{} || after != field.data() + field.size() || (digits != 0 && field.size() != digits))
        refuse(what);
    return value;
}

void line_fields::refuse(std::string_view expected, std::string_view hint) const {
    constexpr std::size_t shown = 32;
    auto const field = text_.substr(field_, std::min(next_ - field_, shown));
    throw error(failure::bad_data,
                "WordNet: expected " + std::string(expected) + ", found "
                    + (field.empty() ? std::string("the end of the line") : "'" + std::string(field) + "'"),
                {.file = *file_, .byte = field_}, hint);
}
}
