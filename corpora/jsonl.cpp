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
import :input_bytes;
import :json_batches;
import :json_record;
import :json_syntax;
import :readers;
import :records;
import wordmill.core;
import wordmill.io;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
namespace {
using detail::fate;
using detail::json_batch;
using detail::json_layout;
using detail::parsed_batch;

/// The layout of a file, also after a resume in its middle.
json_layout layout_of(detail::input_bytes& files, std::uint64_t file, bool inside) {
    auto const head = files.head(file);
    if (inside && !files.inputs()[file].can_reread()) {
        auto const next = detail::without_blanks(head);
        if (next.starts_with(',') || next.starts_with(']')) return json_layout::array;
    }
    auto const layout = detail::json_layout_of(head, files.head_is_all(file));
    return layout == json_layout::none ? json_layout::lines : layout;
}

generator<json_batch> read_batches(std::shared_ptr<detail::input_bytes> files, read_options options) {
    for (auto i = options.from.file; files->belongs(i); ++i) {
        if (detail::is_empty(files->inputs()[i])) continue;
        auto const from = decoding(options, i);
        auto const line = i == options.from.file ? options.from.line : 0;
        auto const layout = layout_of(*files, i, from.byte > 0);
        if (layout == json_layout::lines)
            co_yield elements_of(
                detail::batches_of(files->read(i), detail::line_gatherer(i, from, line, options.max_record_bytes)));
        else
            co_yield elements_of(detail::batches_of(
                files->read(i), detail::value_gatherer(i, from, line, options.max_record_bytes, layout)));
    }
}

/// Parses a batch; this is the parallel stage.
struct parse_records {
    using scratch = std::optional<detail::json_fields>;
    std::vector<std::vector<std::string>> paths;
    std::vector<std::string> names; ///< names of the inputs
    bool repair = false;
    bool allow_cut = false;
    std::uint64_t max_record_bytes = 0;

    parsed_batch operator()(json_batch batch, scratch& parser) const {
        if (!parser) parser.emplace(paths);
        parsed_batch out;
        out.file = batch.file;
        out.restarts = std::move(batch.restarts);
        out.other_bytes = batch.other_bytes;
        auto const size = batch.bytes.size();
        batch.bytes.resize(size + detail::json_record_parser::padding);
        if (batch.of_values)
            parse_values(batch, *parser, out);
        else
            parse_lines(batch, std::string_view(batch.bytes).substr(0, size), *parser, out);
        return out;
    }

private:
    void parse_lines(json_batch const& batch, std::string_view bytes, detail::json_fields& parser,
                     parsed_batch& out) const {
        auto line = batch.line;
        for (std::size_t begin = 0; begin < bytes.size();) {
            auto const newline = bytes.find('\n', begin);
            auto const end = std::min(newline, bytes.size());
            auto const next = std::min(end + 1, bytes.size());
            auto const text = bytes.substr(begin, end - begin);
            detail::parsed_record r{.bytes = batch.too_long > 0 ? batch.too_long : next - begin,
                                    .byte_end = batch.byte + next,
                                    .line_end = ++line};
            if (batch.too_long > 0) r.byte_end = batch.byte + batch.too_long;
            place const where{.file = names[batch.file], .line = line, .byte = batch.byte + begin};
            begin = next;
            if (batch.too_long > 0 || text.size() > max_record_bytes) {
                refuse_long(out, r, "JSON: a line above the limit", where, text);
                if (batch.too_long > 0) break;
                continue;
            }
            if (is_blank(text)) {
                out.other_bytes += r.bytes;
                continue;
            }
            bool const cut = newline == std::string_view::npos && allow_cut;
            auto const* const why_cut = cut ? "cut short" : nullptr;
            if (has_lone_returns(text, parser))
                parse_pieces(out, r, where, text, parser, why_cut);
            else
                parse(out, r, where, trimmed(text), parser, why_cut);
        }
    }
    static std::string_view trimmed(std::string_view text) {
        auto const first = text.find_first_not_of(" \t\r");
        return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
    }
    /// True if the line is several records, each closed by a carriage return: a carriage return may also stand between
    /// the tokens of one record, but never inside a string.
    [[nodiscard]] bool has_lone_returns(std::string_view line, detail::json_fields& parser) const {
        auto const text = trimmed(line);
        if (text.find('\r') == text.npos) return false;
        std::string ignored;
        return !parser.append_text(text, repair, ignored).ok;
    }
    /// The records between the carriage returns of a line; all but the last end before the line does.
    void parse_pieces(parsed_batch& out, detail::parsed_record const& line, place where, std::string_view text,
                      detail::json_fields& parser, char const* why_cut) const {
        auto left = line.bytes;
        for (;;) {
            auto const end = text.find('\r');
            auto const next = end == text.npos ? text.size() : end + 1;
            bool const last = is_blank(text.substr(next));
            auto r = line;
            r.bytes = last ? left : next;
            left -= r.bytes;
            r.byte_end = line.byte_end - left;
            if (!last) --r.line_end;
            auto const piece = text.substr(0, end);
            if (is_blank(piece))
                out.other_bytes += r.bytes;
            else
                parse(out, r, where, trimmed(piece), parser, last ? why_cut : nullptr);
            if (last) return;
            where.byte = *where.byte + next;
            text.remove_prefix(next);
        }
    }
    static bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r") == text.npos; }
    void parse_values(json_batch const& batch, detail::json_fields& parser, parsed_batch& out) const {
        for (auto const& value : batch.values) {
            auto const text = std::string_view(batch.bytes).substr(value.begin, value.size);
            detail::parsed_record const r{
                .bytes = value.byte_end - value.byte, .byte_end = value.byte_end, .line_end = value.line_end};
            place const where{.file = names[batch.file], .line = value.line, .byte = value.byte};
            if (r.bytes > max_record_bytes)
                refuse_long(out, r, "JSON: a record above the limit", where, text);
            else if (value.fault)
                refuse(out, r,
                       {.reason = value.cut && allow_cut ? "cut short" : value.fault,
                        .hint = value.cut ? "the file is truncated; --allow-truncated keeps what is there" : "",
                        .where = where,
                        .record = std::string(text)},
                       value.cut && allow_cut ? fate::filtered : fate::bad);
            else
                parse(out, r, where, text, parser, nullptr);
        }
    }
    /// `cut_reason`, if any, is the reason for a record that is not whole.
    void parse(parsed_batch& out, detail::parsed_record r, place const& where, std::string_view text,
               detail::json_fields& parser, char const* cut_reason) const {
        auto const outcome = parser.append_text(text, repair, out.text);
        if (outcome.ok) {
            r.text_end = out.text.size();
            out.duplicate_fields += outcome.duplicate ? 1 : 0;
            out.repaired += outcome.repaired ? 1 : 0;
            out.records.push_back(r);
            return;
        }
        refuse(out, r,
               {.reason = cut_reason ? cut_reason : std::string(outcome.reason),
                .hint = std::string(outcome.hint),
                .where = where,
                .record = std::string(text)},
               cut_reason ? fate::filtered : fate::bad);
    }
    void refuse_long(parsed_batch& out, detail::parsed_record const& r, char const* reason, place const& where,
                     std::string_view text) const {
        refuse(out, r,
               {.reason = reason,
                .hint = "the limit is " + std::to_string(max_record_bytes) + " bytes; --max-record raises it",
                .where = where,
                .record = std::string(text.substr(0, 256))});
    }
    static void refuse(parsed_batch& out, detail::parsed_record r, detail::complaint why, fate kind = fate::bad) {
        r.kind = kind;
        r.complaint = static_cast<std::uint32_t>(out.complaints.size());
        out.complaints.push_back(std::move(why));
        out.records.push_back(r);
    }
};
}

generator<text_block> detail::json_of(std::shared_ptr<input_bytes> files, jsonl_options options,
                                      std::vector<std::string> more, record_unit unit) {
    if (options.utf8 == utf8_policy::keep)
        throw error(failure::usage, "JSON lines: expected the UTF-8 policy strict or replace, found keep");
    std::vector<std::vector<std::string>> paths{field_path(options.field)};
    for (auto const& field : more) paths.push_back(field_path(field));
    parse_records stage{.paths = std::move(paths),
                        .names = {},
                        .repair = options.utf8 == utf8_policy::replace,
                        .allow_cut = options.allow_truncated,
                        .max_record_bytes = options.max_record_bytes};
    for (auto const& file : files->inputs()) stage.names.push_back(file.name);
    auto const from = resume_at(options.from, files->inputs());
    auto batches = parallel(read_batches(std::move(files), options), std::move(stage), {.threads = options.threads});
    co_yield elements_of(deliver(std::move(batches), options, from, unit));
}

generator<text_block> read_jsonl(std::vector<input_file> inputs, jsonl_options options) {
    auto files = std::make_shared<detail::input_bytes>(std::move(inputs), options);
    co_yield elements_of(detail::json_of(std::move(files), std::move(options), {}, {}));
}
}
