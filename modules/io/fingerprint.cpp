module;
#include <cstdint>
#include <span>
module wordmill.io;
import :checksum;
import :inputs;

namespace wordmill {
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
    return sum.value() != 0 ? sum.value() : 1;
}
}
