module wordmill.linear_algebra:signs;
import wordmill.core;
import wordmill.standard;

namespace wordmill::detail {
/// Flips the signs of columns of u and v together, so that in each column of u the first entry of largest magnitude is
/// positive.
template <class T> void fix_signs(matrix_view<T> u, matrix_view<T> v) {
    std::vector<T> largest(u.columns);
    for (std::size_t r = 0; r < u.rows; ++r)
        for (std::size_t c = 0; c < u.columns; ++c)
            if (std::abs(u(r, c)) > std::abs(largest[c])) largest[c] = u(r, c);
    for (auto const& x : {u, v})
        for (std::size_t r = 0; r < x.rows; ++r)
            for (std::size_t c = 0; c < u.columns; ++c)
                if (largest[c] < 0) x(r, c) = -x(r, c);
}
}
