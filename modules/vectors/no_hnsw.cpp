module;
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.vectors;
import wordmill.core;
import wordmill.io;
import :nearest;
import :neighbour_index;
import :word_vectors;

namespace wordmill {
namespace {
[[noreturn]] void refuse() {
    throw error(failure::unavailable, "an index of word vectors: expected a build with hnswlib, found one without", {},
                "install libhnswlib-dev and build again with -DWORDMILL_HNSWLIB=ON");
}
}

struct neighbour_index::state {
    word_vectors vectors;
};

bool neighbour_index_available() noexcept { return false; }
neighbour_index::neighbour_index(std::shared_ptr<state const> s) noexcept : state_(std::move(s)) {}
neighbour_index::neighbour_index(word_vectors, neighbour_index_options const&) { refuse(); }
neighbour_index neighbour_index::load(std::string const&, word_vectors) { refuse(); }
// There is none to call these on.
std::vector<neighbour> neighbour_index::nearest(std::string_view, approximate_options const&) const { refuse(); }
std::vector<neighbour> neighbour_index::nearest(std::span<float const>, approximate_options const&) const { refuse(); }
word_vectors const& neighbour_index::vectors() const noexcept { return state_->vectors; }
void neighbour_index::save(std::string const&, output_options const&) const { refuse(); }
}
