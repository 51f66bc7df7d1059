module;
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.corpora;
import :content;
import :input_bytes;
import :readers;
import wordmill.core;
import wordmill.io;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
namespace {
bool is_sentences(corpus_format format) { return format == corpus_format::lines; }

/// Notes the formats of files, once there are two of them.
class mixture {
public:
    explicit mixture(tally counts) : counts_(std::move(counts)) {}

    void add(corpus_format format, std::uint64_t files, std::string const& first) {
        for (auto const& earlier : pending_)
            if (earlier.format != format) mixed_ = true;
        pending_.push_back({format, files, first});
        if (!mixed_) return;
        for (auto const& group : pending_)
            counts_.note("formats are mixed: read as " + std::string(name(group.format)), group.files,
                         place{.file = group.first});
        pending_.erase(pending_.begin(), pending_.end() - 1);
        pending_.back().files = 0;
    }

private:
    struct group {
        corpus_format format;
        std::uint64_t files;
        std::string first;
    };
    tally counts_;
    std::vector<group> pending_;
    bool mixed_ = false;
};

/// The Parquet files from `begin` on, without a gap.
std::uint64_t end_of_parquet(std::vector<input_file> const& inputs, std::uint64_t begin) {
    auto end = begin;
    while (end < inputs.size() && detail::stored_format(inputs[end]) == corpus_format::parquet) ++end;
    return end;
}

/// Parquet files are opened by their names. Their positions are those of the first `end` inputs.
generator<text_block> parquet_of(std::vector<input_file> inputs, std::uint64_t end, parquet_options options) {
    auto const whole = std::exchange(options.from.fingerprint, 0);
    inputs.resize(end);
    for (auto&& block : read_parquet(std::move(inputs), std::move(options))) {
        block.start.fingerprint = block.next.fingerprint = whole;
        co_yield std::move(block);
    }
}

/// Where a reader of `next` begins after one of `format` ended at `at`: lines count sentences as records, the other
/// readers count sentences apart.
position begin_of(std::uint64_t file, corpus_format next, position const& at, corpus_format format) {
    auto const sentences = is_sentences(format) ? at.record : at.state;
    return {.file = file,
            .record = is_sentences(next) ? sentences : at.record,
            .block = at.block,
            .state = is_sentences(next) ? 0 : sentences,
            .fingerprint = at.fingerprint};
}

/// Runs of files of one format, one after the other.
generator<text_block> read_by_content(std::vector<input_file> inputs, corpus_options options) {
    auto const& from = options.from;
    position at = from;
    at.fingerprint = check_inputs(from, fingerprint(inputs));
    auto const files = std::make_shared<detail::input_bytes>(inputs, options, true);
    mixture formats(options.counts);
    std::optional<corpus_format> before;
    while (at.file < inputs.size()) {
        auto const begin = at.file;
        auto first = begin;
        while (first < inputs.size() && detail::is_empty(inputs[first])) ++first;
        if (first == inputs.size()) break;
        auto const format = files->begin_format(first);
        bool const parquet = format == corpus_format::parquet;
        auto const parquet_end = parquet ? end_of_parquet(inputs, first) : 0;
        if (before) at = begin_of(begin, format, at, *before);
        if (parquet && first > begin) at = begin_of(first, format, at, format);
        before = format;
        options.from = at;
        auto const read_on = [&] [[clang::coro_wrapper]] () -> generator<text_block> {
            switch (format) {
            case corpus_format::jsonl: return detail::json_of(files, {options, options.field});
            case corpus_format::wikipedia: return detail::wikipedia_of(files, {options});
            case corpus_format::parquet: return parquet_of(inputs, parquet_end, {options, options.field});
            default: return detail::lines_of(files, options);
            }
        };
        for (auto&& block : read_on()) {
            at = block.next;
            co_yield std::move(block);
        }
        auto const end = parquet ? parquet_end : files->stopped_at();
        if (parquet)
            formats.add(format, end - first, inputs[first].name);
        else if (files->texts() > 0)
            formats.add(format, files->texts(), files->first_text());
        at.file = end;
    }
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

recognised_content recognise(input_file const& file, read_options const& options) {
    if (auto const stored = detail::stored_format(file); stored == corpus_format::parquet)
        return detail::content_of("PAR1");
    auto const head = detail::first_bytes(file, options);
    auto found = detail::content_of(head);
    if (found.format == corpus_format::ids) return found;
    detail::refuse_binary(head, file.name);
    if (found.format == corpus_format::lines) detail::refuse_markup(head, file.name);
    return found;
}

bool is_encoded_corpus(input_file const& file) { return detail::stored_format(file) == corpus_format::ids; }

void check_is_text(input_file const& file) {
    auto const head = detail::stored_bytes(file, detail::looked_at_bytes);
    if (recognise_codec(head) == codec::none) detail::refuse_binary(head, file.name);
}

generator<text_block> read_corpus(std::vector<input_file> inputs, corpus_options options) {
    switch (options.format) {
    case corpus_format::automatic: co_yield elements_of(read_by_content(std::move(inputs), std::move(options))); break;
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
