module;
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <sentencepiece_processor.h>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.text;
import wordmill.core;
import wordmill.io;
import :tokenizing;
import :unicode;

namespace wordmill {
namespace {
std::string read_model(std::string const& path) {
    struct closer {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    std::unique_ptr<std::FILE, closer> const file(std::fopen(path.c_str(), "rb"));
    std::string bytes;
    if (file) {
        char buffer[1 << 14];
        while (auto const size = std::fread(buffer, 1, sizeof buffer, file.get())) bytes.append(buffer, size);
    }
    if (!file || std::ferror(file.get()) != 0)
        throw system_error(failure::no_input, "sentencepiece: cannot read the model", errno, {.file = path});
    return bytes;
}

class sentencepiece_method final : public tokenizer::method {
public:
    sentencepiece_method(std::string const& path, token_limit limit) : limit_(std::move(limit)) {
        auto const bytes = read_model(path);
        fingerprint_ = checksum_of(bytes);
        auto const status = model_.LoadFromSerializedProto(bytes);
        if (!status.ok())
            throw error(failure::bad_data, "sentencepiece: expected a model, found something else", {.file = path},
                        "a .model file as spm_train writes it");
    }

    void split(text_block&& in, word_block& out) const override {
        detail::take_text(in, out, normal_form::none, letter_case::keep, limit_);
        std::erase(out.text, '\r');
        bool const open = !out.text.empty() && out.text.back() != '\n';
        std::string pieces_text;
        pieces_text.reserve(out.text.size() * 2);
        std::vector<std::string> pieces;
        std::string_view rest = out.text;
        while (!rest.empty()) {
            auto const sentence = rest.substr(0, rest.find('\n'));
            bool const closed = sentence.size() < rest.size();
            rest.remove_prefix(sentence.size() + (closed ? 1 : 0));
            if (auto const status = model_.Encode(sentence, &pieces); !status.ok())
                throw error(failure::internal, "sentencepiece: encoding failed: " + status.ToString());
            for (auto const& piece : pieces) {
                out.words.push_back(
                    {static_cast<std::uint32_t>(pieces_text.size()), static_cast<std::uint32_t>(piece.size())});
                pieces_text += piece;
            }
            if (closed) out.sentence_ends.push_back(static_cast<std::uint32_t>(out.words.size()));
        }
        if (open && !in.continued) out.sentence_ends.push_back(static_cast<std::uint32_t>(out.words.size()));
        out.text.swap(pieces_text);
        detail::limit_tokens(out, limit_, detail::long_rest(in, out, limit_), "sentencepiece");
    }

    [[nodiscard]] note_map description() const override {
        note_map notes{{"tokenizer", "sentencepiece model " + std::to_string(fingerprint_)}};
        detail::describe(limit_, notes);
        return notes;
    }

    [[nodiscard]] std::string join(std::span<std::string_view const> words) const override {
        std::string text;
        if (auto const status = model_.Decode(std::vector<std::string>(words.begin(), words.end()), &text);
            !status.ok())
            throw error(failure::internal, "sentencepiece: decoding failed: " + status.ToString());
        return text;
    }

private:
    token_limit limit_;
    std::uint64_t fingerprint_ = 0; // of the model
    ::sentencepiece::SentencePieceProcessor model_;
};
}

bool sentencepiece_available() noexcept { return true; }

tokenizer sentencepiece(std::string const& model_path, token_limit limit) {
    return tokenizer(std::make_shared<sentencepiece_method>(model_path, std::move(limit)));
}
}
