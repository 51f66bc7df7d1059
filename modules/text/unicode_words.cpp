module;
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
module wordmill.text;
import wordmill.core;
import :tokenizing;
import :unicode;

namespace wordmill {
namespace {
using detail::segment_kind;
using detail::segmenter;

/// The roles of an ASCII character in the rules of UAX #29. They are bits, because a character can have several.
enum trait : std::uint8_t {
    in_word = 1,     // joins letters and digits (ALetter, Numeric, ExtendNumLet)
    letter = 2,      // takes part in WB6 and WB7 (ALetter)
    digit = 4,       // takes part in WB11 and WB12 (Numeric)
    mid_letter = 8,  // stays inside between letters (MidLetter, MidNumLet)
    mid_number = 16, // stays inside between digits (MidNum, MidNumLet)
};

/// The roles are queried from ICU for each character, because its rules for ASCII differ between versions: in ICU 72
/// '@' is a letter, and ':' no longer joins letters.
std::array<std::uint8_t, 128> ascii_traits(segmenter const& words) {
    auto borrowed = words.borrow();
    auto const whole = [&](std::string const& text) { return borrowed.segments(text).size() == 1; };
    std::array<std::uint8_t, 128> traits{};
    for (std::size_t i = 0; i < traits.size(); ++i) {
        std::string const c(1, static_cast<char>(i));
        if (c == "\n" || detail::is_ascii_blank(c[0])) continue;
        if (whole("a" + c)) {
            traits[i] =
                static_cast<std::uint8_t>(in_word | (whole(c + "'a") ? letter : 0) | (whole(c + "'1") ? digit : 0));
            continue;
        }
        traits[i] = static_cast<std::uint8_t>((whole("a" + c + "a") ? mid_letter : 0)
                                              | (whole("1" + c + "1") ? mid_number : 0));
    }
    return traits;
}

class unicode_method final : public tokenizer::method {
public:
    unicode_method(unicode_options options, token_limit limit)
        : options_(options), limit_(std::move(limit)), words_(segmenter::unit::word), traits_(ascii_traits(words_)) {}

    void split(text_block&& in, word_block& out) const override {
        detail::take_text(in, out, options_.form, options_.letters, limit_);
        sink found{*this, out};
        detail::walk_chunks(out.text, found);
        detail::close_sentence(in, out);
        auto counts = limit_.counts; // a handle
        counts.read("token", found.punctuation + found.numbers);
        counts.drop("token", "punctuation", found.punctuation);
        counts.drop("token", "number", found.numbers);
        detail::limit_tokens(out, limit_, detail::long_rest(in, out, limit_), "unicode words");
    }

    [[nodiscard]] note_map description() const override {
        note_map notes{{"tokenizer", "unicode"}};
        detail::describe(options_, notes);
        detail::describe(limit_, notes);
        return notes;
    }

private:
    struct sink {
        unicode_method const& method;
        word_block& out;
        std::optional<segmenter::borrowed> borrowed{};
        std::uint64_t punctuation = 0;
        std::uint64_t numbers = 0;

        inline void newline() { out.sentence_ends.push_back(static_cast<std::uint32_t>(out.words.size())); }
        inline void blank(std::size_t) {}

        inline void add(std::size_t begin, std::size_t end, segment_kind kind) {
            bool const dropped_other = kind == segment_kind::other && !method.options_.keep_punctuation;
            bool const dropped_number = kind == segment_kind::number && !method.options_.keep_numbers;
            punctuation += dropped_other;
            numbers += dropped_number;
            if (!dropped_other && !dropped_number)
                out.words.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end - begin)});
        }

        inline std::uint8_t trait_at(std::size_t at) const {
            return method.traits_[static_cast<std::size_t>(out.text[at])];
        }

        void ascii(std::size_t at, std::size_t end) {
            while (at < end) {
                auto const begin = at;
                auto last = trait_at(at++);
                if ((last & in_word) == 0) {
                    add(begin, at, segment_kind::other);
                    continue;
                }
                std::uint8_t seen = kind_bits(out.text[begin]);
                while (at < end) {
                    auto const next = trait_at(at);
                    if ((next & in_word) != 0) {
                        last = next;
                    } else if (at + 1 < end
                               && (((next & mid_letter) != 0 && (last & trait_at(at + 1) & letter) != 0)
                                   || ((next & mid_number) != 0 && (last & trait_at(at + 1) & digit) != 0))) {
                        last = trait_at(++at);
                    } else {
                        break;
                    }
                    seen |= kind_bits(out.text[at++]);
                }
                add(begin, at,
                    (seen & letter) != 0  ? segment_kind::word
                    : (seen & digit) != 0 ? segment_kind::number
                                          : segment_kind::other);
            }
        }

        void wide(std::size_t begin, std::size_t end) {
            if (!borrowed) borrowed.emplace(method.words_.borrow());
            auto at = begin;
            for (auto const& part : borrowed->segments(std::string_view(out.text).substr(begin, end - begin))) {
                auto const to = begin + part.end;
                while (at < to && part.kind == segment_kind::other) {
                    auto const blank = detail::blank_length(std::string_view(out.text).substr(at, to - at));
                    if (blank == 0) break;
                    at += blank;
                }
                if (at < to) add(at, to, part.kind);
                at = to;
            }
        }

        static inline std::uint8_t kind_bits(char c) {
            auto const lower = static_cast<char>(c | 0x20);
            return static_cast<std::uint8_t>((lower >= 'a' && lower <= 'z' ? letter : 0)
                                             | (c >= '0' && c <= '9' ? digit : 0));
        }
    };

    unicode_options options_;
    token_limit limit_;
    segmenter words_;
    std::array<std::uint8_t, 128> traits_;
};
}

tokenizer unicode_words(unicode_options options, token_limit limit) {
    return tokenizer(std::make_shared<unicode_method>(options, std::move(limit)));
}
}
