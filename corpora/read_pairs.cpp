module;
#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.corpora;
import :input_bytes;
import :json_batches;
import :read_pairs;
import :records;
import wordmill.core;
import wordmill.io;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
namespace {
using detail::json_batch;
using detail::restart_point;

/// Lines of one file, or as many lines of two files.
struct line_batch {
    json_batch source{};
    json_batch target{}; ///< only of parallel files
};

struct side_end {
    std::uint64_t byte = 0;
    std::uint64_t line = 0;
};

/// A pair, or why there is none.
struct parsed_pair {
    std::size_t source_end = 0; ///< in `parsed_pairs::text`
    std::size_t target_end = 0;
    std::uint64_t bytes = 0;
    side_end source{}; ///< just after its line
    side_end target{};
    std::optional<std::uint32_t> complaint{};
};

struct parsed_pairs {
    std::uint64_t file = 0;
    std::string text{};
    std::vector<parsed_pair> pairs{};
    std::vector<detail::complaint> complaints{};
    std::vector<restart_point> restarts{};
    std::vector<restart_point> target_restarts{};
    std::uint64_t other_bytes = 0;
    std::uint64_t repaired = 0;
    std::uint64_t kept = 0; ///< invalid UTF-8
    bool parallel = false;
};

/// One line of a batch, and where it ends.
struct taken_line {
    std::string_view text;
    place where;
    std::uint64_t bytes = 0;
    side_end end{};
    bool too_long = false;
    bool closed = true; ///< by a line end
};

/// The lines of a batch, one by one.
class line_walk {
public:
    line_walk(json_batch const& batch, std::string const& name) : batch_(batch), name_(name), line_(batch.line) {}
    [[nodiscard]] bool more() const { return at_ < batch_.bytes.size(); }
    taken_line next() {
        auto const bytes = std::string_view(batch_.bytes);
        auto const newline = bytes.find('\n', at_);
        auto const end = std::min(newline, bytes.size());
        auto const next = std::min(end + 1, bytes.size());
        taken_line out{.text = bytes.substr(at_, end - at_),
                       .where = {.file = name_, .line = ++line_, .byte = batch_.byte + at_},
                       .bytes = next - at_,
                       .end = {batch_.byte + next, line_},
                       .closed = newline != bytes.npos};
        at_ = next;
        if (batch_.too_long > 0) { // a batch of one line, of which only the beginning is there
            out.too_long = true;
            out.bytes = batch_.too_long;
            out.end.byte = batch_.byte + batch_.too_long;
            at_ = bytes.size();
        }
        if (out.text.ends_with('\r')) out.text.remove_suffix(1);
        return out;
    }

private:
    json_batch const& batch_;
    std::string const& name_;
    std::uint64_t line_;
    std::size_t at_ = 0;
};

/// Checks lines and splits them; this is the parallel stage.
struct parse_pairs {
    std::vector<std::string> sources; ///< names of the files
    std::vector<std::string> targets; ///< of parallel files
    std::string separator;
    utf8_policy utf8 = utf8_policy::strict;
    std::uint64_t max_record_bytes = 0;

    parsed_pairs operator()(line_batch batch) const {
        parsed_pairs out;
        out.file = batch.source.file;
        out.restarts = std::move(batch.source.restarts);
        out.target_restarts = std::move(batch.target.restarts);
        out.other_bytes = batch.source.other_bytes + batch.target.other_bytes;
        out.parallel = !targets.empty();
        line_walk source(batch.source, sources[out.file]);
        if (!out.parallel) {
            while (source.more()) add_separated(out, source.next());
            return out;
        }
        line_walk target(batch.target, targets[out.file]);
        while (source.more()) add_parallel(out, source.next(), target.next());
        return out;
    }

private:
    void add_separated(parsed_pairs& out, taken_line const& line) const {
        parsed_pair pair{.bytes = line.bytes, .source = line.end};
        auto const begin = out.text.size();
        auto const first = line.text.find(separator);
        if (first == line.text.npos && !line.too_long && line.text.find_first_not_of(" \t") == line.text.npos) {
            out.other_bytes += line.bytes;
            return;
        }
        auto why = append(out, line);
        if (!why) {
            auto const text = std::string_view(out.text).substr(begin);
            auto const at = text.find(separator);
            auto const after = at + separator.size();
            auto const hint = "the separator is '" + escaped(separator) + "'";
            if (at == text.npos)
                why = complaint_of(line, "expected one separator in the line, found none", hint);
            else if (text.find(separator, after) != text.npos)
                why = complaint_of(line, "expected one separator in the line, found more", hint);
            else {
                out.text.erase(begin + at, separator.size());
                pair.source_end = begin + at;
                pair.target_end = out.text.size();
            }
        }
        finish(out, std::move(pair), std::move(why), begin);
    }
    void add_parallel(parsed_pairs& out, taken_line const& source, taken_line const& target) const {
        parsed_pair pair{.bytes = source.bytes + target.bytes, .source = source.end, .target = target.end};
        auto const begin = out.text.size();
        auto why = append(out, source);
        pair.source_end = out.text.size();
        if (!why) why = append(out, target);
        pair.target_end = out.text.size();
        if (why)
            why->record = std::string(source.text.substr(0, 4096)) + "\t" + std::string(target.text.substr(0, 4096));
        finish(out, std::move(pair), std::move(why), begin);
    }
    static void finish(parsed_pairs& out, parsed_pair pair, std::optional<detail::complaint> why, std::size_t begin) {
        if (why) {
            out.text.resize(begin);
            pair.complaint = static_cast<std::uint32_t>(out.complaints.size());
            out.complaints.push_back(std::move(*why));
        }
        out.pairs.push_back(std::move(pair));
    }
    static detail::complaint complaint_of(taken_line const& line, std::string reason, std::string hint) {
        return {.reason = std::move(reason),
                .hint = std::move(hint),
                .where = line.where,
                .record = std::string(line.text)};
    }
    static std::string escaped(std::string const& text) { return text == "\t" ? "\\t" : text; }

    /// Appends the text of a line, or says why not.
    std::optional<detail::complaint> append(parsed_pairs& out, taken_line const& line) const {
        if (line.too_long || line.text.size() > max_record_bytes) {
            auto why =
                complaint_of(line, "a line above the limit",
                             "the limit is " + std::to_string(max_record_bytes) + " bytes; --max-record raises it");
            why.record.resize(std::min<std::size_t>(why.record.size(), 256));
            return why;
        }
        if (line.text.find('\0') != line.text.npos)
            return complaint_of(line, "expected text, found a NUL byte",
                                "binary data and other encodings are not text");
        auto const invalid = first_invalid(line.text);
        if (invalid == std::string_view::npos || utf8 == utf8_policy::keep) {
            out.kept += invalid == std::string_view::npos ? 0 : 1;
            out.text += line.text;
        } else if (utf8 == utf8_policy::replace) {
            ++out.repaired;
            append_repaired(out.text, line.text);
        } else {
            auto why = complaint_of(line, "expected UTF-8, found " + std::string(name_of(fault_at(line.text, invalid))),
                                    "--utf8 replace or --utf8 keep accepts it, --on-bad skip drops the pair");
            why.where.byte = *why.where.byte + invalid;
            return why;
        }
        return std::nullopt;
    }
};

/// Batches of whole lines of one file.
generator<json_batch> lines_of_file(std::shared_ptr<detail::input_bytes> files, std::uint64_t i, read_options options) {
    if (detail::is_empty(files->inputs()[i])) co_return;
    detail::line_gatherer gatherer(i, decoding(options, i), i == options.from.file ? options.from.line : 0,
                                   options.max_record_bytes);
    detail::patient<byte_block> blocks(files->read(i));
    while (auto* block = blocks.next()) {
        gatherer.add(*block);
        if (gatherer.complete()) co_yield gatherer.take(false);
    }
    // After an error the whole lines before it are still valid; the incomplete one after them is not.
    co_yield gatherer.take(!blocks.failed());
    blocks.rethrow();
}

generator<line_batch> separated_lines(std::shared_ptr<detail::input_bytes> files, read_options options) {
    for (auto i = options.from.file; files->belongs(i); ++i)
        for (auto&& lines : lines_of_file(files, i, options)) co_yield line_batch{.source = std::move(lines)};
}

/// One file of two, whose lines are taken in equal numbers.
class side_lines {
public:
    explicit side_lines(generator<json_batch> lines, std::uint64_t line) : lines_(std::move(lines)), line_(line) {}

    /// False at the end, and at an error.
    bool more() {
        while (left_ == 0) {
            auto* const next = lines_.next();
            if (!next) return false;
            other_bytes_ += std::exchange(next->other_bytes, 0);
            batch_ = std::move(*next);
            left_ = batch_.too_long > 0
                        ? 1
                        : count_newlines(batch_.bytes) + (batch_.bytes.empty() || batch_.bytes.ends_with('\n') ? 0 : 1);
            line_ = batch_.line + left_;
        }
        return true;
    }
    [[nodiscard]] std::uint64_t left() const { return left_; }
    /// Lines of the file, when there is no more; otherwise so far.
    [[nodiscard]] std::uint64_t line() const { return line_; }
    [[nodiscard]] std::uint64_t take_other_bytes() { return std::exchange(other_bytes_, 0); }
    void rethrow() const { lines_.rethrow(); }

    json_batch take(std::uint64_t count) {
        json_batch out{.file = batch_.file,
                       .byte = batch_.byte,
                       .line = batch_.line,
                       .too_long = batch_.too_long,
                       .other_bytes = take_other_bytes(),
                       .restarts = batch_.restarts};
        std::size_t end = 0;
        if (count == left_)
            end = batch_.bytes.size();
        else
            for (auto n = count; n > 0; --n) end = batch_.bytes.find('\n', end) + 1;
        out.bytes = batch_.bytes.substr(0, end);
        batch_.bytes.erase(0, end);
        batch_.byte += end;
        batch_.line += count;
        left_ -= count;
        return out;
    }

    void drop() { left_ = 0; }

private:
    detail::patient<json_batch> lines_;
    json_batch batch_{};
    std::uint64_t left_ = 0;
    std::uint64_t line_;
    std::uint64_t other_bytes_ = 0;
};

generator<line_batch> parallel_lines(std::shared_ptr<detail::input_bytes> sources,
                                     std::shared_ptr<detail::input_bytes> targets, read_options source_options,
                                     read_options target_options) {
    for (auto i = source_options.from.file; sources->belongs(i) && targets->belongs(i); ++i) {
        auto const line_in = [i](read_options const& o) { return i == o.from.file ? o.from.line : 0; };
        side_lines source(lines_of_file(sources, i, source_options), line_in(source_options));
        side_lines target(lines_of_file(targets, i, target_options), line_in(target_options));
        bool more_sources = false;
        bool more_targets = false;
        for (;;) {
            more_sources = source.more();
            more_targets = target.more();
            if (!more_sources || !more_targets) break;
            auto const count = std::min(source.left(), target.left());
            auto lines = source.take(count);
            co_yield line_batch{.source = std::move(lines), .target = target.take(count)};
        }
        if (!more_sources) source.rethrow();
        if (!more_targets) target.rethrow();
        if (!more_sources && !more_targets) {
            line_batch rest; // byte-order marks of files without lines
            rest.source.file = i;
            rest.source.other_bytes = source.take_other_bytes() + target.take_other_bytes();
            if (rest.source.other_bytes > 0) co_yield std::move(rest);
            continue;
        }
        while (source.more()) source.drop();
        while (target.more()) target.drop();
        source.rethrow();
        target.rethrow();
        auto const& ended = more_sources ? targets->name(i) : sources->name(i);
        throw error(failure::bad_data,
                    "parallel files: expected as many lines in '" + targets->name(i) + "' as in '" + sources->name(i)
                        + "', found " + format_count(target.line()) + " and " + format_count(source.line()) + "; '"
                        + ended + "' ended first",
                    {}, "line n of one file must belong to line n of the other");
    }
}

/// Moves a position past the restart points up to `byte_end`.
void advance(position& at, side_end const& end, std::vector<restart_point> const& restarts, std::size_t& current) {
    while (current + 1 < restarts.size() && restarts[current + 1].byte <= end.byte) ++current;
    if (current < restarts.size()) {
        at.restart = restarts[current].stored;
        at.restart_byte = restarts[current].byte;
    }
    at.byte = end.byte;
    at.line = end.line;
}

/// Applies the policy to pairs in order, counts them and collects them in blocks. An error is thrown after the pairs
/// before it.
generator<text_pair_block> deliver_pairs(generator<parsed_pairs> batches, read_options options, position at) {
    bad_records bad(options, "pair");
    detail::patient<parsed_pairs> source(std::move(batches));
    std::exception_ptr problem;
    text_pair_block block;
    auto const begin_block = [&] {
        block = {};
        block.start = at;
        block.index = at.block;
        block.first_sentence = at.state;
    };
    at.skip = 0;
    begin_block();
    while (auto const* batch = source.next()) {
        std::size_t source_restart = 0;
        std::size_t target_restart = 0;
        std::size_t begin = 0;
        std::uint64_t delivered_bytes = 0;
        if (at.file != batch->file)
            at = position{.file = batch->file,
                          .record = at.record,
                          .block = at.block,
                          .state = at.state,
                          .fingerprint = at.fingerprint};
        options.counts.note("invalid UTF-8 replaced", batch->repaired);
        options.counts.note("invalid UTF-8 kept", batch->kept);
        options.counts.drop("byte", "between records", batch->other_bytes);
        bad.count_read(batch->pairs.size());
        for (auto const& pair : batch->pairs) {
            if (pair.complaint) {
                auto const& why = batch->complaints[*pair.complaint];
                try {
                    bad.report(why.where, why.reason, why.record, why.hint);
                } catch (...) {
                    problem = std::current_exception();
                    break;
                }
                options.counts.drop("byte", why.reason, pair.bytes, why.where);
            } else {
                auto const text = std::string_view(batch->text);
                auto const source_size = static_cast<std::uint32_t>(pair.source_end - begin);
                block.text += text.substr(begin, pair.target_end - begin);
                auto const target_end = static_cast<std::uint32_t>(block.text.size());
                block.ends.push_back(target_end - static_cast<std::uint32_t>(pair.target_end - begin) + source_size);
                block.ends.push_back(target_end);
                begin = pair.target_end;
                delivered_bytes += pair.bytes;
                ++at.state;
            }
            ++at.record;
            if (batch->parallel) {
                at.inner.resize(2);
                at.inner[0].file = at.inner[1].file = at.file;
                advance(at.inner[0], pair.source, batch->restarts, source_restart);
                advance(at.inner[1], pair.target, batch->target_restarts, target_restart);
            } else {
                advance(at, pair.source, batch->restarts, source_restart);
            }
            if (block.text.size() + block.ends.size() < options.block_bytes) continue;
            if (block.ends.empty()) continue;
            ++at.block;
            block.next = at;
            co_yield std::move(block);
            begin_block();
        }
        options.counts.deliver("byte", delivered_bytes);
        if (problem) break;
    }
    if (!block.ends.empty()) {
        ++at.block;
        block.next = at;
        co_yield std::move(block);
    }
    if (problem) std::rethrow_exception(problem);
    source.rethrow();
    bad.finish();
}

pair_layout layout_of(std::vector<input_file> const& inputs, detail::input_bytes& files, pair_options const& options) {
    if (options.layout != pair_layout::automatic) return options.layout;
    std::uint64_t first = 0;
    while (first < inputs.size() && detail::is_empty(inputs[first])) ++first;
    if (first == inputs.size()) return pair_layout::separated;
    if (!inputs[first].can_reread() && inputs.size() > 1)
        throw error(failure::usage, "pairs: the layout of several inputs is found in the first one, which is a pipe",
                    {.file = inputs[first].name}, "name the layout");
    auto const head = inputs[first].can_reread() ? detail::first_bytes(inputs[first], options, std::size_t{1} << 16)
                                                 : std::string(files.head(first));
    if (head.substr(0, head.find('\n')).find(options.separator) != head.npos) return pair_layout::separated;
    if (inputs.size() % 2 == 0) return pair_layout::parallel;
    throw error(failure::bad_data,
                "pairs: expected the separator '" + (options.separator == "\t" ? "\\t" : options.separator)
                    + "' in the first line, or as many files of targets as of sources, found neither in "
                    + std::to_string(inputs.size()) + (inputs.size() == 1 ? " file" : " files"),
                {.file = inputs[first].name, .line = 1}, "name the separator, or give the file of the targets too");
}
}

generator<text_pair_block> read_pairs(std::vector<input_file> inputs, pair_options options) {
    expect(options.block_bytes > 0, "read_pairs: block_bytes must be positive");
    if (options.separator.empty() || options.separator.find('\n') != std::string::npos)
        throw error(failure::usage,
                    "pairs: expected a separator without line breaks, found "
                        + std::string(options.separator.empty() ? "an empty one" : "one with a line break"));
    auto const from = detail::resume_at(options.from, inputs);
    auto const files = std::make_shared<detail::input_bytes>(inputs, options);
    parse_pairs stage{.sources = {},
                      .targets = {},
                      .separator = options.separator,
                      .utf8 = options.utf8,
                      .max_record_bytes = options.max_record_bytes};
    for (auto const& file : inputs) stage.sources.push_back(file.name);
    if (layout_of(inputs, *files, options) == pair_layout::separated) {
        auto batches = parallel(separated_lines(files, options), std::move(stage), {.threads = options.threads});
        co_yield elements_of(deliver_pairs(std::move(batches), options, from));
        co_return;
    }
    auto const half = inputs.size() / 2;
    if (inputs.size() % 2 != 0)
        throw error(failure::usage, "parallel files: expected as many files of targets as of sources, found "
                                        + std::to_string(inputs.size()) + " files");
    stage.targets.assign(stage.sources.begin() + static_cast<std::ptrdiff_t>(half), stage.sources.end());
    read_options source_options = options;
    source_options.memory_bytes /= 2;
    source_options.from = options.from.child(0);
    source_options.from.file = options.from.file;
    auto target_options = source_options;
    target_options.from = options.from.child(1);
    target_options.from.file = options.from.file;
    auto const middle = inputs.begin() + static_cast<std::ptrdiff_t>(half);
    auto sources = std::make_shared<detail::input_bytes>(std::vector(inputs.begin(), middle), source_options);
    auto targets = std::make_shared<detail::input_bytes>(std::vector(middle, inputs.end()), target_options);
    auto batches = parallel(parallel_lines(std::move(sources), std::move(targets), source_options, target_options),
                            std::move(stage), {.threads = options.threads});
    co_yield elements_of(deliver_pairs(std::move(batches), options, from));
}
}
