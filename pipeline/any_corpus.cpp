module;
#include <algorithm>
#include <coroutine>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.pipeline;
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.stream;
import wordmill.text;
import :any_corpus;
import :encode;
import :encoded_corpus;
import :phrases;

namespace wordmill {
namespace {
bool is_empty(input_file const& input) { return input.can_reread() && input.bytes == 0; }

/// Opens the files of ids. Files that are not text, and files of text beside ids, are refused before anything is read.
std::vector<encoded_corpus> open_ids(std::vector<input_file> const& inputs, corpus_options const& how) {
    std::vector<encoded_corpus> files;
    input_file const* text = nullptr;
    if (how.format != corpus_format::automatic) return files;
    for (auto const& input : inputs) {
        if (is_empty(input)) continue;
        bool const ids = is_encoded_corpus(input);
        char const* hint = "give files of ids or files of text, not both";
        if (ids && text)
            throw error(failure::bad_data, "expected text, found an encoded corpus (ids) beside the text " + text->name,
                        place{.file = input.name}, hint);
        if (ids)
            files.emplace_back(input.name);
        else if (!files.empty())
            throw error(failure::bad_data, "expected an encoded corpus like " + files.front().name() + ", found text",
                        place{.file = input.name}, hint);
        else if (!text)
            text = &input;
        if (!ids) check_is_text(input);
    }
    return files;
}

corpus_options for_pass(corpus_options how, pass_options const& pass) {
    how.from = pass.from;
    how.watch = pass.watch;
    how.counts = pass.counts;
    return how;
}
}

namespace {
tokenizer_maker given_or_whitespace(tokenizer_maker split) {
    if (split) return split;
    return [](tally const& counts) { return whitespace_tokenizer({.counts = counts}); };
}
}

any_corpus::any_corpus(std::vector<input_file> inputs, corpus_options how, tokenizer_maker split)
    : inputs_(std::move(inputs)),
      how_(std::move(how)),
      split_(given_or_whitespace(std::move(split))),
      ids_(open_ids(inputs_, how_)) {}

any_corpus::any_corpus(std::shared_ptr<text_source const> source, tokenizer_maker split)
    : split_(given_or_whitespace(std::move(split))), source_(std::move(source)) {
    expect(source_ != nullptr, "any_corpus: there must be a source");
}

any_corpus any_corpus::split_by(tokenizer_maker split) const {
    auto other = *this;
    other.split_ = given_or_whitespace(std::move(split));
    return other;
}

void any_corpus::require(vocabulary const& words) const {
    for (auto const& file : ids_) file.require(words);
}

void any_corpus::require_sentence_mark(vocabulary const& words, std::string_view word) const {
    for (auto const& file : ids_) {
        file.require(words);
        file.require_sentence_mark(words, word);
    }
}

void any_corpus::require_text() const {
    if (encoded())
        throw error(failure::usage, "expected text, found an encoded corpus (ids)", place{.file = ids_.front().name()},
                    "give the text that it was encoded from");
}

any_corpus any_corpus::with_phrases(phrase_table table) const {
    require_text();
    auto joined = *this;
    joined.split_ = [split = split_, table = std::move(table)](tally const& counts) {
        return join_phrases(split(counts), table, counts);
    };
    return joined;
}

generator<text_block> any_corpus::text(pass_options const& pass) const {
    require_text();
    if (source_) return source_->blocks(pass);
    return read_corpus(inputs_, for_pass(how_, pass));
}

generator<token_block> any_corpus::ids(vocabulary const& words, pass_options const& pass) const {
    if (!encoded()) return text(pass) | parallel(encoder(words, pass.counts), {.threads = pass.threads});
    require(words);
    return read_encoded(ids_, {.from = pass.from, .threads = pass.threads, .watch = pass.watch, .counts = pass.counts});
}

text_encoder any_corpus::encoder(vocabulary const& words, tally const& counts) const {
    return encode(split_(counts), words, {.counts = counts});
}
}
