module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>
module wordmill.word2vec;
import wordmill.core;
import :huffman;

namespace wordmill {
namespace {
/// Sums of 64-bit counts.
using weight = unsigned __int128;

/// The parent of each node except the root, and which child the node is. Leaves come first, then inner nodes as they
/// are made.
struct joined {
    std::vector<std::uint32_t> parent;
    std::vector<bool> second;
};

/// Two queues: leaves by rising count, and inner nodes, which are made by rising weight.
joined join(std::span<std::uint64_t const> counts) {
    auto const leaves = counts.size();
    std::vector<std::uint32_t> order(leaves);
    std::iota(order.begin(), order.end(), std::uint32_t{0});
    std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) { // of equal counts, the later id is deeper in the
                                                                     // tree
        return counts[a] != counts[b] ? counts[a] < counts[b] : a > b;
    });
    joined tree{std::vector<std::uint32_t>(2 * leaves - 1), std::vector<bool>(2 * leaves - 1)};
    std::vector<weight> inner(leaves - 1);
    std::size_t next_leaf = 0;
    std::size_t next_inner = 0;
    for (std::size_t made = 0; made + 1 < leaves; ++made) {
        auto const lightest = [&] {
            bool const leaf =
                next_leaf < leaves && (next_inner == made || counts[order[next_leaf]] <= inner[next_inner]);
            auto const found = leaf ? std::pair(std::size_t{order[next_leaf]}, weight{counts[order[next_leaf]]})
                                    : std::pair(leaves + next_inner, inner[next_inner]);
            ++(leaf ? next_leaf : next_inner);
            return found;
        };
        auto const first = lightest();
        auto const second = lightest();
        inner[made] = first.second + second.second;
        tree.parent[first.first] = tree.parent[second.first] = static_cast<std::uint32_t>(leaves + made);
        tree.second[first.first] = true; // the rarer one
    }
    return tree;
}
}

huffman_tree::huffman_tree(std::span<std::uint64_t const> counts) {
    if (counts.size() < 2)
        throw error(failure::bad_data,
                    "hierarchical softmax: expected two types or more, found " + std::to_string(counts.size()), {},
                    "give more text, a lower --min-count or a higher --max-size");
    expect(counts.size() <= std::numeric_limits<std::uint32_t>::max() / 2, "inner nodes are numbered in 31 bits");
    auto const tree = join(counts);
    auto const root = 2 * counts.size() - 2;
    auto made = std::make_shared<tables>();
    made->ends.reserve(counts.size());
    for (std::size_t leaf = 0; leaf < counts.size(); ++leaf) {
        auto const begin = made->steps.size();
        for (auto at = leaf; at != root; at = tree.parent[at])
            made->steps.push_back({(tree.parent[at] - static_cast<std::uint32_t>(counts.size())) << 1
                                   | static_cast<std::uint32_t>(tree.second[at])});
        std::ranges::reverse(std::span(made->steps).subspan(begin));
        made->ends.push_back(made->steps.size());
        made->longest = std::max(made->longest, made->steps.size() - begin);
    }
    tables_ = std::move(made);
}

std::size_t huffman_tree::memory_bytes() const noexcept {
    return empty() ? 0 : tables_->ends.capacity() * sizeof(std::uint64_t) + tables_->steps.capacity() * sizeof(step);
}
}
