module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.text;
import wordmill.core;
import :listed_words;
import :tokenizing;

namespace wordmill {
namespace {
constexpr char word_end = '\xFF';
constexpr char word_newline = '\xFE';

class listed_method final : public tokenizer::method {
public:
    explicit listed_method(token_limit limit) : limit_(std::move(limit)) {}

    void split(text_block&& in, word_block& out) const override {
        detail::append_document_ends(in, out.document_ends);
        std::swap(in.text, out.text);
        auto& text = out.text;
        auto const* const bytes = text.data();
        for (std::size_t at = 0; at < text.size();) {
            if (bytes[at] == '\n') {
                out.sentence_ends.push_back(static_cast<std::uint32_t>(out.words.size()));
                ++at;
                continue;
            }
            auto const* const found = static_cast<char const*>(std::memchr(bytes + at, word_end, text.size() - at));
            auto const end = found ? static_cast<std::size_t>(found - bytes) : text.size();
            out.words.push_back({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(end - at)});
            at = end + 1;
        }
        detail::close_sentence(in, out);
        if (text.find(word_newline) != std::string::npos) std::ranges::replace(text, word_newline, '\n');
        detail::limit_tokens(out, limit_, {}, "listed words");
    }

    [[nodiscard]] note_map description() const override {
        note_map notes{{"tokenizer", "listed words"}};
        detail::describe(limit_, notes);
        return notes;
    }

private:
    token_limit limit_;
};
}

void append_listed_words(std::string& text, std::span<std::string_view const> words) {
    auto const begin = text.size();
    std::size_t bytes = 0;
    for (auto const word : words) bytes += word.size() + (word.empty() ? 0 : 1);
    text.resize(begin + bytes);
    auto* out = text.data() + begin;
    for (auto const word : words) {
        if (word.empty()) continue;
        std::memcpy(out, word.data(), word.size());
        out += word.size();
        *out++ = word_end;
    }
    auto const added = text.begin() + static_cast<std::ptrdiff_t>(begin);
    if (std::string_view(added, text.end()).find('\n') != std::string_view::npos)
        std::replace(added, text.end(), '\n', word_newline);
}

tokenizer listed_words(token_limit limit) { return tokenizer(std::make_shared<listed_method>(std::move(limit))); }
}
