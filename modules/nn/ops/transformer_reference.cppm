module wordmill.nn:transformer_reference;
import :memory_reference;
import :operation_code;
import :transformer_operations;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
inline constexpr double norm_epsilon = 1e-5;

/// The number of keys that the query of row r sees.
template <class T, template <class> class View>
[[nodiscard]] std::size_t visible_keys(multi_head_pass<T, View> const& p, std::size_t r) {
    auto const all = p.keys.rows / p.lanes;
    auto const length = p.lengths.empty() ? all : std::min<std::size_t>(p.lengths[r % p.lanes], all);
    return p.causal ? std::min(length, r / p.lanes + p.offset + 1) : length;
}

namespace reference_loops {
/// The score of a query and a key of one head.
template <class T>
[[nodiscard]] T score(multi_head_pass<T, matrix_view> const& p, std::size_t head, std::size_t r, std::size_t key) {
    auto const size = p.queries.columns / p.heads;
    T sum = 0;
    for (auto c = head * size; c < (head + 1) * size; ++c)
        sum += p.queries(r, c) * p.keys(key * p.lanes + r % p.lanes, c);
    return sum / std::sqrt(static_cast<T>(size));
}
template <class T>
[[nodiscard]] T weight(multi_head_pass<T, matrix_view> const& p, std::size_t head, std::size_t r, std::size_t key) {
    return std::exp(score(p, head, r, key) - p.log_sums(r, head));
}

template <class T> void multi_head_forward(multi_head_pass<T, matrix_view> const& p) {
    check_pass(p);
    auto const size = p.queries.columns / p.heads;
    fill(p.outputs, T(0));
    fill(p.log_sums, T(0));
    for (std::size_t r = 0; r < p.queries.rows; ++r)
        for (std::size_t head = 0; head < p.heads; ++head) {
            auto const seen = visible_keys(p, r);
            if (seen == 0) continue;
            auto most = score(p, head, r, 0);
            for (std::size_t key = 1; key < seen; ++key) most = std::max(most, score(p, head, r, key));
            T sum = 0;
            for (std::size_t key = 0; key < seen; ++key) sum += std::exp(score(p, head, r, key) - most);
            p.log_sums(r, head) = most + std::log(sum);
            for (std::size_t key = 0; key < seen; ++key)
                for (auto c = head * size; c < (head + 1) * size; ++c)
                    p.outputs(r, c) += weight(p, head, r, key) * p.values(key * p.lanes + r % p.lanes, c);
        }
}

template <class T>
void multi_head_backward(multi_head_pass<T, matrix_view> const& p, multi_head_gradients<T, matrix_view> const& d) {
    check_pass(p);
    check_gradients(p, d);
    auto const size = p.queries.columns / p.heads;
    auto const scale = 1 / std::sqrt(static_cast<T>(size));
    for (auto const& gradient : {d.queries, d.keys, d.values}) fill(gradient, T(0));
    for (std::size_t r = 0; r < p.queries.rows; ++r)
        for (std::size_t head = 0; head < p.heads; ++head) {
            auto const first = head * size;
            T mean = 0; // of the gradients of the weights, by these weights
            for (auto c = first; c < first + size; ++c) mean += d.outputs(r, c) * p.outputs(r, c);
            for (std::size_t key = 0; key < visible_keys(p, r); ++key) {
                auto const row = key * p.lanes + r % p.lanes;
                auto const w = weight(p, head, r, key);
                T d_weight = 0;
                for (auto c = first; c < first + size; ++c) d_weight += d.outputs(r, c) * p.values(row, c);
                auto const d_score = scale * w * (d_weight - mean);
                for (auto c = first; c < first + size; ++c) {
                    d.values(row, c) += w * d.outputs(r, c);
                    d.queries(r, c) += d_score * p.keys(row, c);
                    d.keys(row, c) += d_score * p.queries(r, c);
                }
            }
        }
}

template <class T> void normalize(normalization<T, matrix_view> const& n, matrix_view<T const> bias, matrix_view<T> y) {
    check_normalization(n, bias, y);
    auto const h = n.x.columns;
    auto const size = static_cast<T>(h);
    for (std::size_t r = 0; r < n.x.rows; ++r) {
        T mean = 0, variance = 0;
        for (std::size_t c = 0; c < h; ++c) mean += n.x(r, c) / size;
        for (std::size_t c = 0; c < h; ++c) variance += (n.x(r, c) - mean) * (n.x(r, c) - mean) / size;
        n.statistics(r, 0) = mean;
        n.statistics(r, 1) = 1 / std::sqrt(variance + static_cast<T>(norm_epsilon));
        for (std::size_t c = 0; c < h; ++c)
            y(r, c) = (n.x(r, c) - mean) * n.statistics(r, 1) * n.gain(0, c) + bias(0, c);
    }
}
template <class T>
void normalize_backward(normalization<T, matrix_view> const& n, normalization_gradients<T, matrix_view> const& d) {
    check_gradients(n, d);
    auto const h = n.x.columns;
    auto const size = static_cast<T>(h);
    if (d.beta == 0) {
        fill(d.gain, T(0));
        fill(d.bias, T(0));
    }
    for (std::size_t r = 0; r < n.x.rows; ++r) {
        auto const mean = n.statistics(r, 0), scale = n.statistics(r, 1);
        auto const normal = [&](std::size_t c) { return (n.x(r, c) - mean) * scale; };
        T sum = 0, dot = 0;
        for (std::size_t c = 0; c < h; ++c) {
            sum += n.gain(0, c) * d.y(r, c);
            dot += n.gain(0, c) * d.y(r, c) * normal(c);
            d.gain(0, c) += d.y(r, c) * normal(c);
            d.bias(0, c) += d.y(r, c);
        }
        for (std::size_t c = 0; c < h; ++c)
            d.x(r, c) = scale * (n.gain(0, c) * d.y(r, c) - sum / size - normal(c) * dot / size);
    }
}

/// Cosine and sine of the angle that pair `i` of a head of `size` columns is turned by at step n.
[[nodiscard]] std::pair<double, double> turn_of(rotation const& by, std::size_t n, std::size_t i, std::size_t size);
template <class T> void rotate(rotation const& by, std::size_t lanes, std::size_t heads, matrix_view<T> x) {
    check_rotation(lanes, heads, x.rows, x.columns);
    auto const size = x.columns / heads;
    for (std::size_t r = 0; r < x.rows; ++r)
        for (std::size_t c = 0; c < x.columns; c += 2) {
            auto const [cosine, sine] = turn_of(by, r / lanes, c % size / 2, size);
            auto const a = x(r, c), b = x(r, c + 1);
            x(r, c) = a * static_cast<T>(cosine) - b * static_cast<T>(sine);
            x(r, c + 1) = a * static_cast<T>(sine) + b * static_cast<T>(cosine);
        }
}
}

template <class T> class reference_transformer : public virtual transformer_operations<T>, operation_code {
public:
    void normalize(normalization<T> const& of, device_view<T const> bias, device_view<T> y) override {
        reference_loops::normalize<T>(memory_of(of), memory_of(bias), memory_of(y));
    }
    void normalize_backward(normalization<T> const& of, normalization_gradients<T> const& gradients) override {
        reference_loops::normalize_backward<T>(memory_of(of), memory_of(gradients));
    }
    void multi_head_forward(multi_head_pass<T> const& pass) override {
        reference_loops::multi_head_forward<T>(memory_of(pass));
    }
    void multi_head_backward(multi_head_pass<T> const& pass, multi_head_gradients<T> const& gradients) override {
        reference_loops::multi_head_backward<T>(memory_of(pass), memory_of(gradients));
    }
    void multi_head_weights(multi_head_pass<T> const& pass, std::size_t head, device_view<T> weights) override {
        auto const p = memory_of(pass);
        auto const to = memory_of(weights);
        check_pass(p);
        check_weights(p, head, to);
        for (std::size_t r = 0; r < to.rows; ++r)
            for (std::size_t key = 0; key < to.columns; ++key)
                to(r, key) = key < visible_keys(p, r) ? reference_loops::weight<T>(p, head, r, key) : T(0);
    }
    void rotate(rotation const& by, std::size_t lanes, std::size_t heads, device_view<T> x) override {
        reference_loops::rotate<T>(by, lanes, heads, memory_of(x));
    }
};
}
