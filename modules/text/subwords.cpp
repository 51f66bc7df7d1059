module;
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.text;
import wordmill.core;
import :subwords;
import :vocabulary;

namespace wordmill {
namespace {
std::uint32_t hash_of(std::string_view text) noexcept {
    std::uint32_t hash = 2166136261U;
    for (char const c : text) hash = (hash ^ static_cast<std::uint32_t>(static_cast<std::int8_t>(c))) * 16777619U;
    return hash;
}

bool continues(char c) noexcept { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }
}

void append_subwords(std::string_view word, subword_options const& options, std::vector<std::uint32_t>& buckets) {
    if (!options.any() || word == end_of_sentence) return;
    auto const text = "<" + std::string(word) + ">";
    for (std::size_t begin = 0; begin < text.size(); ++begin) {
        if (continues(text[begin])) continue;
        auto end = begin;
        for (std::uint32_t letters = 1; end < text.size() && letters <= options.most_letters; ++letters) {
            do ++end;
            while (end < text.size() && continues(text[end]));
            bool const only_a_border = letters == 1 && (begin == 0 || end == text.size());
            if (letters < options.least_letters || only_a_border) continue;
            buckets.push_back(subword_bucket(std::string_view(text).substr(begin, end - begin), options));
        }
    }
}

std::uint32_t subword_bucket(std::string_view n_gram, subword_options const& options) {
    return hash_of(n_gram) % options.buckets;
}

subword_table::subword_table(vocabulary const& words, subword_options options) : options_(options) {
    if (words.size() > std::numeric_limits<std::uint32_t>::max() - options.buckets)
        throw error(failure::resource, "subwords: expected at most 2^32 types and buckets together, found "
                                           + format_count(words.size()) + " and " + format_count(options.buckets));
    auto made = std::make_shared<tables>();
    made->ends.reserve(words.size());
    auto const types = static_cast<std::uint32_t>(words.size());
    for (std::uint32_t i = 0; i < types; ++i) {
        made->rows.push_back(i);
        auto const first = made->rows.size();
        append_subwords(words.word(id_at(i)), options, made->rows);
        for (auto at = first; at < made->rows.size(); ++at) made->rows[at] += types;
        made->ends.push_back(made->rows.size());
    }
    tables_ = std::move(made);
}

std::size_t subword_table::memory_bytes() const noexcept {
    return empty()
               ? 0
               : tables_->ends.capacity() * sizeof(std::uint64_t) + tables_->rows.capacity() * sizeof(std::uint32_t);
}
}
