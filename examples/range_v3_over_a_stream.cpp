// The longest words of a text and their first places, with range-v3 views over a wordmill stream. The heavy work
// (splitting blocks into words) runs on all threads before the views, which select from its output.
#include <coroutine>
#include <cstddef>
#include <cstdio>
#include <range/v3/view/enumerate.hpp>
#include <range/v3/view/filter.hpp>
#include <range/v3/view/take.hpp>
#include <range/v3/view/transform.hpp>
#include <string>
#include <utility>
#include <wordmill/range_v3.hpp>
import wordmill.stream;
import wordmill.text;

namespace {
/// A source: any coroutine that yields blocks.
wordmill::generator<wordmill::text_block> poem() {
    for (auto line :
         {"I met a traveller from an antique land,\n", "Who said: Two vast and trunkless legs of stone\n",
          "Stand in the desert. Near them, on the sand,\n", "Half sunk a shattered visage lies, whose frown,\n",
          "And wrinkled lip, and sneer of cold command,\n"}) // Percy Bysshe Shelley, Ozymandias, 1818
        co_yield wordmill::text_block{.text = line};
}

/// A stage: a const call from block to block.
struct longest_word {
    std::string operator()(wordmill::text_block const& block) const {
        std::string longest, word;
        for (char const c : block.text) {
            if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') {
                word += c;
                continue;
            }
            if (word.size() > longest.size()) longest = word;
            word.clear();
        }
        return longest;
    }
};
}

int main() {
    namespace views = ranges::views;
    auto words = poem() | wordmill::parallel(longest_word{}, {.max_in_flight = 4});
    for (auto&& [line, word] : wordmill::as_view(std::move(words)) | views::enumerate
                                   | views::filter([](auto const& p) { return p.second.size() > 6; }) | views::take(3))
        std::printf("line %zu: %s\n", static_cast<std::size_t>(line) + 1, word.c_str());
}
