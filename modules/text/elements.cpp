module;
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.text;
import wordmill.core;
import wordmill.stream;

namespace wordmill {
namespace {
std::uint32_t offset(std::size_t n) {
    if (n > std::numeric_limits<std::uint32_t>::max())
        throw error(failure::bad_data, "a block would exceed 4 GiB", {}, "use a smaller shuffle window");
    return static_cast<std::uint32_t>(n);
}

std::uint32_t tokens_before(token_block const& block, std::uint32_t sentence) {
    if (sentence == 0) return 0;
    if (sentence <= block.sentence_ends.size()) return block.sentence_ends[sentence - 1];
    return offset(block.ids.size()); // after a sentence that is not closed
}
}

using text_elements = block_elements<text_block>;

std::vector<std::uint32_t> text_elements::ends(text_block const& block, element_unit unit) {
    if (unit == element_unit::document) return block.document_ends;
    std::vector<std::uint32_t> all;
    std::string_view const text = block.text;
    for (auto at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
        all.push_back(offset(at + 1));
    return all;
}

bool text_elements::open(text_block const& block, element_unit unit) {
    if (unit == element_unit::sentence || block.continued) return block.continued;
    return block.document_ends.empty() ? !block.text.empty() : block.document_ends.back() != block.text.size();
}

std::uint32_t text_elements::extent(text_block const& block, element_unit) { return offset(block.text.size()); }

void text_elements::join(text_block& to, text_block&& next) {
    auto const before = offset(to.text.size());
    (void)offset(to.text.size() + next.text.size());
    to.text += next.text;
    for (auto end : next.document_ends) to.document_ends.push_back(before + end);
    to.continued = next.continued;
    to.cut_token = next.cut_token;
    to.next = std::move(next.next);
}

void text_elements::append(text_block& to, text_block const& from, std::uint32_t begin, std::uint32_t end,
                           element_unit unit) {
    to.text.append(from.text, begin, end - begin);
    if (end > begin && to.text.back() != '\n') to.text += '\n';
    auto const size = offset(to.text.size());
    if (unit == element_unit::document) to.document_ends.push_back(size);
}

void text_elements::number(text_block& block, std::uint64_t index, std::uint64_t sentences) {
    block.index = index;
    block.first_sentence = sentences;
}

using token_elements = block_elements<token_block>;

std::vector<std::uint32_t> token_elements::ends(token_block const& block, element_unit unit) {
    if (unit == element_unit::document) return block.document_ends;
    std::vector<std::uint32_t> all(block.sentence_ends.size());
    std::iota(all.begin(), all.end(), 1U);
    return all;
}

bool token_elements::open(token_block const& block, element_unit unit) {
    if (unit == element_unit::sentence || block.continued) return block.continued;
    auto const sentences = block.sentence_ends.size();
    return block.document_ends.empty() ? sentences > 0 : block.document_ends.back() != sentences;
}

std::uint32_t token_elements::extent(token_block const& block, element_unit) {
    auto const sentences = offset(block.sentence_ends.size());
    return tokens_before(block, sentences) < block.ids.size() ? sentences + 1 : sentences;
}

void token_elements::join(token_block& to, token_block&& next) {
    auto const tokens = offset(to.ids.size());
    auto const sentences = offset(to.sentence_ends.size());
    (void)offset(to.ids.size() + next.ids.size());
    to.ids.insert(to.ids.end(), next.ids.begin(), next.ids.end());
    for (auto end : next.sentence_ends) to.sentence_ends.push_back(tokens + end);
    for (auto end : next.document_ends) to.document_ends.push_back(sentences + end);
    to.continued = next.continued;
    to.next = std::move(next.next);
}

void token_elements::append(token_block& to, token_block const& from, std::uint32_t begin, std::uint32_t end,
                            element_unit unit) {
    for (auto s = begin; s < end; ++s) {
        auto const first = from.ids.begin();
        to.ids.insert(to.ids.end(), first + tokens_before(from, s), first + tokens_before(from, s + 1));
        to.sentence_ends.push_back(offset(to.ids.size()));
    }
    if (unit == element_unit::document) to.document_ends.push_back(offset(to.sentence_ends.size()));
}

void token_elements::number(token_block& block, std::uint64_t index, std::uint64_t sentences) {
    block.index = index;
    block.first_sentence = sentences;
}
}
