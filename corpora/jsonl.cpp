module;
#include <algorithm>
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
import :encoding;
import :json_record;
import :records;
import wordmill.core;
import wordmill.io;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
namespace {
using detail::fate;
using detail::parsed_batch;

constexpr std::size_t batch_bytes = std::size_t{256} << 10;

/// Whole lines of one file, as stored. The result does not depend on where batches end.
struct line_batch {
    std::string bytes{}; ///< lines; without the padding that the parser needs after them
    std::uint64_t file = 0;
    std::uint64_t byte = 0;       ///< decoded offset of bytes[0]
    std::uint64_t line = 0;       ///< lines of the file before it
    std::uint64_t too_long = 0;   ///< if not 0, the batch is the beginning of one line of that many bytes
    std::uint64_t mark_bytes = 0; ///< length of a byte-order mark before bytes[0]
    std::vector<detail::restart_point> restarts{};
};

/// Cuts the bytes of one file into batches of whole lines.
class line_gatherer {
public:
    line_gatherer(std::uint64_t file, byte_options const& from, std::uint64_t line, std::uint64_t max_line_bytes)
        : max_line_bytes_(max_line_bytes) {
        pending_.file = file;
        pending_.byte = from.byte;
        pending_.line = line;
        pending_.restarts.push_back({from.restart, from.restart_byte});
    }

    void add(byte_block& block, std::string const& name) {
        if (block.byte == 0) {
            pending_.mark_bytes = detail::check_encoding(block.bytes, name);
            block.bytes.erase(0, pending_.mark_bytes);
            pending_.byte += pending_.mark_bytes;
        }
        detail::restart_point const restart{block.restart, block.restart_byte};
        if (pending_.restarts.back() != restart) pending_.restarts.push_back(restart);
        std::string_view bytes = block.bytes;
        if (pending_.too_long > 0) { // inside a line that will be refused: only its length matters
            auto const end = bytes.find('\n');
            auto const skipped = end == bytes.npos ? bytes.size() : end + 1;
            pending_.too_long += skipped;
            bytes.remove_prefix(skipped);
            if (end == std::string_view::npos) return;
            rest_ = bytes;
            complete_ = true;
            return;
        }
        auto const end = bytes.rfind('\n');
        if (end != std::string_view::npos) whole_ = pending_.bytes.size() + end + 1;
        pending_.bytes += bytes;
        // A long tail is moved away from the whole lines before it, so that its length can be judged.
        if (whole_ >= batch_bytes || (whole_ > 0 && pending_.bytes.size() - whole_ > batch_bytes)) {
            rest_ = pending_.bytes.substr(whole_);
            pending_.bytes.resize(whole_);
            complete_ = true;
        } else if (whole_ == 0 && pending_.bytes.size() > max_line_bytes_) {
            pending_.too_long = pending_.bytes.size();
            pending_.bytes.resize(std::min<std::size_t>(pending_.bytes.size(), 256));
            pending_.bytes.shrink_to_fit();
        }
    }
    [[nodiscard]] bool complete() const { return complete_; }
    [[nodiscard]] bool empty() const { return pending_.bytes.empty() && pending_.mark_bytes == 0; }
    /// The bytes before the unfinished last line; at the end of the file, that line too.
    line_batch take(bool at_end) {
        if (!complete_ && !at_end && pending_.too_long == 0) {
            rest_ = pending_.bytes.substr(whole_);
            pending_.bytes.resize(whole_);
        }
        auto out = std::move(pending_);
        pending_ = {};
        pending_.file = out.file;
        pending_.byte = out.byte + (out.too_long > 0 ? out.too_long : out.bytes.size());
        pending_.line = out.line + (out.too_long > 0 ? 1 : count_newlines(out.bytes));
        pending_.restarts.push_back(out.restarts.back());
        pending_.bytes = std::exchange(rest_, {});
        auto const end = pending_.bytes.rfind('\n');
        whole_ = end == std::string::npos ? 0 : end + 1;
        complete_ = false;
        return out;
    }

private:
    line_batch pending_;
    std::string rest_;
    std::size_t whole_ = 0; ///< bytes of `pending_` up to its last line end
    bool complete_ = false;
    std::uint64_t max_line_bytes_;
};

generator<line_batch> read_batches(std::vector<input_file> inputs, read_options options) {
    auto files = decoding(inputs, options);
    for (auto i = options.from.file; i < inputs.size(); ++i) {
        auto const from = decoding(options, i);
        line_gatherer lines(i, from, i == options.from.file ? options.from.line : 0, options.max_record_bytes);
        detail::patient<byte_block> blocks(files.read(i));
        while (auto* block = blocks.next()) {
            lines.add(*block, inputs[i].name);
            if (lines.complete()) co_yield lines.take(false);
        }
        // After an error the whole lines before it are still valid; the incomplete line after them is not.
        bool const failed = blocks.failed();
        if (!lines.empty()) co_yield lines.take(!failed);
        blocks.rethrow();
    }
}

/// Parses a batch; this is the parallel stage.
struct parse_lines {
    using scratch = std::optional<detail::json_record_parser>;
    std::vector<std::string> path;
    std::vector<std::string> names; ///< names of the inputs
    bool repair = false;
    bool allow_cut = false;
    std::uint64_t max_line_bytes = 0;

    parsed_batch operator()(line_batch batch, scratch& parser) const {
        if (!parser) parser.emplace(path);
        parsed_batch out;
        out.file = batch.file;
        out.restarts = std::move(batch.restarts);
        out.other_bytes = batch.mark_bytes;
        auto const size = batch.bytes.size();
        batch.bytes.resize(size + detail::json_record_parser::padding);
        auto const bytes = std::string_view(batch.bytes).substr(0, size);
        auto line = batch.line;
        for (std::size_t begin = 0; begin < size;) {
            auto const newline = bytes.find('\n', begin);
            auto const end = std::min(newline, size);
            auto const next = std::min(end + 1, size);
            auto text = bytes.substr(begin, end - begin);
            detail::parsed_record r{.bytes = batch.too_long > 0 ? batch.too_long : next - begin,
                                    .byte_end = batch.byte + next,
                                    .line_end = ++line};
            if (batch.too_long > 0) r.byte_end = batch.byte + batch.too_long;
            auto const first = text.find_first_not_of(" \t\r");
            place const where{.file = names[batch.file], .line = line, .byte = batch.byte + begin};
            begin = next;
            if (batch.too_long > 0 || text.size() > max_line_bytes) {
                refuse(out, r,
                       {.reason = "JSON: a line above the limit",
                        .hint = "the limit is " + std::to_string(max_line_bytes) + " bytes; --max-record raises it"
                                + (text.starts_with('[') ? array_hint : ""),
                        .where = where,
                        .record = std::string(text.substr(0, 256))});
                if (batch.too_long > 0) break;
                continue;
            }
            if (first == std::string_view::npos) {
                out.other_bytes += r.bytes;
                continue;
            }
            text = text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
            auto const outcome = parser->append_text(text, repair, out.text);
            if (outcome.ok) {
                r.text_end = out.text.size();
                out.duplicate_fields += outcome.duplicate ? 1 : 0;
                out.repaired += outcome.repaired ? 1 : 0;
                out.records.push_back(r);
                continue;
            }
            bool const cut = newline == std::string_view::npos && allow_cut;
            refuse(out, r,
                   {.reason = cut ? "cut short" : std::string(outcome.reason),
                    .hint = std::string(outcome.hint),
                    .where = where,
                    .record = std::string(text)},
                   cut ? fate::filtered : fate::bad);
        }
        return out;
    }

private:
    static constexpr char const* array_hint = "; a file that is one JSON array is converted with: jq -c '.[]'";

    static void refuse(parsed_batch& out, detail::parsed_record r, detail::complaint why, fate kind = fate::bad) {
        r.kind = kind;
        r.complaint = static_cast<std::uint32_t>(out.complaints.size());
        out.complaints.push_back(std::move(why));
        out.records.push_back(r);
    }
};
}

generator<text_block> read_jsonl(std::vector<input_file> inputs, jsonl_options options) {
    if (options.utf8 == utf8_policy::keep)
        throw error(failure::usage, "JSON lines: expected the UTF-8 policy strict or replace, found keep");
    parse_lines stage{.path = detail::field_path(options.field),
                      .names = {},
                      .repair = options.utf8 == utf8_policy::replace,
                      .allow_cut = options.allow_truncated,
                      .max_line_bytes = options.max_record_bytes};
    for (auto const& file : inputs) stage.names.push_back(file.name);
    auto const from = detail::resume_at(options.from, inputs);
    auto batches = parallel(read_batches(std::move(inputs), options), std::move(stage), {.threads = options.threads});
    co_yield elements_of(detail::deliver(std::move(batches), options, from));
}
}
