module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.thesaurus;
import :line_fields;
import :line_table;
import wordmill.core;

namespace wordmill::detail {
void expect_last_line_end(std::string const& file, std::string_view text) {
    if (!text.empty() && text.back() != '\n')
        throw error(failure::bad_data, "WordNet: expected a newline at the end of the file, found none",
                    {.file = file, .byte = text.size()}, "the file is truncated");
}

line_table::line_table(std::string file, std::string text) : file_(std::move(file)), text_(std::move(text)) {
    expect_last_line_end(file_, text_);
    for (std::size_t start = 0; start < text_.size(); start = text_.find('\n', start) + 1)
        if (std::string_view(" \r\n").find(text_[start]) == std::string_view::npos)
            starts_.push_back(static_cast<std::uint32_t>(start));
    auto const order = [this](std::uint32_t start) { return std::pair(key_at(start), start); };
    if (!std::ranges::is_sorted(starts_, {}, order)) std::ranges::sort(starts_, {}, order);
}

std::string_view line_table::key_at(std::size_t start) const noexcept {
    return std::string_view(text_).substr(start, text_.find_first_of(" \r\n", start) - start);
}

std::vector<line_fields> line_table::find(std::string_view key) const {
    std::vector<line_fields> lines;
    for (auto const start :
         std::ranges::equal_range(starts_, key, {}, [this](std::uint32_t each) { return key_at(each); }))
        lines.emplace_back(file_, text_, start + key.size(), text_.find('\n', start));
    return lines;
}

bool line_table::contains(std::string_view key) const {
    return std::ranges::binary_search(starts_, key, {}, [this](std::uint32_t start) { return key_at(start); });
}
}
