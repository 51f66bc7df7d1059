module;
#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.text;
import wordmill.core;
import :tokenizing;

namespace wordmill {
namespace {
// Sixty-four bytes are classified at once: a bit for each separator, a bit for each newline. Words begin and end where
// neighbouring bits differ, so the loop runs over borders, not over bytes.
using bytes64 = unsigned char __attribute__((vector_size(64)));
using bits64 = bool __attribute__((ext_vector_type(64)));

struct masks {
    std::uint64_t separators;
    std::uint64_t newlines;
};

[[gnu::always_inline]] inline masks classify(char const* text) {
    bytes64 bytes;
    std::memcpy(&bytes, text, sizeof bytes);
    auto const newline = bytes == static_cast<unsigned char>('\n');
    auto const separator =
        newline | (bytes == static_cast<unsigned char>(' ')) | (bytes == static_cast<unsigned char>('\t'));
    return {std::bit_cast<std::uint64_t>(__builtin_convertvector(separator, bits64)),
            std::bit_cast<std::uint64_t>(__builtin_convertvector(newline, bits64))};
}

constexpr std::size_t stretch = 4096; // bytes whose borders are collected before they become words

/// The borders of words: positions where one begins, where it ends, where the next begins, ...
struct border_list {
    std::array<std::uint32_t, stretch + 64 + 8> at{};
    std::size_t size = 0;

    [[gnu::always_inline]] inline void append(std::uint64_t bits, std::uint32_t base) {
        auto const count = static_cast<std::size_t>(std::popcount(bits));
        auto* const out = at.data() + size;
        // Eight at a time, past the end if necessary: one branch per eight borders is cheaper than one per border.
        for (std::size_t done = 0; done < count; done += 8)
            for (std::size_t i = 0; i < 8; ++i) {
                out[done + i] = base + static_cast<std::uint32_t>(std::countr_zero(bits));
                bits &= bits - 1;
            }
        size += count;
    }
};

struct scanner {
    word_block& out;
    border_list borders{};
    std::uint64_t outside = 1; // 1 when the byte before was no part of a word
    std::size_t borders_before = 0;

    [[gnu::always_inline]] inline void step(char const* from, std::size_t base) {
        auto const [separators, newlines] = classify(from);
        auto const edges = separators ^ (separators << 1 | outside);
        outside = separators >> 63;
        for (auto bits = newlines; bits != 0; bits &= bits - 1) {
            auto const upto = bits ^ (bits - 1); // the newline and what is before it
            auto const seen = borders_before + borders.size + static_cast<std::size_t>(std::popcount(edges & upto));
            out.sentence_ends.push_back(static_cast<std::uint32_t>(seen / 2));
        }
        borders.append(edges, static_cast<std::uint32_t>(base));
    }

    [[gnu::always_inline]] inline void flush() {
        auto const pairs = borders.size / 2;
        auto const first = out.words.size();
        out.words.resize(first + pairs);
        auto* const words = out.words.data() + first;
        for (std::size_t i = 0; i < pairs; ++i)
            words[i] = {borders.at[2 * i], borders.at[2 * i + 1] - borders.at[2 * i]};
        if (borders.size % 2 != 0) borders.at[0] = borders.at[borders.size - 1];
        borders_before += 2 * pairs;
        borders.size %= 2;
    }
};

[[gnu::always_inline]] inline void scan(std::string_view text, word_block& out) {
    scanner state{out};
    std::size_t at = 0;
    while (text.size() - at >= 64) {
        auto const end = std::min(text.size() - 63, at + stretch);
        for (; at < end; at += 64) state.step(text.data() + at, at);
        state.flush();
    }
    std::array<char, 64> last; // padding after the text: separators that are not newlines
    last.fill(' ');
    std::copy(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), last.begin());
    state.step(last.data(), at);
    state.flush();
}

#if defined(__x86_64__)
__attribute__((target("avx2,bmi,bmi2,popcnt"))) void scan_avx2(std::string_view text, word_block& out) {
    scan(text, out);
}
#endif
void scan_portable(std::string_view text, word_block& out) { scan(text, out); }

class whitespace_method final : public tokenizer::method {
public:
    explicit whitespace_method(token_limit limit) : limit_(std::move(limit)) {}

    void split(text_block&& in, word_block& out) const override {
        detail::append_document_ends(in, out.document_ends);
        std::swap(in.text, out.text);
        if (out.text.find('\r') != std::string::npos) std::erase(out.text, '\r');
        scan_(out.text, out);
        auto const& text = out.text;
        detail::close_sentence(in, out);
        auto const touches_end = [&](word_span word) { return word.begin + word.size == text.size(); };
        detail::limit_tokens(out, limit_,
                             {in.inside_token && !out.words.empty() && out.words.front().begin == 0,
                              in.cut_token && !out.words.empty() && touches_end(out.words.back())},
                             "whitespace tokenizer");
    }

    [[nodiscard]] note_map description() const override {
        note_map notes{{"tokenizer", "whitespace"}};
        detail::describe(limit_, notes);
        return notes;
    }

private:
    token_limit limit_;
    void (*scan_)(std::string_view, word_block&) = best_scan();

    static auto best_scan() -> void (*)(std::string_view, word_block&) {
#if defined(__x86_64__)
        if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2")) return scan_avx2;
#endif
        return scan_portable;
    }
};
}

tokenizer whitespace_tokenizer(token_limit limit) {
    return tokenizer(std::make_shared<whitespace_method>(std::move(limit)));
}
}
