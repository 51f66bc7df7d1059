module;
#include <coroutine>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.corpora;
import wordmill.core;
import wordmill.io;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
namespace {
constexpr std::size_t looked_at_bytes = 4096;

/// The first decoded bytes of a file. For a damaged file, the bytes before the damage, which its reader will report.
std::string first_bytes(input_file const& file, read_options const& options) {
    read_options quiet = options;
    quiet.from = {};
    quiet.threads = 1;
    quiet.counts = {};
    quiet.watch = {};
    auto bytes = decoding(quiet, 0);
    bytes.block_bytes = looked_at_bytes;
    std::string head;
    try {
        for (auto&& block : read_bytes(file, bytes)) {
            head += block.bytes;
            if (head.size() >= looked_at_bytes) break;
        }
    } catch (error const&) {
        return head;
    }
    return head;
}

std::string_view without_blanks(std::string_view text) {
    auto const at = text.find_first_not_of(" \t\r\n");
    return at == std::string_view::npos ? std::string_view{} : text.substr(at);
}

bool looks_like_json_object(std::string_view text) {
    if (!text.starts_with('{')) return false;
    auto const inside = without_blanks(text.substr(1));
    return inside.starts_with('"') || inside.starts_with('}');
}

corpus_format format_of(std::string_view head) {
    if (head.starts_with("PAR1")) return corpus_format::parquet;
    if (head.starts_with(encoded_corpus_magic)) return corpus_format::ids;
    if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
    auto const text = without_blanks(head);
    if (looks_like_json_object(text)) return corpus_format::jsonl;
    if (text.starts_with("<mediawiki")
        || (text.starts_with("<?xml") && text.find("<mediawiki") != std::string_view::npos))
        return corpus_format::wikipedia;
    return corpus_format::lines;
}

corpus_format format_of_all(std::vector<input_file> const& inputs, read_options const& options) {
    for (auto const& input : inputs) {
        if (input.can_reread() && input.bytes == 0) continue;
        return recognise_format(input, options);
    }
    return corpus_format::lines;
}
}

std::string_view name(corpus_format format) noexcept {
    switch (format) {
    case corpus_format::automatic: return "auto";
    case corpus_format::lines: return "lines";
    case corpus_format::jsonl: return "jsonl";
    case corpus_format::wikipedia: return "wikipedia";
    case corpus_format::ptb: return "ptb";
    case corpus_format::parquet: return "parquet";
    case corpus_format::ids: return "ids";
    }
    return "unknown";
}

corpus_format recognise_format(input_file const& file, read_options const& options) {
    return file.can_reread() ? format_of(first_bytes(file, options)) : corpus_format::lines;
}

generator<text_block> read_corpus(std::vector<input_file> inputs, corpus_options options) {
    auto format = options.format;
    if (format == corpus_format::automatic) format = format_of_all(inputs, options);
    switch (format) {
    case corpus_format::jsonl:
        co_yield elements_of(read_jsonl(std::move(inputs), jsonl_options{options, options.field}));
        break;
    case corpus_format::wikipedia:
        co_yield elements_of(read_wikipedia(std::move(inputs), wikipedia_options{options}));
        break;
    case corpus_format::ptb: co_yield elements_of(read_ptb(std::move(inputs), ptb_options{options})); break;
    case corpus_format::parquet:
        co_yield elements_of(read_parquet(std::move(inputs), parquet_options{options, options.field}));
        break;
    default: co_yield elements_of(read_lines(std::move(inputs), std::move(options))); break;
    }
}

generator<text_block> read_text(std::vector<std::string> names, corpus_options options) {
    co_yield elements_of(read_corpus(find_inputs(names), std::move(options)));
}

generator<text_block> read_text(std::string name, corpus_options options) {
    std::vector<std::string> names;
    names.push_back(std::move(name));
    co_yield elements_of(read_text(std::move(names), std::move(options)));
}
}
