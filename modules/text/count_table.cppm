module wordmill.text:count_table;
import :blocks;
import :word_key;
import wordmill.standard;

namespace wordmill {
/// Copies of long words at stable addresses.
class word_arena {
public:
    /// Copies `bytes`; the address is valid until `clear`.
    [[nodiscard]] char const* keep(std::string_view bytes);
    /// How much `keep` would add to `memory_bytes()`.
    [[nodiscard]] std::size_t growth(std::size_t bytes) const noexcept;
    [[nodiscard]] inline std::size_t memory_bytes() const noexcept { return memory_bytes_; }
    void clear() noexcept;
    /// Takes over the chunks of another arena; addresses stay valid.
    void adopt(word_arena&& other);

private:
    [[nodiscard]] std::size_t chunk_bytes(std::size_t bytes) const noexcept;
    std::vector<std::unique_ptr<char[]>> chunks_;
    char* free_ = nullptr;
    std::size_t left_ = 0;
    std::size_t memory_bytes_ = 0;
};

/// One counted word; `size` 0 is a free slot.
struct count_slot {
    std::uint64_t first;
    std::uint64_t second;
    std::uint64_t count;
    std::uint32_t size;
    std::uint32_t tag;
};
static_assert(sizeof(count_slot) == 32);

/// Zeroed slots. Large arrays have pages of their own, so that freeing them gives the memory back at once.
class slot_array {
public:
    slot_array() = default;
    explicit slot_array(std::size_t capacity);
    [[nodiscard]] inline count_slot* data() const noexcept { return small_ ? small_.get() : mapped_.as<count_slot>(); }
    [[nodiscard]] inline std::size_t size() const noexcept { return size_; }

private:
    std::unique_ptr<count_slot[]> small_;
    mapped_memory mapped_;
    std::size_t size_ = 0;
};

/// Word -> count: open addressing with linear probing in tag order, so that growing and merging walk memory forwards.
/// Holds at most `memory_limit` bytes, including while it grows. At the limit `add` stops early, and the caller empties
/// the table.
class count_table {
public:
    count_table(hash_seed seed, std::size_t memory_limit);

    /// Counts `block.words[from ..]`; returns the index of the first word that did not fit, or the number of words.
    [[nodiscard]] std::size_t add(word_block const& block, std::size_t from);
    /// Counts one word `count` times; false when there is no room. An overflowing count is a `failure::bad_data`.
    [[nodiscard]] bool add(std::string_view word, std::uint64_t count);
    /// Adds the counts of `other`, which must have the same seed, regardless of the limit. `other` is empty afterwards.
    void merge(count_table&& other);

    [[nodiscard]] inline std::size_t types() const noexcept { return types_; }
    [[nodiscard]] std::size_t memory_bytes() const noexcept;
    /// Packs the words to the front of the table and returns them. The table can count again only after `clear`.
    [[nodiscard]] std::span<count_slot> pack() noexcept;
    /// Drops the words that occurred at most `count` times; returns the number of tokens dropped.
    [[nodiscard]] std::uint64_t drop_rare(std::uint64_t count);
    /// Removes all words. A table with a limit allocates all that the limit allows, so that it never grows again.
    void clear();
    /// Removes all words and frees the memory. The table cannot count any more.
    void release() noexcept;

private:
    [[nodiscard]] bool make_room(std::size_t more_types, std::size_t more_long_bytes);
    void grow(std::size_t capacity);
    [[nodiscard]] count_slot* find(word_key const& key) noexcept;
    void insert(count_slot& slot, word_key const& key, std::uint64_t count);

    hash_seed seed_;
    std::size_t memory_limit_;
    slot_array slots_;
    std::size_t types_ = 0;
    std::size_t most_types_ = 0;
    word_arena arena_;
};
}
