module;
#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.text;
import wordmill.stream;
import :counting;
import :vocabulary;

namespace wordmill {
namespace {
/// The special words, by bytes, and which of them have occurred.
class special_names {
public:
    explicit special_names(vocabulary_options const& options) {
        auto add = [&](std::vector<std::string> const& list, bool always) {
            for (auto const& name : list) {
                auto const found =
                    std::find_if(names_.begin(), names_.end(), [&](auto const& n) { return n.name == name; });
                if (found == names_.end())
                    names_.push_back({name, always, false});
                else
                    found->always = found->always || always;
            }
        };
        add(options.specials, false);
        add(options.always, true);
        std::sort(names_.begin(), names_.end(), [](auto const& a, auto const& b) { return a.name < b.name; });
        unmet_ = names_.size();
    }

    /// If `word` is special, notes that it occurred.
    [[nodiscard]] bool meet(std::string_view word) noexcept {
        for (auto& n : names_) {
            if (n.name != word) continue;
            unmet_ -= n.met ? 0 : 1;
            n.met = true;
            return true;
        }
        return false;
    }
    [[nodiscard]] bool all_met() const noexcept { return unmet_ == 0; }
    /// The specials that a vocabulary of the words so far contains.
    [[nodiscard]] std::uint64_t kept() const noexcept {
        return static_cast<std::uint64_t>(
            std::count_if(names_.begin(), names_.end(), [](auto const& n) { return n.met || n.always; }));
    }
    [[nodiscard]] std::vector<std::string> missing() const {
        std::vector<std::string> list;
        for (auto const& n : names_)
            if (n.always && !n.met) list.push_back(n.name);
        return list;
    }

private:
    struct entry {
        std::string name;
        bool always;
        bool met;
    };
    std::vector<entry> names_;
    std::size_t unmet_ = 0;
};
}

generator<counted_word> select_words(counted_words counts, vocabulary_options options) {
    auto most = std::numeric_limits<std::uint64_t>::max();
    if (options.max_size != 0) { // reserve places for the specials among the rare words
        special_names names(options);
        for (auto const& entry : counts.words()) {
            if (names.all_met()) break;
            (void)names.meet(entry.word);
        }
        most = options.max_size - std::min(options.max_size, names.kept());
    }
    special_names names(options);
    std::uint64_t ordinary = 0;
    for (auto const& entry : counts.words()) {
        bool const past = entry.count < options.min_count || ordinary == most;
        if (past && names.all_met()) break;
        bool const special = names.meet(entry.word);
        if (!special && past) continue;
        ordinary += special ? 0 : 1;
        co_yield counted_word(entry);
    }
    for (auto const& name : names.missing()) co_yield counted_word{name, 0};
}
}
