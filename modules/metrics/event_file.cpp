module;
#include <array>
#include <bit>
#include <boost/crc.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <vector>
module wordmill.metrics;
import :event_file;
import :training_point;
import wordmill.core;
import wordmill.io;

namespace wordmill {
namespace {
namespace fs = std::filesystem;

double seconds_now() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

template <class Unsigned> void append_little_endian(std::string& out, Unsigned value) {
    for (std::size_t i = 0; i < sizeof value; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
}

/// A protocol buffer message, field by field (protobuf.dev, "Encoding").
class message {
public:
    void add_double(std::uint32_t field, double value) {
        add_varint(field << 3 | 1);
        append_little_endian(bytes_, std::bit_cast<std::uint64_t>(value));
    }
    void add_float(std::uint32_t field, float value) {
        add_varint(field << 3 | 5);
        append_little_endian(bytes_, std::bit_cast<std::uint32_t>(value));
    }
    void add_integer(std::uint32_t field, std::uint64_t value) {
        add_varint(field << 3 | 0);
        add_varint(value);
    }
    void add_bytes(std::uint32_t field, std::string_view value) {
        add_varint(field << 3 | 2);
        add_varint(value.size());
        bytes_ += value;
    }
    [[nodiscard]] std::string const& bytes() const noexcept { return bytes_; }

private:
    void add_varint(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
        bytes_ += static_cast<char>(value);
    }
    std::string bytes_;
};

/// CRC-32C (RFC 3720), masked as TFRecord does, since data may hold checksums itself.
std::uint32_t masked_checksum(std::string_view data) {
    boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
    crc.process_bytes(data.data(), data.size());
    std::uint32_t const sum = crc.checksum();
    return (sum >> 15 | sum << 17) + 0xA282EAD8U;
}

/// tensorflow/core/lib/io/record_writer.h: length, its checksum, data, their checksum.
std::string framed(std::string_view data) {
    std::string frame;
    append_little_endian(frame, std::uint64_t{data.size()});
    append_little_endian(frame, masked_checksum(frame));
    frame += data;
    append_little_endian(frame, masked_checksum(data));
    return frame;
}

// The fields of tensorflow.Event (tensorflow/core/util/event.proto) that are used here.
constexpr std::uint32_t event_wall_time = 1, event_step = 2, event_file_version = 3, event_summary = 5,
                        event_session_log = 7;
constexpr std::uint32_t summary_value = 1, value_tag = 1, value_simple = 2;
constexpr std::uint32_t session_status = 1, session_start = 1;

growing_file new_file(std::string const& folder, double time, event_file_options const& options) {
    std::error_code problem;
    fs::create_directories(folder, problem);
    if (problem)
        throw error(failure::cannot_create, "the folder cannot be made: " + problem.message(), {.file = folder});
    auto host = options.host;
    if (host.empty()) {
        std::array<char, 256> name{};
        host = ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
    }
    auto const path =
        (fs::path(folder) / ("events.out.tfevents." + std::to_string(static_cast<std::uint64_t>(time)) + "." + host))
            .string();
    auto free = path;
    for (int n = 1; fs::exists(free, problem); ++n) free = path + "." + std::to_string(n);
    return growing_file(free);
}
}

event_file::event_file(std::string const& folder, event_file_options const& options)
    : file_(new_file(folder, options.wall_time.value_or(seconds_now()), options)) {
    auto const time = options.wall_time.value_or(seconds_now());
    message version;
    version.add_double(event_wall_time, time);
    version.add_bytes(event_file_version, "brain.Event:2");
    file_.write(framed(version.bytes()));
    if (!options.from) return;
    message status;
    status.add_integer(session_status, session_start);
    message start;
    start.add_double(event_wall_time, time);
    start.add_integer(event_step, *options.from);
    start.add_bytes(event_session_log, status.bytes());
    file_.write(framed(start.bytes()));
}

void event_file::add(std::uint64_t step, std::span<scalar const> scalars, std::optional<double> wall_time) {
    message summary;
    for (auto const& [tag, number] : scalars) {
        message value;
        value.add_bytes(value_tag, tag);
        value.add_float(value_simple, static_cast<float>(number));
        summary.add_bytes(summary_value, value.bytes());
    }
    message event;
    event.add_double(event_wall_time, wall_time.value_or(seconds_now()));
    event.add_integer(event_step, step);
    event.add_bytes(event_summary, summary.bytes());
    file_.write(framed(event.bytes()));
}

void event_file::add(training_point const& point) {
    if (last_tokens_ == point.tokens && point.epoch_scores.empty()) return;
    last_tokens_ = point.tokens;
    std::vector<scalar> scalars{{"train/learning_rate", point.learning_rate},
                                {"train/tokens_per_second", point.tokens_per_second}};
    if (point.loss) scalars.push_back({"train/loss", *point.loss});
    std::vector<std::string> names; // the tags are views
    for (auto const& [name, value] : point.epoch_scores) names.push_back("epoch/" + name);
    for (std::size_t i = 0; auto const& [name, value] : point.epoch_scores) scalars.push_back({names[i++], value});
    add(point.tokens, scalars);
}
}
