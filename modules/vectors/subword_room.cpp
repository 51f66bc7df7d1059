module;
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
module wordmill.vectors;
import wordmill.core;
import :subword_room;
import :subword_vectors;

namespace wordmill::detail {
subword_room::subword_room(std::uint64_t buckets, std::uint64_t dimension, std::uint64_t memory_bytes,
                           place const& where)
    : buckets_(buckets), dimension_(dimension) {
    auto const bytes = checked_product(checked_product(buckets, dimension), sizeof(float));
    auto const most = memory_bytes == 0 ? read_machine_limits().memory_bytes : memory_bytes;
    if (bytes > most)
        throw error(failure::resource,
                    "the vectors of n-grams in " + format_count(buckets) + " buckets need " + format_bytes(bytes)
                        + ", the limit is " + format_bytes(most),
                    where, "load the file without subwords");
    memory_ = std::make_shared<mapped_memory>(bytes, "the vectors of n-grams");
}

std::span<float> subword_room::row(std::uint64_t bucket) noexcept {
    return {memory_->as<float>() + bucket * dimension_, dimension_};
}

shared_matrix subword_room::finish() && {
    return {.view = {memory_->as<float>(), buckets_, dimension_, dimension_}, .owner = std::move(memory_)};
}
}
