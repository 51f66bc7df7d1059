export module wordmill.core:tally;
import :error;
import wordmill.standard;

namespace wordmill {
/// Units that were dropped for one reason, with the first places.
export struct dropped {
    std::string unit;   ///< "byte", "line", "record", "token"
    std::string reason; ///< "invalid UTF-8", "too long", ...
    std::uint64_t count = 0;
    std::vector<place> first_places; ///< at most three
};

/// Counts units that were read, delivered and dropped, so that nothing is lost silently: for every unit,
/// read = delivered + sum of the drops. A handle: copies share the counters. Any thread may count. Call it once per
/// block, not once per token.
export class tally {
public:
    tally();

    void read(std::string_view unit, std::uint64_t count);
    void deliver(std::string_view unit, std::uint64_t count);
    void drop(std::string_view unit, std::string_view reason, std::uint64_t count, place const& where = {});
    /// Counts a change that loses no unit, such as a replaced byte sequence or a stripped byte-order mark.
    void note(std::string_view event, std::uint64_t count, place const& where = {});
    /// Adds the counts of `other`, which is another tally.
    void add(tally const& other);

    [[nodiscard]] std::uint64_t read_count(std::string_view unit) const;
    [[nodiscard]] std::uint64_t delivered_count(std::string_view unit) const;
    [[nodiscard]] std::uint64_t dropped_count(std::string_view unit) const;
    [[nodiscard]] std::uint64_t dropped_count(std::string_view unit, std::string_view reason) const;
    [[nodiscard]] std::uint64_t note_count(std::string_view event) const;
    /// Units in the order of their names.
    [[nodiscard]] std::vector<std::string> units() const;
    /// Drops by unit, then reason.
    [[nodiscard]] std::vector<dropped> drops() const;
    /// Notes, with an empty unit and the event as the reason.
    [[nodiscard]] std::vector<dropped> notes() const;
    /// True when read = delivered + drops for the unit.
    [[nodiscard]] bool balanced(std::string_view unit) const;

private:
    struct counters;
    std::shared_ptr<counters> counters_;
};
}
