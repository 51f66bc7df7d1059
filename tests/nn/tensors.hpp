// Matrices of the reference for tests: rows written as lists, values read back. Included after `import wordmill.nn`.
#pragma once
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>
#include <vector>

template <class T = double> std::shared_ptr<wordmill::operations<T>> const& reference_of() {
    static auto const ops = wordmill::reference_operations<T>();
    return ops;
}

inline wordmill::tensor<double> tensor_of(std::size_t rows, std::size_t columns, std::vector<double> const& values) {
    wordmill::tensor<double> x(reference_of(), rows, columns);
    x.assign(values);
    return x;
}

inline std::vector<double> values_of(wordmill::matrix_view<double const> x) {
    std::vector<double> values(x.rows * x.columns);
    reference_of()->download(x, values);
    return values;
}

inline void near(std::vector<double> const& found, std::vector<double> const& expected, double tolerance = 1e-9) {
    BOOST_TEST_REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i)
        BOOST_TEST(std::abs(found[i] - expected[i]) <= tolerance,
                   "value " << i << " is " << found[i] << ", expected " << expected[i]);
}
