#pragma once
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

// Matrices of the reference for tests, and central differences; the including file imports wordmill.core and
// wordmill.nn first.

template <class T = double> std::shared_ptr<wordmill::operations<T>> const& reference_of() {
    static auto const ops = wordmill::reference_operations<T>();
    return ops;
}

inline wordmill::tensor<double> tensor_of(std::size_t rows, std::size_t columns, std::vector<double> const& values) {
    wordmill::tensor<double> x(reference_of(), rows, columns);
    x.assign(values);
    return x;
}

/// sin(1.7 i + phase): values without a pattern that other programs can write down too.
inline std::vector<double> wave(std::size_t count, double phase) {
    std::vector<double> values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = std::sin(1.7 * static_cast<double>(i) + phase);
    return values;
}
inline wordmill::tensor<double> wave(std::size_t rows, std::size_t columns, double phase) {
    return tensor_of(rows, columns, wave(rows * columns, phase));
}
inline wordmill::parameter<double>& add_wave(wordmill::parameter_set<double>& set, char const* name, std::size_t rows,
                                             std::size_t columns, double phase) {
    auto& p = set.add(name, rows, columns);
    p.assign(wave(rows * columns, phase));
    return p;
}

/// Waves of the phases phase + 1, phase + 2, .. for all parameters.
inline void fill_waves(wordmill::parameter_set<double>& set, double phase = 0) {
    for (auto& p : set) p.assign(wave(p.rows() * p.columns(), ++phase));
}

inline std::vector<double> values_of(wordmill::device_view<double const> x) { return on_host(*reference_of(), x); }
inline std::vector<wordmill::token_id> values_of(wordmill::device_span<wordmill::token_id const> ids) {
    std::vector<wordmill::token_id> values(ids.size());
    reference_of()->queue()->download(ids, values);
    reference_of()->queue()->wait();
    return values;
}
inline void assign(wordmill::device_view<double> x, std::vector<double> const& values) {
    reference_of()->queue()->upload(values, x);
}

/// Lengths of lanes in the memory of the reference.
inline wordmill::mirrored<std::uint32_t> lengths_of(std::vector<std::uint32_t> const& lengths) {
    wordmill::mirrored<std::uint32_t> made(reference_of()->queue());
    (void)made.assign(lengths);
    return made;
}

inline double sum_of_products(std::vector<double> const& a, std::vector<double> const& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b.at(i);
    return sum;
}

inline void near(std::vector<double> const& found, std::vector<double> const& expected, double tolerance = 1e-9) {
    BOOST_TEST_REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i)
        BOOST_TEST(std::abs(found[i] - expected[i]) <= tolerance,
                   "value " << i << " is " << found[i] << ", expected " << expected[i]);
}

/// d loss() / d x by central differences: (f(x + h) - f(x - h)) / 2h for every value of x.
template <class Loss> std::vector<double> central_differences(wordmill::device_view<double> x, Loss loss) {
    constexpr double h = 1e-5;
    std::vector<double> differences;
    auto values = values_of(x);
    auto const loss_at = [&](double& value, double changed) {
        auto const kept = std::exchange(value, changed);
        assign(x, values);
        value = kept;
        return loss();
    };
    for (auto& value : values) {
        auto const above = loss_at(value, value + h);
        auto const below = loss_at(value, value - h);
        differences.push_back((above - below) / (2 * h));
    }
    assign(x, values);
    return differences;
}
template <class Loss>
void check_gradient(wordmill::device_view<double> x, std::vector<double> const& found, Loss loss) {
    near(found, central_differences(x, loss), 1e-8);
}
/// Of every parameter of the set; gradients are those of a step that was just taken.
template <class Loss> void check_gradients(wordmill::parameter_set<double>& set, Loss loss) {
    std::vector<std::vector<double>> found; // before `loss` can add to them
    for (auto& p : set) found.push_back(p.host_gradient());
    std::size_t i = 0;
    for (auto& p : set) {
        BOOST_TEST_CONTEXT(p.name()) check_gradient(p.values(), found[i], loss);
        ++i;
    }
}
