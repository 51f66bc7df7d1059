module;
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <span>
#include <vector>
module wordmill.io;
import :checksum;
import :descriptor;
import :inputs;
import wordmill.core;

namespace wordmill {
namespace {
std::uint64_t not_zero(std::uint64_t hash) { return hash != 0 ? hash : 1; }
}

std::uint64_t fingerprint(std::span<input_file const> inputs) {
    checksum sum;
    auto const add = [&](std::uint64_t number) { sum.add(&number, sizeof number); };
    for (auto const& input : inputs) {
        add(input.name.size());
        sum.add(input.name);
        add(static_cast<std::uint64_t>(input.type));
        add(input.bytes);
        add(input.inode); // not the device: its number may change when the machine starts again
        add(static_cast<std::uint64_t>(input.modified_ns));
    }
    return not_zero(sum.value());
}

std::uint64_t content_fingerprint(std::span<input_file const> inputs) {
    constexpr std::uint64_t samples = 64;
    constexpr std::uint64_t sample_bytes = 64 << 10;
    checksum sum;
    auto const add = [&](std::uint64_t number) { sum.add(&number, sizeof number); };
    std::vector<char> piece(sample_bytes);
    for (auto const& input : inputs) {
        add(static_cast<std::uint64_t>(input.type));
        add(input.bytes);
        if (input.type != input_file::kind::regular) continue;
        auto const file = detail::open_at(AT_FDCWD, input.name, O_RDONLY);
        if (!file) throw system_error(failure::no_input, "cannot open", errno, {.file = input.name});
        auto const add_from = [&](std::uint64_t offset) {
            auto const size = detail::read_all_at(file.get(), offset, piece, input.name);
            sum.add(piece.data(), size);
        };
        if (input.bytes <= samples * sample_bytes)
            for (std::uint64_t at = 0; at < input.bytes; at += sample_bytes) add_from(at);
        else
            for (std::uint64_t k = 0; k < samples; ++k)
                add_from((input.bytes - sample_bytes) / (samples - 1) * k
                         + (input.bytes - sample_bytes) % (samples - 1) * k / (samples - 1));
    }
    return not_zero(sum.value());
}
}
