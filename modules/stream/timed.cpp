module;
#include <chrono>
#include <cstdint>
module wordmill.stream;
import :timed;

namespace wordmill {
std::int64_t detail::steady_nanoseconds() {
    return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}
}
