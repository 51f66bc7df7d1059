module;
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
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

namespace wordmill::detail {
namespace {
/// The counters of a batch. They are added to the tally once per batch, not once per record.
class batch_counts {
public:
    batch_counts(tally counts, bad_records bad, record_unit unit)
        : counts_(std::move(counts)), bad_(std::move(bad)), unit_(unit) {}

    void add(parsed_record const& r) {
        ++read_;
        if (r.kind != fate::document) return;
        ++delivered_;
        bytes_ += r.bytes;
    }
    void flush() {
        if (read_ > 0) bad_.count_read(std::exchange(read_, 0));
        if (delivered_ > 0 && unit_.delivers) counts_.deliver(unit_.name, delivered_);
        delivered_ = 0;
        if (bytes_ > 0) counts_.deliver("byte", std::exchange(bytes_, 0));
    }

private:
    tally counts_;
    bad_records bad_;
    record_unit unit_;
    std::uint64_t read_ = 0;
    std::uint64_t delivered_ = 0;
    std::uint64_t bytes_ = 0;
};

/// Moves `at` past a record.
void advance(position& at, parsed_record const& r, std::vector<restart_point> const& restarts, std::size_t& current) {
    ++at.record;
    if (r.ends_file) {
        at = position{.file = at.file + 1, .record = at.record};
        return;
    }
    while (current + 1 < restarts.size() && restarts[current + 1].byte <= r.byte_end) ++current;
    if (current < restarts.size()) {
        at.restart = restarts[current].stored;
        at.restart_byte = restarts[current].byte;
    }
    at.byte = r.byte_end;
    at.line = r.line_end;
}
}

generator<text_block> deliver(generator<parsed_batch> batches, read_options options, position from, record_unit unit) {
    bad_records bad(options, unit.name);
    batch_counts counts(options.counts, bad, unit);
    block_builder builder(options.block_bytes, from);
    position at = from;
    patient<parsed_batch> source(std::move(batches));
    std::exception_ptr problem;
    while (auto const* batch = source.next()) {
        std::size_t restart = 0;
        std::size_t begin = 0;
        if (at.file != batch->file) at = position{.file = batch->file, .record = at.record};
        if (batch->duplicate_fields > 0)
            options.counts.note("duplicate field, the first one taken", batch->duplicate_fields);
        if (batch->repaired > 0) options.counts.note("invalid UTF-8 replaced", batch->repaired);
        if (batch->kept > 0) options.counts.note("invalid UTF-8 kept", batch->kept);
        if (batch->left_out > 0) options.counts.note("null string in a list left out", batch->left_out);
        for (auto const& r : batch->records) {
            counts.add(r);
            if (r.kind == fate::document) {
                advance(at, r, batch->restarts, restart);
                builder.add_document(std::string_view(batch->text).substr(begin, r.text_end - begin), at);
                begin = r.text_end;
            } else {
                auto const& why = batch->complaints[r.complaint];
                place where = why.where;
                where.record = at.record + 1;
                counts.flush();
                if (r.kind == fate::filtered) {
                    options.counts.drop(unit.name, why.reason, 1, where);
                } else {
                    try {
                        bad.report(where, why.reason, why.record, why.hint);
                    } catch (...) {
                        problem = std::current_exception();
                    }
                }
                if (problem) break;
                options.counts.drop("byte", why.reason, r.bytes, where);
                advance(at, r, batch->restarts, restart);
                builder.skip_record(at);
            }
            if (builder.full()) co_yield builder.take();
        }
        counts.flush();
        if (problem) break;
        options.counts.drop("byte", "between records", batch->other_bytes);
    }
    if (builder.lone_returns() > 0) options.counts.note(detail::lone_return_note, builder.lone_returns());
    if (!builder.empty()) co_yield builder.take();
    if (problem) std::rethrow_exception(problem);
    source.rethrow();
    bad.finish();
}

position resume_at(position from, std::vector<input_file> const& inputs) {
    from.fingerprint = check_inputs(from, fingerprint(inputs));
    return from;
}
}
