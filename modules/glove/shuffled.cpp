module;
#include <algorithm>
#include <bit>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.glove;
import wordmill.core;
import wordmill.io;
import wordmill.stats;
import wordmill.stream;
import :shuffled;

namespace wordmill {
placed_cooccurrence::placed_cooccurrence(std::size_t row_place, std::size_t column_place, float weight) noexcept
    : bits(std::uint64_t{row_place} << 48 | std::uint64_t{column_place} << 32 | std::bit_cast<std::uint32_t>(weight)) {}
std::size_t placed_cooccurrence::row_place() const noexcept { return bits >> 48; }
std::size_t placed_cooccurrence::column_place() const noexcept { return bits >> 32 & 0xFFFF; }
float placed_cooccurrence::weight() const noexcept { return std::bit_cast<float>(static_cast<std::uint32_t>(bits)); }

namespace {
constexpr std::size_t places = std::size_t{1} << 16;
constexpr std::size_t least_room = 256; // entries of a block that are written together

/// Enough parts for many threads and for the rows of a block to be few; a place fits in 16 bits. An odd number: the
/// rows of a part then spread over all sets of a cache.
std::size_t parts_of(std::size_t types) {
    return std::max(std::clamp<std::size_t>(types / 64, 1, 63), (types + places - 1) / places) | 1;
}

/// Where entries of a block lie in the file.
struct extent {
    std::uint64_t offset;
    std::uint64_t entries;
};

void permute(std::span<placed_cooccurrence> entries, random_key key) {
    std::vector<std::uint32_t> words(std::min<std::size_t>(entries.size(), 4096));
    for (std::size_t first = 0; first < entries.size(); first += words.size()) {
        fill_random(key.fold_in(first), words);
        auto const n = std::min(words.size(), entries.size() - first);
        for (std::size_t k = 0; k < n; ++k) {
            auto const i = first + k;
            std::swap(entries[i], entries[std::uint64_t{words[k]} * (i + 1) >> 32]); // a bias of i / 2^32
        }
    }
}
}

struct shuffled_cooccurrences::state {
    std::size_t types;
    std::size_t parts;
    random_key key;
    std::vector<std::uint64_t> ends;              ///< [parts^2], of blocks
    std::vector<placed_cooccurrence> in_memory{}; ///< block after block
    std::optional<spill_file> file{};             ///< or here, in pieces
    std::vector<std::vector<extent>> extents{};   ///< [parts^2]

    state(cooccurrence_counts const& counts, random_key k)
        : types(counts.size()), parts(parts_of(types)), key(k), ends(checked_product(parts, parts)) {
        for (auto const block : counts.entries())
            for (auto const& e : block) {
                expect(index(e.row) < types && index(e.column) < types && e.weight > 0, "entries are of the types");
                ++ends[block_of(e)];
            }
        std::partial_sum(ends.begin(), ends.end(), ends.begin());
        if (entries() == 0) throw error(failure::bad_data, "GloVe: expected co-occurrences, found none");
    }
    [[nodiscard]] std::size_t block_of(cooccurrence const& e) const noexcept {
        return index(e.row) % parts * parts + index(e.column) % parts;
    }
    [[nodiscard]] placed_cooccurrence placed(cooccurrence const& e, double unit) const noexcept {
        return {index(e.row) / parts, index(e.column) / parts,
                static_cast<float>(static_cast<double>(e.weight) / unit)};
    }
    [[nodiscard]] std::uint64_t entries() const noexcept { return ends.back(); }
    [[nodiscard]] std::uint64_t begin_of(std::size_t block) const noexcept { return block == 0 ? 0 : ends[block - 1]; }
    [[nodiscard]] std::uint64_t entries_of(std::size_t block) const noexcept { return ends[block] - begin_of(block); }

    void keep(cooccurrence_counts const& counts) {
        in_memory.resize(entries());
        auto next = ends;
        for (std::size_t b = 0; b < next.size(); ++b) next[b] = begin_of(b);
        auto const unit = static_cast<double>(counts.unit());
        for (auto const block : counts.entries())
            for (auto const& e : block) in_memory[next[block_of(e)]++] = placed(e, unit);
    }
    void spill(cooccurrence_counts const& counts, shuffled_cooccurrence_options const& options);
};

void shuffled_cooccurrences::state::spill(cooccurrence_counts const& counts,
                                          shuffled_cooccurrence_options const& options) {
    auto const folder = options.folder.empty() ? temporary_folder() : options.folder;
    auto const needed = checked_product(entries(), sizeof(placed_cooccurrence));
    if (auto const free = free_bytes(folder); free < needed)
        throw error(failure::io,
                    "co-occurrences to shuffle need " + format_bytes(needed) + " on disk, " + format_bytes(free)
                        + " are free",
                    {.file = folder.string()}, "give them more memory or another folder");
    file.emplace(folder);
    extents.resize(ends.size());
    // A buffer for each block: long enough for the file to be read in large pieces.
    auto const room =
        std::max<std::size_t>(options.memory_bytes / ends.size() / sizeof(placed_cooccurrence), least_room);
    std::vector<placed_cooccurrence> buffers(checked_product(room, ends.size()));
    std::vector<std::size_t> used(ends.size());
    auto const flush = [&](std::size_t b) {
        if (used[b] == 0) return;
        extents[b].push_back({file->bytes(), used[b]});
        file->write({reinterpret_cast<char const*>(buffers.data() + b * room), used[b] * sizeof(placed_cooccurrence)});
        used[b] = 0;
    };
    auto const unit = static_cast<double>(counts.unit());
    for (auto const block : counts.entries())
        for (auto const& e : block) {
            auto const b = block_of(e);
            buffers[b * room + used[b]++] = placed(e, unit);
            if (used[b] == room) flush(b);
        }
    for (std::size_t b = 0; b < ends.size(); ++b) flush(b);
    file->finish();
}

shuffled_cooccurrences::shuffled_cooccurrences(cooccurrence_counts const& counts,
                                               shuffled_cooccurrence_options const& options) {
    auto made = std::make_shared<state>(counts, options.key);
    if (made->entries() <= options.memory_bytes / sizeof(placed_cooccurrence))
        made->keep(counts);
    else
        made->spill(counts, options);
    state_ = std::move(made);
}

std::size_t shuffled_cooccurrences::size() const noexcept { return state_->types; }
std::uint64_t shuffled_cooccurrences::entries() const noexcept { return state_->entries(); }
std::size_t shuffled_cooccurrences::parts() const noexcept { return state_->parts; }
bool shuffled_cooccurrences::spilled() const noexcept { return state_->file.has_value(); }

std::uint64_t shuffled_cooccurrences::planned_bytes(std::size_t types, std::uint64_t entries,
                                                    std::uint64_t memory_bytes, unsigned threads) {
    auto const blocks = checked_product(parts_of(types), parts_of(types));
    auto const bytes = checked_product(entries, sizeof(placed_cooccurrence));
    auto const spilling = std::max<std::uint64_t>(memory_bytes, blocks * least_room * sizeof(placed_cooccurrence));
    return checked_sum(bytes <= memory_bytes ? bytes : spilling, checked_product(threads, 2 * (bytes / blocks)));
}

std::vector<std::size_t> shuffled_cooccurrences::shifts(std::uint64_t epoch) const {
    std::vector<std::size_t> all(parts());
    auto rng = state_->key.fold_in(epoch).engine();
    for (std::size_t i = 0; i < all.size(); ++i) {
        auto const j = rng.below(i + 1);
        all[i] = all[j];
        all[j] = i;
    }
    return all;
}

void shuffled_cooccurrences::read(std::uint64_t epoch, std::size_t row_part, std::size_t column_part,
                                  std::vector<placed_cooccurrence>& to) const {
    auto const& s = *state_;
    expect(row_part < s.parts && column_part < s.parts, "a block is of parts of the rows and columns");
    auto const block = row_part * s.parts + column_part;
    to.resize(s.entries_of(block));
    if (!s.file) {
        std::copy_n(s.in_memory.begin() + static_cast<std::ptrdiff_t>(s.begin_of(block)), to.size(), to.begin());
    } else {
        std::size_t at = 0;
        for (auto const& e : s.extents[block]) {
            auto const bytes = std::as_writable_bytes(std::span(to).subspan(at, e.entries));
            (void)s.file->read_at(e.offset, {reinterpret_cast<char*>(bytes.data()), bytes.size()});
            at += e.entries;
        }
    }
    permute(to, s.key.fold_in(epoch).fold_in(block));
}
}
