module;
#include <cstddef>
#include <cstdint>
#include <new>
#include <xxhash.h>
module wordmill.io;
import :checksum;

namespace wordmill {
checksum::checksum() : state_(XXH3_createState()) {
    if (!state_) throw std::bad_alloc();
    XXH3_64bits_reset(static_cast<XXH3_state_t*>(state_.get()));
}
void checksum::release::operator()(void* state) const noexcept { XXH3_freeState(static_cast<XXH3_state_t*>(state)); }

void checksum::add(void const* bytes, std::size_t size) noexcept {
    XXH3_64bits_update(static_cast<XXH3_state_t*>(state_.get()), bytes, size);
}
std::uint64_t checksum::value() const noexcept {
    return XXH3_64bits_digest(static_cast<XXH3_state_t const*>(state_.get()));
}

std::uint64_t checksum_of(void const* bytes, std::size_t size) noexcept { return XXH3_64bits(bytes, size); }
}
