module;
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
module wordmill.text;
import wordmill.core;
import :tokenizing;
import :unicode;

namespace wordmill {
namespace {
class book_method final : public tokenizer::method {
public:
    explicit book_method(token_limit limit) : limit_(std::move(limit)) {}

    void split(text_block&& in, word_block& out) const override {
        detail::take_text(in, out, normal_form::none, letter_case::lower, limit_);
        std::string_view const text = out.text;
        std::size_t begin = 0;
        auto const finish = [&](std::size_t end) {
            if (end > begin)
                out.words.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end - begin)});
        };
        for (std::size_t at = 0; at < text.size(); ++at) {
            auto const c = text[at];
            if (c == '.') {
                finish(at);
                begin = at;
            } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
                finish(at);
                begin = at + 1;
                if (c == '\n') out.sentence_ends.push_back(static_cast<std::uint32_t>(out.words.size()));
            }
        }
        finish(text.size());
        detail::close_sentence(in, out);
        detail::limit_tokens(out, limit_, detail::long_rest(in, out, limit_), "book tokenizer");
    }

    [[nodiscard]] note_map description() const override {
        note_map notes{{"tokenizer", "book"}};
        detail::describe(limit_, notes);
        return notes;
    }

private:
    token_limit limit_;
};
}

tokenizer book_tokenizer(token_limit limit) { return tokenizer(std::make_shared<book_method>(std::move(limit))); }
}
