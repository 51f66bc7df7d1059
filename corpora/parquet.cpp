module;
#include "parquet_column.hpp"

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
import :records;
import wordmill.core;
import wordmill.io;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
namespace {
using detail::fate;
using detail::parquet_fault;
using detail::parsed_batch;

constexpr std::size_t batch_bytes = std::size_t{256} << 10;
constexpr std::size_t batch_rows = 4096;

failure kind_of(parquet_fault fault) {
    switch (fault) {
    case parquet_fault::memory: return failure::resource;
    case parquet_fault::io: return failure::io;
    case parquet_fault::unavailable: return failure::unavailable;
    case parquet_fault::bad_data: break;
    }
    return failure::bad_data;
}

/// Gives the errors of the reader the name of the file.
template <class Body> auto named(std::string const& file, Body body) {
    try {
        return body();
    } catch (detail::parquet_error const& e) {
        throw error(kind_of(e.fault()), std::string("Parquet: ") + e.what(), place{.file = file, .byte = e.byte()},
                    e.hint());
    }
}

std::shared_ptr<detail::parquet_file const> open(input_file const& input, std::uint64_t memory_bytes) {
    if (!input.can_reread())
        throw error(failure::usage, "Parquet: expected a regular file, found a pipe", place{.file = input.name},
                    "the footer of a Parquet file is at its end");
    return named(input.name, [&] { return detail::open_parquet(input.name, memory_bytes); });
}

/// A row group that is to be read.
struct row_group {
    std::shared_ptr<detail::parquet_file const> parquet;
    std::string name; ///< of the file
    std::uint64_t file = 0;
    int column = 0;
    int group = 0;
    std::uint64_t first_row = 0; ///< its number in the file
    std::uint64_t skip = 0;      ///< rows of the group that were already delivered
    std::uint64_t stored = 0;    ///< its share of the bytes of the file, for the percentage done
};

/// Parses the rows of a row group, a batch at a time.
class row_parser {
public:
    row_parser(row_group from, read_options const& options)
        : from_(std::move(from)),
          max_record_bytes_(options.max_record_bytes),
          utf8_(options.utf8),
          row_(from_.first_row) {}

    /// The next rows; nothing at the end. An error comes after the rows before it.
    std::optional<parsed_batch> next() {
        if (problem_) std::rethrow_exception(problem_);
        parsed_batch out{.file = from_.file};
        try {
            named(from_.name, [&] { read_rows(out); });
        } catch (...) {
            if (out.records.empty()) throw;
            problem_ = std::current_exception();
        }
        if (out.records.empty()) return std::nullopt;
        return out;
    }

private:
    void read_rows(parsed_batch& out) {
        if (!rows_) {
            rows_ = from_.parquet->read(from_.column, from_.group);
            for (std::uint64_t i = 0; i < from_.skip && rows_->next(); ++i) ++row_;
        }
        while (out.text.size() < batch_bytes && out.records.size() < batch_rows && rows_->next())
            add(out, rows_->text());
        auto const left_out = rows_->null_elements();
        out.left_out = left_out - std::exchange(left_out_, left_out);
    }
    void add(parsed_batch& out, std::optional<std::string_view> text) {
        detail::parsed_record r{.line_end = ++row_};
        detail::complaint why{};
        if (!text) {
            why.reason = "Parquet: null";
            why.hint = "--on-bad skip leaves such rows out and counts them";
        } else if (text->size() > max_record_bytes_) {
            why.reason = "Parquet: a string above the limit";
            why.hint = "the limit is " + std::to_string(max_record_bytes_) + " bytes; --max-record raises it";
        } else if (utf8_ == utf8_policy::keep || valid_utf8(*text)) {
            out.text += *text;
        } else if (utf8_ == utf8_policy::replace) {
            append_repaired(out.text, *text);
            ++out.repaired;
        } else {
            why.reason = "Parquet: invalid UTF-8";
        }
        if (!why.reason.empty()) {
            r.kind = fate::bad;
            r.complaint = static_cast<std::uint32_t>(out.complaints.size());
            why.where = {.file = from_.name, .line = row_};
            if (text) why.record = text->substr(0, 4096);
            out.complaints.push_back(std::move(why));
        }
        r.text_end = out.text.size();
        out.records.push_back(r);
    }

    row_group from_;
    std::uint64_t max_record_bytes_;
    utf8_policy utf8_;
    std::unique_ptr<detail::parquet_rows> rows_{};
    std::uint64_t row_; ///< rows of the file before the next one
    std::uint64_t left_out_ = 0;
    std::exception_ptr problem_{};
};

/// The beginning of a row group, parsed, and the parser of the rest.
struct parsed_group {
    std::vector<parsed_batch> batches{};
    std::optional<row_parser> rest{};
    std::exception_ptr problem{}; ///< after the batches
    std::uint64_t stored = 0;
};

/// Parses the first `ahead_bytes` of a row group; this is the parallel stage. The size of a row group is known only
/// when it is decoded, and may be larger than memory.
struct parse_group {
    read_options options;
    std::uint64_t ahead_bytes = 0;

    parsed_group operator()(row_group from) const {
        parsed_group out{.stored = from.stored};
        out.rest.emplace(std::move(from), options);
        try {
            for (std::uint64_t bytes = 0; bytes < ahead_bytes;) {
                auto batch = out.rest->next();
                if (!batch) {
                    out.rest.reset();
                    break;
                }
                bytes += batch->text.size() + batch->records.size() * sizeof(detail::parsed_record);
                out.batches.push_back(std::move(*batch));
            }
        } catch (...) {
            out.problem = std::current_exception();
        }
        return out;
    }
};

generator<row_group> read_groups(std::vector<input_file> inputs, parquet_options options) {
    for (auto i = options.from.file; i < inputs.size(); ++i) {
        auto const& input = inputs[i];
        if (input.can_reread() && input.bytes == 0) { // such as _SUCCESS in a folder that Spark wrote
            options.counts.note("empty file without a Parquet footer skipped", 1, place{.file = input.name});
            continue;
        }
        auto const parquet = open(input, options.memory_bytes);
        auto const column = named(input.name, [&] { return parquet->find_column(options.column); });
        auto const groups = parquet->row_groups();
        auto const first = i == options.from.file ? options.from.line : 0; // earlier rows were already delivered
        std::uint64_t row = 0;
        std::uint64_t reported = 0;
        for (int group = 0; group < groups; ++group) {
            options.watch.check();
            auto const rows = named(input.name, [&] { return parquet->rows(group); });
            auto const begin = std::exchange(row, checked_sum(row, rows));
            if (row <= first) continue;
            auto const share = static_cast<double>(group + 1) / groups;
            auto const stored = group + 1 == groups
                                    ? input.bytes
                                    : static_cast<std::uint64_t>(share * static_cast<double>(input.bytes));
            co_yield row_group{.parquet = parquet,
                               .name = input.name,
                               .file = i,
                               .column = column,
                               .group = group,
                               .first_row = begin,
                               .skip = first > begin ? first - begin : 0,
                               .stored = stored - std::exchange(reported, stored)};
        }
        if (reported == 0) options.watch.add_stored(input.bytes); // nothing of it was left to read
    }
}

generator<parsed_batch> read_rows(std::vector<input_file> inputs, parquet_options options) {
    parse_group stage{.options = options};
    // One thread has nothing to gain from parsing ahead. Others share half of the memory, the rest is for pages.
    if (options.threads != 1) stage.ahead_bytes = options.memory_bytes / 2 / (2 * std::uint64_t{options.threads} + 2);
    auto const threads = options.threads;
    auto groups = parallel(read_groups(std::move(inputs), options), std::move(stage), {.threads = threads});
    for (auto&& group : groups) {
        for (auto& batch : group.batches) co_yield std::move(batch);
        if (group.problem) std::rethrow_exception(group.problem);
        while (group.rest) {
            options.watch.check();
            auto batch = group.rest->next();
            if (!batch) break;
            co_yield std::move(*batch);
        }
        options.watch.add_stored(group.stored);
    }
}
}

bool parquet_available() noexcept { return !detail::parquet_library_name().empty(); }

std::string_view parquet_library() noexcept { return detail::parquet_library_name(); }

parquet_contents contents_of_parquet(input_file const& input) {
    auto const parquet = open(input, read_options().memory_bytes);
    return named(input.name, [&] {
        parquet_contents contents{.row_groups = static_cast<std::uint64_t>(parquet->row_groups()),
                                  .columns = parquet->columns()};
        for (int group = 0; group < parquet->row_groups(); ++group)
            contents.rows = checked_sum(contents.rows, parquet->rows(group));
        return contents;
    });
}

generator<text_block> read_parquet(std::vector<input_file> inputs, parquet_options options) {
    auto const from = detail::resume_at(options.from, inputs);
    co_yield elements_of(detail::deliver(read_rows(std::move(inputs), options), options, from));
}
}
