module;
#include <algorithm>
#include <cmath>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
// Distances are ours: of hnswlib we want no instructions chosen when it is compiled, nor its global functions.
#define NO_MANUAL_VECTORIZATION
#include <hnswlib/hnswlib.h>
module wordmill.vectors;
import wordmill.core;
import wordmill.io;
import wordmill.stream;
import :cosines;
import :layered_graph;
import :nearest;
import :neighbour_index;
import :scan;
import :word_vectors;

namespace wordmill {
namespace {
/// What hnswlib keeps of a word is its row, and it compares by asking us. What is asked for has a vector instead.
struct point {
    static constexpr std::uint32_t no_row = std::numeric_limits<std::uint32_t>::max();
    std::uint32_t row = no_row;
    float const* vector = nullptr; ///< of length 1
};

class row_space final : public hnswlib::SpaceInterface<float> {
public:
    explicit row_space(word_vectors const& vectors)
        : rows_(vectors.rows().data), norms_(vectors.norms().data()), dimension_(vectors.dimension()) {}
    std::size_t get_data_size() override { return sizeof(std::uint32_t); }
    hnswlib::DISTFUNC<float> get_dist_func() override { return distance; }
    void* get_dist_func_param() override { return this; }

private:
    static float distance(void const* a, void const* b, void const* self) {
        auto const& space = *static_cast<row_space const*>(self);
        std::uint32_t row_a = 0, row_b = 0; // b is always a word
        std::memcpy(&row_a, a, sizeof row_a);
        std::memcpy(&row_b, b, sizeof row_b);
        bool const asked = row_a == point::no_row;
        auto const* const from = asked ? static_cast<point const*>(a)->vector : space.row(row_a);
        auto const norm = asked ? 1.0F : space.norms_[row_a];
        return 1 - detail::scalar_product(from, space.row(row_b), space.dimension_) / (norm * space.norms_[row_b]);
    }
    [[nodiscard]] float const* row(std::size_t number) const noexcept { return rows_ + number * dimension_; }

    float const* rows_;
    float const* norms_;
    std::size_t dimension_;
};

using graph_type = hnswlib::HierarchicalNSW<float>;

std::unique_ptr<graph_type> empty_graph(row_space& space, std::size_t nodes, std::size_t links,
                                        std::size_t ef_construction) {
    try {
        return std::make_unique<graph_type>(&space, nodes, links, ef_construction);
    } catch (std::runtime_error const& e) { // its word for out of memory
        throw error(failure::resource, std::string("an index of word vectors: ") + e.what());
    }
}

/// Layers thin out by M, as in the paper: floor(-ln(u) / ln(M)).
int level_of(random_key key, std::uint32_t row, std::size_t links) {
    auto const u = 1 - key.fold_in(row).engine().uniform_double(); // above 0
    auto const level = -std::log(u) / std::log(static_cast<double>(links));
    return static_cast<int>(std::min<double>(level, detail::most_level));
}

struct row_range {
    std::uint32_t begin;
    std::uint32_t end;
};
generator<row_range> ranges(std::uint32_t begin, std::uint32_t end) {
    constexpr std::uint32_t size = 256;
    for (; begin < end; begin += std::min(size, end - begin))
        co_yield row_range{begin, begin + std::min(size, end - begin)};
}

void add_row(graph_type& graph, word_vectors const& vectors, std::uint32_t row, random_key key) {
    if (vectors.norms()[row] == 0) return;
    graph.addPoint(&row, row, level_of(key, row, graph.M_));
}

detail::layered_graph graph_of(graph_type& from) {
    detail::layered_graph graph{.links = static_cast<std::uint32_t>(from.M_),
                                .ef_construction = static_cast<std::uint32_t>(from.ef_construction_),
                                .entry = from.enterpoint_node_};
    std::size_t const nodes = from.cur_element_count;
    for (std::size_t node = 0; node < nodes; ++node) {
        auto const id = static_cast<hnswlib::tableint>(node);
        auto const level = from.element_levels_[node];
        graph.rows.push_back(static_cast<std::uint32_t>(from.getExternalLabel(id)));
        graph.levels.push_back(static_cast<std::uint8_t>(level));
        for (int layer = 0; layer <= level; ++layer) {
            auto* const list = from.get_linklist_at_level(id, layer);
            auto const size = from.getListCount(list);
            graph.list_sizes.push_back(static_cast<std::uint16_t>(size));
            graph.neighbours.insert(graph.neighbours.end(), list + 1, list + 1 + size);
        }
    }
    return graph;
}

/// Its own loader trusts what it reads; a checked graph is put where it would have put it.
void fill(graph_type& to, detail::layered_graph const& graph) {
    std::size_t list = 0;
    auto const* next = graph.neighbours.data();
    for (std::size_t node = 0; node < graph.rows.size(); ++node) {
        auto const id = static_cast<hnswlib::tableint>(node);
        auto const level = graph.levels[node];
        std::memset(to.data_level0_memory_ + node * to.size_data_per_element_, 0, to.size_data_per_element_);
        std::memcpy(to.getDataByInternalId(id), &graph.rows[node], sizeof graph.rows[node]);
        to.setExternalLabel(id, graph.rows[node]);
        if (level > 0) {
            to.linkLists_[node] = static_cast<char*>(std::calloc(level, to.size_links_per_element_)); // it frees it
            if (to.linkLists_[node] == nullptr) throw std::bad_alloc();
        }
        to.element_levels_[node] = level;
        to.cur_element_count = node + 1;
        for (int layer = 0; layer <= level; ++layer) {
            auto* const into = to.get_linklist_at_level(id, layer);
            auto const size = graph.list_sizes[list++];
            to.setListCount(into, size);
            std::memcpy(into + 1, next, size * sizeof *next);
            next += size;
        }
    }
    to.enterpoint_node_ = graph.entry;
    to.maxlevel_ = graph.rows.empty() ? -1 : graph.levels[graph.entry];
}

void check(neighbour_index_options const& options) {
    if (options.links < 2 || options.links > detail::most_links)
        throw error(failure::usage, "an index of word vectors: expected 2 to " + std::to_string(detail::most_links)
                                        + " links, found " + std::to_string(options.links));
    if (options.ef_construction < options.links || options.ef_construction > 1'000'000)
        throw error(failure::usage, "an index of word vectors: expected from links to 1,000,000 candidates for "
                                    "them, found "
                                        + std::to_string(options.ef_construction));
}
}

struct neighbour_index::state {
    explicit state(word_vectors v) : vectors(std::move(v)), space(vectors) {}
    state(state const&) = delete;
    state& operator=(state const&) = delete;

    word_vectors vectors;
    row_space space;
    std::unique_ptr<graph_type> graph{}; ///< none when there is nothing to find

    [[nodiscard]] std::vector<neighbour> search(point from, std::span<float const> unit,
                                                std::optional<token_id> without,
                                                approximate_options const& options) const {
        std::vector<neighbour> found;
        if (!graph || options.top == 0) return found;
        auto const length = detail::length_of(unit);
        auto const most = std::min(std::max(options.ef, options.top + (without ? 1 : 0)), vectors.size());
        for (auto rows = graph->searchKnn(&from, most); !rows.empty(); rows.pop()) {
            auto const id = id_at(rows.top().second);
            if (id == without) continue;
            found.push_back({.id = id, .score = detail::exact_cosine(vectors, id, unit, length)});
        }
        std::ranges::sort(
            found, [](auto const& x, auto const& y) { return x.score != y.score ? x.score > y.score : x.id < y.id; });
        found.resize(std::min(found.size(), options.top));
        for (auto& n : found) n.word = vectors.word(n.id);
        return found;
    }
};

bool neighbour_index_available() noexcept { return true; }

neighbour_index::neighbour_index(std::shared_ptr<state const> s) noexcept : state_(std::move(s)) {}

neighbour_index::neighbour_index(word_vectors vectors, neighbour_index_options const& options) {
    check(options);
    auto const made = std::make_shared<state>(std::move(vectors));
    state_ = made;
    auto const nodes = made->vectors.size() - made->vectors.zero_vectors();
    if (nodes == 0) return;
    made->graph = empty_graph(made->space, nodes, options.links, options.ef_construction);
    auto& graph = *made->graph;
    graph.mult_ = 0; // its own draws are all 0 then: the layers are ours
    struct nothing {};
    auto const work = [&](nothing&, row_range rows) {
        for (auto row = rows.begin; row < rows.end; ++row) add_row(graph, made->vectors, row, options.key);
    };
    (void)reduce_blocks(ranges(0, static_cast<std::uint32_t>(made->vectors.size())), [] { return nothing{}; }, work,
                        {.threads = resolve_threads(options.threads).count});
}

std::vector<neighbour> neighbour_index::nearest(std::string_view word, approximate_options const& options) const {
    auto const id = state_->vectors.id(word);
    auto const unit = detail::unit_of(state_->vectors, id);
    if (!unit) return {};
    return state_->search({.vector = unit->data()}, *unit, id, options);
}

std::vector<neighbour> neighbour_index::nearest(std::span<float const> to, approximate_options const& options) const {
    expect(to.size() == state_->vectors.dimension(), "nearest: a vector of the same dimension");
    auto const unit = detail::unit(std::vector<double>(to.begin(), to.end()));
    if (!unit) return {};
    return state_->search({.vector = unit->data()}, *unit, std::nullopt, options);
}

word_vectors const& neighbour_index::vectors() const noexcept { return state_->vectors; }

void neighbour_index::save(std::string const& path, output_options const& options) const {
    auto const graph = state_->graph ? graph_of(*state_->graph) : detail::layered_graph{.links = 2};
    detail::save_graph(graph, detail::fingerprint(state_->vectors), path, options);
}

neighbour_index neighbour_index::load(std::string const& path, word_vectors vectors) {
    auto const graph = detail::load_graph(path, vectors);
    auto const made = std::make_shared<state>(std::move(vectors));
    if (!graph.rows.empty()) {
        made->graph = empty_graph(made->space, graph.rows.size(), graph.links, graph.ef_construction);
        fill(*made->graph, graph);
    }
    return neighbour_index(std::shared_ptr<state const>(made));
}
}
