module;
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>
module wordmill.stream;
import wordmill.core;

namespace wordmill::detail {
void permute(std::vector<element_place>& places, random_key key) {
    auto random = key.engine();
    for (std::size_t left = places.size(); left > 1; --left)
        std::swap(places[left - 1], places[static_cast<std::size_t>(random.below(left))]);
}

void refuse_long_element(std::uint64_t bound, element_unit unit) {
    bool const sentence = unit == element_unit::sentence;
    throw error(failure::bad_data,
                std::string("shuffle: expected ") + (sentence ? "sentences" : "documents") + " of at most "
                    + format_bytes(bound) + ", found a longer one",
                {},
                sentence ? "a text that is one endless line cannot be shuffled by sentences" : "shuffle by sentences");
}
}
