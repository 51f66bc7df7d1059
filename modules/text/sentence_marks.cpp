module;
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.text;
import wordmill.core;
import wordmill.stream;
import :blocks;
import :sentence_marks;
import :tokenizer;

namespace wordmill {
namespace {
class marking_method final : public tokenizer::method {
public:
    marking_method(tokenizer split, std::string word, tally counts)
        : split_(std::move(split)), word_(std::move(word)), counts_(std::move(counts)) {}

    void split(text_block&& in, word_block& out) const override {
        split_(std::move(in), out);
        if (out.text.size() > std::numeric_limits<std::uint32_t>::max() - word_.size())
            throw error(failure::bad_data, "a block with its sentence ends would exceed 4 GiB", {},
                        "use smaller blocks");
        word_span const mark{.begin = static_cast<std::uint32_t>(out.text.size()),
                             .size = static_cast<std::uint32_t>(word_.size())};
        std::vector<word_span> words;
        words.reserve(out.words.size() + out.sentence_ends.size());
        std::size_t at = 0;
        for (auto& end : out.sentence_ends) {
            bool const has_one = end > at && out.word(end - 1) == word_;
            words.insert(words.end(), out.words.begin() + static_cast<std::ptrdiff_t>(at),
                         out.words.begin() + static_cast<std::ptrdiff_t>(end));
            at = end;
            if (!has_one) words.push_back(mark);
            end = static_cast<std::uint32_t>(words.size());
        }
        words.insert(words.end(), out.words.begin() + static_cast<std::ptrdiff_t>(at), out.words.end());
        tally(counts_).read("token", words.size() - out.words.size());
        out.text += word_;
        out.words = std::move(words);
    }

    [[nodiscard]] note_map description() const override {
        auto notes = split_.description();
        notes["sentence-end"] = word_;
        return notes;
    }

    [[nodiscard]] std::string join(std::span<std::string_view const> words) const override {
        return split_.join(!words.empty() && words.back() == word_ ? words.first(words.size() - 1) : words);
    }

private:
    tokenizer split_;
    std::string word_;
    tally counts_;
};
}

tokenizer mark_sentence_ends(tokenizer split, std::string word, tally counts) {
    if (word.empty()) throw error(failure::usage, "sentence ends: expected a word, found an empty one");
    return tokenizer(std::make_shared<marking_method>(std::move(split), std::move(word), std::move(counts)));
}
}
