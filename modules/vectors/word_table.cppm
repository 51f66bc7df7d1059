module wordmill.vectors:word_table;
import :find_word;
import wordmill.core;
import wordmill.standard;

namespace wordmill::detail {
/// The id of a word in a table of words; `failure::bad_data` that names it when it is not there.
template <class Table> [[nodiscard]] token_id known_id(Table const& table, std::string_view word) {
    if (std::optional<token_id> const found = table.find(word)) return *found;
    auto const lower = find_word(table, word, true);
    throw error(failure::bad_data, "no vector for the word '" + std::string(word) + "'", {},
                lower ? "there is one for '" + std::string(table.word(*lower)) + "'" : "");
}

/// Distinct words in one run of bytes, found by hash (open addressing, at most half full).
class word_table {
public:
    [[nodiscard]] inline std::size_t size() const noexcept { return ends_.size(); }
    [[nodiscard]] inline std::string_view operator[](std::size_t i) const noexcept {
        auto const begin = i == 0 ? 0 : ends_[i - 1];
        return std::string_view(bytes_).substr(begin, ends_[i] - begin);
    }
    [[nodiscard]] inline std::optional<std::uint32_t> find(std::string_view word) const noexcept {
        if (slots_.empty()) return std::nullopt;
        auto const slot = slots_[slot_of(word)];
        return slot == free ? std::nullopt : std::optional(slot);
    }
    /// False when the word is there already.
    inline bool add(std::string_view word) {
        if (2 * (ends_.size() + 1) > slots_.size()) grow();
        auto& slot = slots_[slot_of(word)];
        if (slot != free) return false;
        bytes_ += word;
        ends_.push_back(bytes_.size());
        slot = static_cast<std::uint32_t>(ends_.size() - 1);
        return true;
    }

private:
    static constexpr std::uint32_t free = 0xffffffff;

    /// Where `word` is, or would be.
    [[nodiscard]] inline std::size_t slot_of(std::string_view word) const noexcept {
        auto const mask = slots_.size() - 1;
        auto at = std::hash<std::string_view>{}(word)&mask;
        while (slots_[at] != free && (*this)[slots_[at]] != word) at = (at + 1) & mask;
        return at;
    }
    void grow() {
        std::vector<std::uint32_t> wider(slots_.empty() ? 16 : 2 * slots_.size(), free);
        slots_.swap(wider);
        for (std::size_t i = 0; i < ends_.size(); ++i) slots_[slot_of((*this)[i])] = static_cast<std::uint32_t>(i);
    }

    std::string bytes_{};
    std::vector<std::uint64_t> ends_{};
    std::vector<std::uint32_t> slots_{};
};
}
