module;
#include <cstddef>
#include <memory>
module wordmill.nn;
import :bf16;
import :cpu_operands;
import wordmill.core;
import wordmill.stream;

// In place of bf16.cpp in a build without oneDNN: there are no products of bf16.
namespace wordmill {
bool has_bf16_units() { return false; }

namespace detail {
struct bf16_block {};
struct bf16_products::library {};

bf16_products::bf16_products(task_team& team) : team_(team) {
    throw error(failure::unavailable, "this build has no products of bf16", {},
                "use fp32, or build with WORDMILL_BF16, which takes oneDNN");
}
bf16_products::~bf16_products() = default;
// There is no object whose members could be called.
bf16_block& bf16_products::block_of(std::size_t, std::size_t, std::size_t, bool) {
    throw contract_violation("no products of bf16");
}
std::size_t bf16_products::right_size(bf16_block const&) { return 0; }
void bf16_products::pack_block(bf16_block&, std::size_t, bf16*, bf16*) noexcept {}
void bf16_products::call(bf16_block&, std::size_t, bf16 const*, bf16 const*, float*) noexcept {}
void bf16_products::check() {}
}
}
