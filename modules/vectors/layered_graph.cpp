module;
#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <vector>
module wordmill.vectors;
import wordmill.core;
import wordmill.io;
import :layered_graph;
import :word_vectors;

namespace wordmill::detail {
namespace {
static_assert(std::endian::native == std::endian::little, "graphs are written as they lie in memory");
constexpr std::string_view magic = "WMGRAPH\n";
constexpr std::uint32_t version = 1;

struct header {
    char magic[8];
    std::uint32_t version;
    std::uint32_t links;
    std::uint32_t ef_construction;
    std::uint32_t entry;
    std::uint64_t vectors;
    std::uint64_t nodes;
    std::uint64_t lists;
    std::uint64_t neighbours;
};
static_assert(sizeof(header) == 56);

class graph_reader {
public:
    explicit graph_reader(std::string const& path) : in_(path) {}

    layered_graph read(word_vectors const& vectors) {
        header head{};
        get(&head, sizeof head, "the header of an index");
        if (std::string_view(head.magic, sizeof head.magic) != magic)
            in_.refuse("expected an index of word vectors, found something else", "'wordmill index' makes one");
        if (head.version != version)
            in_.refuse("expected an index of version " + std::to_string(version) + ", found "
                       + std::to_string(head.version));
        if (head.vectors != fingerprint(vectors))
            in_.refuse("the index was made of other vectors", "make it anew with 'wordmill index'");
        auto const nodes = vectors.size() - vectors.zero_vectors();
        if (head.links < 2 || head.links > most_links || head.nodes != nodes || head.lists < nodes
            || head.lists > nodes * (most_level + std::uint64_t{1}) || head.neighbours > head.lists * 2 * head.links
            || head.nodes * 5 + head.lists * 2 + head.neighbours * 4 > in_.most_left())
            in_.refuse("the header of the index claims " + format_count(head.nodes) + " words in "
                       + format_count(head.lists) + " lists with " + format_count(head.neighbours) + " links; "
                       + in_.left_in_words());
        layered_graph graph{.links = head.links, .ef_construction = head.ef_construction, .entry = head.entry};
        get(graph.rows, head.nodes);
        get(graph.levels, head.nodes);
        get(graph.list_sizes, head.lists);
        get(graph.neighbours, head.neighbours);
        auto const expected = sum_.value();
        std::uint64_t found = 0;
        get(&found, sizeof found, "an index");
        if (found != expected) in_.refuse("the index is damaged: its checksum does not fit");
        if (!in_.ended()) in_.refuse("expected the end of the index, found more");
        check(graph, vectors);
        return graph;
    }

private:
    void get(void* into, std::size_t bytes, char const* what) {
        in_.read(into, bytes, what);
        sum_.add(into, bytes);
    }
    template <class T> void get(std::vector<T>& into, std::uint64_t count) {
        into.resize(count);
        get(into.data(), count * sizeof(T), "an index");
    }
    void require(bool holds, char const* what) const {
        if (!holds) in_.refuse(std::string("the index is damaged: ") + what);
    }

    void check(layered_graph const& graph, word_vectors const& vectors) const {
        auto const nodes = graph.rows.size();
        std::vector<bool> met(vectors.size());
        for (auto const row : graph.rows) {
            require(row < vectors.size() && !met[row] && vectors.norms()[row] > 0, "a node stands for no word");
            met[row] = true;
        }
        std::uint64_t lists = 0;
        for (auto const level : graph.levels) {
            require(level <= most_level, "a node is in too many layers");
            lists += level + 1U;
        }
        require(lists == graph.list_sizes.size(), "its lists are not those of its nodes");
        require(nodes == 0
                    || (graph.entry < nodes
                        && graph.levels[graph.entry] == *std::max_element(graph.levels.begin(), graph.levels.end())),
                "the entry is not in the highest layer");
        std::size_t list = 0, at = 0;
        for (std::size_t node = 0; node < nodes; ++node)
            for (std::size_t layer = 0; layer <= graph.levels[node]; ++layer) {
                std::size_t const size = graph.list_sizes[list++];
                require(size <= graph.most_neighbours(layer) && size <= graph.neighbours.size() - at,
                        "a list is too long");
                for (auto const end = at + size; at < end; ++at) {
                    auto const other = graph.neighbours[at];
                    require(other < nodes && other != node && graph.levels[other] >= layer, "a link leads nowhere");
                }
            }
        require(at == graph.neighbours.size(), "links belong to no list");
    }

    byte_reader in_;
    checksum sum_{};
};

/// Writes and sums up.
class graph_writer {
public:
    explicit graph_writer(output_file& out) : out_(out) {}
    void put(void const* bytes, std::size_t size) {
        out_.write({static_cast<char const*>(bytes), size});
        sum_.add(bytes, size);
    }
    template <class T> void put(std::vector<T> const& values) { put(values.data(), values.size() * sizeof(T)); }
    void finish() {
        auto const sum = sum_.value();
        out_.write({reinterpret_cast<char const*>(&sum), sizeof sum});
    }

private:
    output_file& out_;
    checksum sum_{};
};
}

std::uint64_t fingerprint(word_vectors const& vectors) {
    checksum sum;
    std::uint64_t const shape[] = {vectors.size(), vectors.dimension()};
    sum.add(shape, sizeof shape);
    for (std::size_t row = 0; row < vectors.size(); ++row) {
        auto const word = vectors.word(id_at(row));
        std::uint64_t const size = word.size();
        sum.add(&size, sizeof size);
        sum.add(word.data(), word.size());
    }
    if (vectors.size() > 0) sum.add(vectors.rows().data, vectors.size() * vectors.dimension() * sizeof(float));
    return sum.value();
}

void save_graph(layered_graph const& graph, std::uint64_t vectors, std::string const& path,
                output_options const& options) {
    output_file file(path, options);
    graph_writer out(file);
    header head{.magic = {},
                .version = version,
                .links = graph.links,
                .ef_construction = graph.ef_construction,
                .entry = graph.entry,
                .vectors = vectors,
                .nodes = graph.rows.size(),
                .lists = graph.list_sizes.size(),
                .neighbours = graph.neighbours.size()};
    std::memcpy(head.magic, magic.data(), magic.size());
    out.put(&head, sizeof head);
    out.put(graph.rows);
    out.put(graph.levels);
    out.put(graph.list_sizes);
    out.put(graph.neighbours);
    out.finish();
    file.commit();
}

layered_graph load_graph(std::string const& path, word_vectors const& vectors) {
    return graph_reader(path).read(vectors);
}
}
