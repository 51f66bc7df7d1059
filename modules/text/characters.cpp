module;
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
module wordmill.text;
import wordmill.core;
import :tokenizing;
import :unicode;

namespace wordmill {
namespace {
using detail::segmenter;

class character_method final : public tokenizer::method {
public:
    character_method(character_options options, token_limit limit) : options_(options), limit_(std::move(limit)) {
        if (options.unit == character_unit::grapheme) graphemes_.emplace(segmenter::unit::grapheme);
    }

    void split(text_block&& in, word_block& out) const override {
        detail::take_text(in, out, options_.form, options_.letters, limit_);
        out.words.reserve(out.text.size());
        sink found{*this, out};
        detail::walk_chunks(out.text, found);
        detail::close_sentence(in, out);
        detail::limit_tokens(out, limit_, detail::long_rest(in, out, limit_), "characters");
    }

    [[nodiscard]] note_map description() const override {
        note_map notes;
        detail::describe(options_, notes);
        detail::describe(limit_, notes);
        return notes;
    }

    [[nodiscard]] std::string join(std::span<std::string_view const> words) const override {
        std::string text;
        for (auto const word : words) text += word;
        return text;
    }

private:
    struct sink {
        character_method const& method;
        word_block& out;
        std::optional<segmenter::borrowed> borrowed{};

        inline void newline() { out.sentence_ends.push_back(static_cast<std::uint32_t>(out.words.size())); }
        inline void add(std::size_t begin, std::size_t end) {
            out.words.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end - begin)});
        }
        inline void blank(std::size_t at) { blank(at, at + 1); }
        inline void blank(std::size_t begin, std::size_t end) {
            if (method.options_.keep_blanks) add(begin, end);
        }
        void ascii(std::size_t begin, std::size_t end) {
            for (; begin < end; ++begin) add(begin, begin + 1);
        }
        void wide(std::size_t begin, std::size_t end) {
            if (method.graphemes_) {
                if (!borrowed) borrowed.emplace(method.graphemes_->borrow());
                auto const text = std::string_view(out.text).substr(begin, end - begin);
                auto at = begin;
                for (auto const& part : borrowed->segments(text)) {
                    character(at, begin + part.end);
                    at = begin + part.end;
                }
                return;
            }
            while (begin < end) {
                auto const next = begin + character_length(out.text, begin);
                character(begin, next);
                begin = next;
            }
        }
        /// A character, perhaps with a blank before it that ICU has it combine with.
        void character(std::size_t begin, std::size_t end) {
            while (auto const size = detail::blank_length(std::string_view(out.text).substr(begin, end - begin))) {
                blank(begin, begin + size);
                begin += size;
            }
            if (begin < end) add(begin, end);
        }
    };

    character_options options_;
    token_limit limit_;
    std::optional<segmenter> graphemes_;
};
}

tokenizer characters(character_options options, token_limit limit) {
    return tokenizer(std::make_shared<character_method>(options, std::move(limit)));
}
}
