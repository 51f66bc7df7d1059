module wordmill.nn:shapes;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

// Checks of the arguments of layers. A failed check throws a `failure::usage` with the expected and the actual size; a
// check that succeeds allocates nothing.
namespace wordmill {
/// "affine output.weight, gradient"
struct subject {
    std::string_view layer;
    std::string_view parameter = {};
    std::string_view part = {};
};
[[noreturn]] void refuse(subject const& what, std::string const& expected, std::string const& found);
[[nodiscard]] std::string shape_text(std::size_t rows, std::size_t columns);

inline void check_shape(subject const& what, std::size_t rows, std::size_t columns, std::size_t expected_rows,
                        std::size_t expected_columns) {
    if (rows != expected_rows || columns != expected_columns)
        refuse(what, shape_text(expected_rows, expected_columns), shape_text(rows, columns));
}
template <class T>
void check_shape(subject const& what, device_view<T> x, std::size_t expected_rows, std::size_t expected_columns) {
    check_shape(what, x.rows, x.columns, expected_rows, expected_columns);
}
inline void check_size(subject const& what, std::size_t size, std::size_t expected) {
    if (size != expected) refuse(what, std::to_string(expected), std::to_string(size));
}
[[nodiscard]] inline std::uint64_t counted(std::span<token_id const> targets) noexcept {
    std::uint64_t count = 0;
    for (auto const id : targets) count += id != no_token ? 1 : 0;
    return count;
}
/// `none`: `no_token` is allowed too.
inline void check_ids(subject const& what, std::span<token_id const> ids, std::size_t below, bool none = false) {
    for (auto const id : ids)
        if (index(id) >= below && !(none && id == no_token))
            refuse(what, "ids below " + std::to_string(below), std::to_string(index(id)));
}
/// Lanes that go on, in their new order: 1 to `all` of them, with numbers below `all`.
inline void check_lane_order(subject const& what, std::span<token_id const> lanes, std::size_t all) {
    if (lanes.empty() || lanes.size() > all) refuse(what, "1 to " + std::to_string(all), std::to_string(lanes.size()));
    check_ids(what, lanes, all);
}
}
