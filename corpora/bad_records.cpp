module;
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.corpora;
import wordmill.core;
import wordmill.io;
import wordmill.stream;

namespace wordmill {
byte_options decoding(read_options const& options, std::uint64_t file) {
    byte_options out;
    if (file == options.from.file) {
        out.restart = options.from.restart;
        out.restart_byte = options.from.restart_byte;
        out.byte = options.from.byte;
    }
    out.threads = options.threads;
    out.memory_bytes = options.memory_bytes;
    out.allow_truncated = options.allow_truncated;
    out.allow_garbage = options.allow_garbage;
    out.limits = options.limits;
    out.counts = options.counts;
    out.watch = options.watch;
    return out;
}

decoded_files decoding(std::vector<input_file> inputs, read_options const& options) {
    return {std::move(inputs), options.from.file, decoding(options, options.from.file)};
}

std::uint64_t check_inputs(position const& from, std::uint64_t fingerprint_now) {
    if (from.fingerprint != 0 && from.fingerprint != fingerprint_now)
        throw error(failure::bad_data, "the inputs changed since the position was saved: expected fingerprint "
                                           + std::to_string(from.fingerprint) + ", found "
                                           + std::to_string(fingerprint_now));
    return fingerprint_now;
}

struct bad_records::state {
    bad_data_policy policy;
    std::uint64_t max_bad;
    double max_share;
    std::string unit;
    tally counts;
    std::optional<output_file> quarantine;
    std::uint64_t read = 0;
    std::uint64_t bad = 0;
};

bad_records::bad_records(read_options const& options, std::string_view unit)
    : state_(std::make_shared<state>(state{options.on_bad, options.max_bad, options.max_bad_share, std::string(unit),
                                           options.counts, std::nullopt})) {
    if (options.on_bad != bad_data_policy::quarantine) return;
    if (options.quarantine_path.empty())
        throw error(failure::usage, "quarantine: expected a path for the bad records, found none");
    state_->quarantine.emplace(options.quarantine_path);
}

void bad_records::report(place const& where, std::string_view reason, std::string_view record, std::string_view hint) {
    auto& s = *state_;
    if (s.policy == bad_data_policy::strict) throw error(failure::bad_data, reason, where, hint);
    ++s.bad;
    s.counts.drop(s.unit, reason, 1, where);
    if (s.quarantine) {
        s.quarantine->write(where.text());
        s.quarantine->write("\t");
        s.quarantine->write(record);
        s.quarantine->write("\n");
    }
    if (s.bad > s.max_bad)
        throw error(failure::bad_data,
                    std::to_string(s.bad) + " bad " + s.unit + "s, more than the " + std::to_string(s.max_bad)
                        + " allowed; the last: " + std::string(reason),
                    where, "--max-bad raises the limit");
    if (s.read >= 1000 && static_cast<double>(s.bad) > s.max_share * static_cast<double>(s.read))
        throw error(failure::bad_data,
                    std::to_string(s.bad) + " bad of " + std::to_string(s.read) + " " + s.unit
                        + "s, a larger share than allowed; the last: " + std::string(reason),
                    where, "--max-bad raises the limit");
}

void bad_records::count_read(std::uint64_t count) {
    state_->read += count;
    state_->counts.read(state_->unit, count);
}

void bad_records::finish() {
    if (state_->quarantine) state_->quarantine->commit();
    state_->quarantine.reset();
}
}
