module;
#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.corpora;
import :input_bytes;
import :json_batches;
import :json_record;
import :pair_lines;
import :read_pairs;
import :records;
import wordmill.core;
import wordmill.io;
import wordmill.stream;
import wordmill.text;

namespace wordmill::detail {
namespace {
generator<json_batch> line_batches(std::shared_ptr<input_bytes> files, read_options options) {
    for (auto i = options.from.file; files->belongs(i); ++i) {
        if (is_empty(files->inputs()[i])) continue;
        auto const line = i == options.from.file ? options.from.line : 0;
        co_yield elements_of(
            batches_of(files->read(i), line_gatherer(i, decoding(options, i), line, options.max_record_bytes)));
    }
}

/// A line of a batch.
struct batch_line {
    std::string_view text; ///< without its end
    parsed_record record;
    place where;
    bool above_limit;
    bool cut; ///< the file ends inside it
};

/// Calls `work` with each line of a batch.
template <class Work>
void for_each_line(json_batch const& batch, std::string const& file, std::uint64_t max_bytes, Work const& work) {
    std::string_view const bytes = batch.bytes;
    auto line = batch.line;
    bool const only = batch.too_long > 0; // the beginning of one line
    for (std::size_t begin = 0; begin < bytes.size();) {
        auto const newline = only ? bytes.npos : bytes.find('\n', begin);
        auto const end = std::min(newline, bytes.size());
        auto const next = only ? bytes.size() : std::min(end + 1, bytes.size());
        auto text = bytes.substr(begin, end - begin);
        if (text.ends_with('\r')) text.remove_suffix(1);
        auto const size = only ? batch.too_long : next - begin;
        parsed_record const record{
            .bytes = size, .byte_end = batch.byte + (only ? batch.too_long : next), .line_end = ++line};
        work(batch_line{.text = text,
                        .record = record,
                        .where = {.file = file, .line = line, .byte = batch.byte + begin},
                        .above_limit = only || text.size() > max_bytes,
                        .cut = !only && newline == bytes.npos});
        begin = next;
    }
}

std::vector<std::string> names_of(std::vector<input_file> const& inputs) {
    std::vector<std::string> names;
    for (auto const& input : inputs) names.push_back(input.name);
    return names;
}

/// Splits lines at the separator; this is the parallel stage.
struct split_lines {
    std::vector<std::string> names; ///< of the inputs
    std::string separator;
    utf8_policy utf8;
    std::uint64_t max_record_bytes;
    bool allow_truncated;

    parsed_batch operator()(json_batch batch) const {
        parsed_batch out;
        out.file = batch.file;
        out.restarts = std::move(batch.restarts);
        out.other_bytes = batch.other_bytes;
        for_each_line(batch, names[batch.file], max_record_bytes, [&](batch_line const& line) { add(line, out); });
        return out;
    }

private:
    void add(batch_line const& line, parsed_batch& out) const {
        if (line.text.empty() && !line.above_limit) {
            out.other_bytes += line.record.bytes;
            return;
        }
        if (line.above_limit)
            return refuse(out, line, "a line above the limit",
                          "the limit is " + std::to_string(max_record_bytes) + " bytes; --max-record raises it");
        if (auto fault = line_fault(line.text, utf8); !fault.empty())
            return refuse(out, line, std::move(fault),
                          "--utf8 replace or --utf8 keep accepts it, --on-bad skip drops the pair");
        auto const at = line.text.find(separator);
        if (at == line.text.npos) {
            if (line.cut && allow_truncated) return refuse(out, line, "cut short", "", fate::filtered);
            return refuse(out, line, "pair: expected the separator " + quoted_separator(separator) + ", found none",
                          "--separator names another one");
        }
        auto const target = line.text.substr(at + separator.size());
        if (target.find(separator) != target.npos)
            return refuse(out, line,
                          "pair: expected one separator " + quoted_separator(separator) + ", found two or more",
                          "--separator names another one");
        append(line.text.substr(0, at), out);
        append(target, out);
        auto record = line.record;
        record.text_end = out.text.size();
        if (first_invalid(line.text) != line.text.npos) ++(utf8 == utf8_policy::keep ? out.kept : out.repaired);
        out.records.push_back(record);
    }
    void append(std::string_view side, parsed_batch& out) const {
        auto const begin = out.text.size();
        if (utf8 == utf8_policy::replace)
            append_repaired(out.text, side);
        else
            out.text += side;
        join_lines(out.text, begin); // carriage returns
        out.text += '\n';
    }
    static void refuse(parsed_batch& out, batch_line const& line, std::string reason, std::string hint,
                       fate kind = fate::bad) {
        constexpr std::size_t shown = 256;
        auto record = line.record;
        record.kind = kind;
        record.complaint = static_cast<std::uint32_t>(out.complaints.size());
        out.complaints.push_back({.reason = std::move(reason),
                                  .hint = std::move(hint),
                                  .where = line.where,
                                  .record = std::string(line.above_limit ? line.text.substr(0, shown) : line.text)});
        out.records.push_back(record);
    }
};

/// Every line is a record.
struct keep_lines {
    std::uint64_t max_record_bytes;

    parsed_batch operator()(json_batch batch) const {
        parsed_batch out;
        out.file = batch.file;
        out.restarts = std::move(batch.restarts);
        out.other_bytes = batch.other_bytes;
        for_each_line(batch, {}, max_record_bytes, [&](batch_line const& line) {
            auto const begin = out.text.size();
            out.text += line.above_limit ? too_long_line : line.text;
            join_lines(out.text, begin);
            out.text += '\n';
            auto record = line.record;
            record.text_end = out.text.size();
            out.records.push_back(record);
        });
        return out;
    }
};
}

std::string quoted_separator(std::string_view separator) {
    if (separator == "\t") return "(a tab)";
    std::string text;
    append_json_string(text, separator);
    return text;
}

std::string line_fault(std::string_view line, utf8_policy utf8) {
    if (line == too_long_line) return "a line above the limit";
    if (line.find('\0') != line.npos) return "expected text, found a NUL byte";
    auto const invalid = utf8 == utf8_policy::strict ? first_invalid(line) : line.npos;
    return invalid == line.npos ? std::string()
                                : "expected UTF-8, found " + std::string(name_of(fault_at(line, invalid)));
}

generator<text_block> separated_pairs(std::shared_ptr<input_bytes> files, pair_options options) {
    split_lines stage{.names = names_of(files->inputs()),
                      .separator = options.separator,
                      .utf8 = options.utf8,
                      .max_record_bytes = options.max_record_bytes,
                      .allow_truncated = options.allow_truncated};
    auto const from = resume_at(options.from, files->inputs());
    auto batches = parallel(line_batches(std::move(files), options), std::move(stage), {.threads = options.threads});
    co_yield elements_of(deliver(std::move(batches), options, from, {.name = "pair", .delivers = false}));
}

generator<text_block> every_line(std::vector<input_file> inputs, read_options options) {
    auto files = std::make_shared<input_bytes>(std::move(inputs), options);
    auto const from = resume_at(options.from, files->inputs());
    options.on_bad = bad_data_policy::strict; // there are no bad ones
    options.quarantine_path.clear();
    auto batches = sequential(line_batches(std::move(files), options), keep_lines{options.max_record_bytes});
    co_yield elements_of(deliver(std::move(batches), options, from, {.name = "line", .delivers = false}));
}
}
