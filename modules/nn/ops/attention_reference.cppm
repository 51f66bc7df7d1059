module wordmill.nn:attention_reference;
import :attention_operations;
import :elements_reference;
import :memory_reference;
import :operation_code;
import :product_operations;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// The rows of lane b as a matrix.
template <class T> [[nodiscard]] matrix_view<T> lane_of(matrix_view<T> all, std::size_t lanes, std::size_t b) {
    return {all.data + b * all.stride, all.rows / lanes, all.columns, all.stride * lanes};
}
/// The number of columns of a row of scores that belong to the source of lane b.
[[nodiscard]] inline std::size_t source_length(std::span<std::uint32_t const> lengths, std::size_t b,
                                               std::size_t columns) {
    return lengths.empty() ? columns : std::min<std::size_t>(lengths[b], columns);
}
/// The sizes of a product of lanes, [m, k] times [k, n]; checks the shapes.
struct lane_product {
    std::size_t m, k, n;
};
template <class T> [[nodiscard]] lane_product lane_product_of(std::size_t lanes, transposed a_form,
                                                              matrix_view<T const> a, transposed b_form,
                                                              matrix_view<T const> b, matrix_view<T> c) {
    expect(lanes > 0 && a.rows % lanes == 0 && b.rows % lanes == 0 && c.rows % lanes == 0,
           "multiply_lanes: as many rows for every lane");
    auto const a_turned = a_form == transposed::yes, b_turned = b_form == transposed::yes;
    lane_product const size{c.rows / lanes, a_turned ? a.rows / lanes : a.columns, c.columns};
    expect((a_turned ? a.columns : a.rows / lanes) == size.m && (b_turned ? b.rows / lanes : b.columns) == size.n
               && (b_turned ? b.columns : b.rows / lanes) == size.k,
           "multiply_lanes: [m, k] times [k, n] is [m, n]");
    return size;
}
template <class T> void check_scores(std::size_t lanes, matrix_view<T const> queries, matrix_view<T const> keys,
                                     matrix_view<T const> vector, std::span<std::uint32_t const> lengths,
                                     matrix_view<T const> scores) {
    expect(lanes > 0 && queries.rows % lanes == 0 && keys.rows == scores.columns * lanes && scores.rows == queries.rows
               && (lengths.empty() || lengths.size() == lanes),
           "additive scores: queries [T B, A], keys [S B, A], scores [T B, S], a length of every lane");
    expect(vector.rows == 1 && vector.columns == queries.columns && keys.columns == queries.columns,
           "additive scores: queries, keys and vector of one width");
}

template <class T> class reference_attention : public virtual attention_operations<T>, operation_code {
    using lane_lengths = device_span<std::uint32_t const>;

public:
    void multiply_lanes(std::size_t lanes, transposed a_form, device_view<T const> of_a, transposed b_form,
                        device_view<T const> of_b, T scale, T beta, device_view<T> of_c) override {
        auto const all_a = memory_of(of_a), all_b = memory_of(of_b);
        auto const all_c = memory_of(of_c);
        auto const inner = lane_product_of(lanes, a_form, all_a, b_form, all_b, all_c).k;
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            auto const a = lane_of(all_a, lanes, lane), b = lane_of(all_b, lanes, lane);
            auto const c = lane_of(all_c, lanes, lane);
            for (std::size_t i = 0; i < c.rows; ++i)
                for (std::size_t j = 0; j < c.columns; ++j) {
                    T sum = 0;
                    for (std::size_t k = 0; k < inner; ++k)
                        sum += (a_form == transposed::yes ? a(k, i) : a(i, k))
                               * (b_form == transposed::yes ? b(j, k) : b(k, j));
                    c(i, j) = beta == 0 ? scale * sum : scale * sum + beta * c(i, j);
                }
        }
    }
    void masked_softmax(std::size_t lanes, device_view<T const> of_x, lane_lengths of_lengths,
                        device_view<T> of_y) override {
        auto const x = memory_of(of_x);
        auto const y = memory_of(of_y);
        auto const lengths = memory_of(of_lengths);
        expect(same_shape(y, x) && lanes > 0 && x.rows % lanes == 0 && (lengths.empty() || lengths.size() == lanes),
               "masked_softmax: two matrices of one shape, a length of every lane");
        for (std::size_t r = 0; r < x.rows; ++r) {
            auto const length = source_length(lengths, r % lanes, x.columns);
            if (length > 0) reference_loops::softmax<T>(x.row(r).first(length), y.row(r).first(length));
            std::ranges::fill(y.row(r).subspan(length), T(0));
        }
    }
    void additive_scores(std::size_t lanes, device_view<T const> of_queries, device_view<T const> of_keys,
                         device_view<T const> of_vector, lane_lengths of_lengths, device_view<T> of_scores) override {
        auto const queries = memory_of(of_queries), keys = memory_of(of_keys), v = memory_of(of_vector);
        auto const scores = memory_of(of_scores);
        auto const lengths = memory_of(of_lengths);
        check_scores<T>(lanes, queries, keys, v, lengths, scores);
        reference_loops::fill(scores, T(0));
        for (std::size_t r = 0; r < scores.rows; ++r)
            for (std::size_t s = 0; s < source_length(lengths, r % lanes, scores.columns); ++s)
                for (std::size_t i = 0; i < v.columns; ++i)
                    scores(r, s) += v(0, i) * std::tanh(queries(r, i) + keys(s * lanes + r % lanes, i));
    }
    void additive_scores_backward(std::size_t lanes, device_view<T const> of_queries, device_view<T const> of_keys,
                                  device_view<T const> of_vector, lane_lengths of_lengths,
                                  device_view<T const> of_scores, device_view<T> to_queries, device_view<T> to_keys,
                                  T beta, device_view<T> to_vector) override {
        auto const queries = memory_of(of_queries), keys = memory_of(of_keys), v = memory_of(of_vector);
        auto const d_scores = memory_of(of_scores);
        auto const d_queries = memory_of(to_queries), d_keys = memory_of(to_keys), d_v = memory_of(to_vector);
        auto const lengths = memory_of(of_lengths);
        check_scores<T>(lanes, queries, keys, v, lengths, d_scores);
        expect(same_shape(d_queries, queries) && same_shape(d_keys, keys) && same_shape(d_v, v),
               "additive scores: gradients in the shapes of what they belong to");
        reference_loops::fill(d_queries, T(0));
        for (auto& value : d_v.row(0)) value = beta == 0 ? T(0) : beta * value;
        for (std::size_t r = 0; r < d_scores.rows; ++r)
            for (std::size_t s = 0; s < source_length(lengths, r % lanes, d_scores.columns); ++s)
                for (std::size_t i = 0; i < v.columns; ++i) {
                    auto const key = s * lanes + r % lanes;
                    auto const y = std::tanh(queries(r, i) + keys(key, i));
                    auto const d = d_scores(r, s) * v(0, i) * (1 - y * y);
                    d_v(0, i) += d_scores(r, s) * y;
                    d_queries(r, i) += d;
                    d_keys(key, i) += d;
                }
    }
};
}
