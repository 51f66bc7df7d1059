module;
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <xxhash.h>
module wordmill.io;
import wordmill.core;

namespace wordmill {
std::uint64_t fingerprint(std::span<input_file const> inputs) {
    std::unique_ptr<XXH3_state_t, decltype([](XXH3_state_t* s) { XXH3_freeState(s); })> const state(XXH3_createState());
    if (!state) throw error(failure::resource, "out of memory for a fingerprint");
    XXH3_64bits_reset(state.get());
    auto const add = [&](std::uint64_t number) { XXH3_64bits_update(state.get(), &number, sizeof number); };
    for (auto const& input : inputs) {
        add(input.name.size());
        XXH3_64bits_update(state.get(), input.name.data(), input.name.size());
        add(static_cast<std::uint64_t>(input.type));
        add(input.bytes);
        add(input.inode); // not the device: its number may change when the machine starts again
        add(static_cast<std::uint64_t>(input.modified_ns));
    }
    auto const hash = XXH3_64bits_digest(state.get());
    return hash != 0 ? hash : 1;
}
}
