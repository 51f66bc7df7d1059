// What runs on a GPU by way of Thrust, on the back ends that every machine has.
#include "wordmill/cuda/pairs.hpp"
#include "wordmill/cuda/tall.hpp"
#include "wordmill/cuda/transpose.hpp"
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <thrust/execution_policy.h>
#include <thrust/for_each.h>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/sort.h>
#include <thrust/system/tbb/execution_policy.h>
#include <thrust/transform.h>
#include <utility>
#include <vector>
import wordmill.batch;
import wordmill.core;
import wordmill.linear_algebra;
import wordmill.stats;
#include "../linear_algebra/random_csr.hpp"

using namespace wordmill;

namespace {
constexpr wordmill::cuda::pair_bits layout(unsigned used) {
    return {token_pair::id_bits, token_pair::distance_bits, used};
}

std::vector<token_pair> random_pairs(std::size_t count, std::size_t types) {
    auto rng = random_key(7).engine();
    auto const id = [&] { return id_at(static_cast<std::size_t>(rng.uniform_double() * static_cast<double>(types))); };
    std::vector<token_pair> pairs;
    for (std::size_t i = 0; i < count; ++i) pairs.emplace_back(id(), id(), static_cast<std::uint32_t>(1 + rng() % 5));
    return pairs;
}

std::vector<float> random_values(std::size_t count, std::uint64_t seed) {
    auto rng = random_key(seed).engine();
    std::vector<float> values(count);
    for (auto& v : values) v = 2 * rng.uniform() - 1;
    return values;
}

template <class Check> void on_every_back_end(Check check) {
    check(thrust::seq);
    check(thrust::tbb::par);
}
}

BOOST_AUTO_TEST_SUITE(cuda_algorithms)

BOOST_AUTO_TEST_CASE(a_sortable_pair_has_no_unused_bits_and_can_be_turned) {
    auto const pair = token_pair(id_at(5), id_at(9), 3).packed();
    // ids of 4 bits: 0101 1001, then the distance in 8 bits
    BOOST_TEST((wordmill::cuda::sortable_pair{layout(4), false}(pair)) == (0b0101'1001U << 8 | 3));
    BOOST_TEST((wordmill::cuda::sortable_pair{layout(4), true}(pair)) == (0b1001'0101U << 8 | 3));
    BOOST_TEST((wordmill::cuda::place_of_pair{layout(4)}(0b0101'1001U << 8 | 3)) == (std::uint64_t{5} << 32 | 9));
    BOOST_TEST(layout(4).end() == 16U);
    // the largest ids that there are
    auto const last = token_pair::most_types - 1;
    auto const widest = token_pair(id_at(last), id_at(last - 1), 255).packed();
    auto const sortable = wordmill::cuda::sortable_pair{layout(token_pair::id_bits), false}(widest);
    BOOST_TEST(sortable == widest);
    BOOST_TEST((wordmill::cuda::place_of_pair{layout(token_pair::id_bits)}(sortable))
               == (std::uint64_t{last} << 32 | (last - 1)));
}

BOOST_AUTO_TEST_CASE(sums_of_pairs_are_those_of_a_map) {
    constexpr std::size_t types = 60;
    auto const pairs = random_pairs(20000, types);
    std::vector<std::uint32_t> weights(256);
    for (std::uint32_t d = 1; d <= 5; ++d) weights[d] = 60 / d;
    for (bool const both_ways : {false, true})
        for (bool const turned : {false, true}) {
            std::map<std::uint64_t, std::uint64_t> expected;
            for (auto const p : pairs) {
                std::uint64_t row = index(p.row()), column = index(p.column());
                if (turned) std::swap(row, column);
                std::uint64_t const times = !both_ways || row != column ? 1 : turned ? 0 : 2;
                expected[row << 32 | column] += times * weights[p.distance()];
            }
            on_every_back_end([&](auto const& policy) {
                auto const bits = layout(6);
                std::vector<std::uint64_t> keys(pairs.size());
                std::transform(pairs.begin(), pairs.end(), keys.begin(), [](token_pair p) { return p.packed(); });
                thrust::transform(policy, keys.begin(), keys.end(), keys.begin(),
                                  wordmill::cuda::sortable_pair{bits, turned});
                std::sort(keys.begin(), keys.end());
                std::vector<std::uint64_t> places(keys.size()), sums(keys.size());
                auto const found =
                    wordmill::cuda::add_up_pairs(policy, keys.data(), keys.size(),
                                                 {bits, weights.data(), both_ways, turned}, places.data(), sums.data());
                BOOST_REQUIRE(found == expected.size());
                std::size_t i = 0;
                bool same = true;
                for (auto const& [place, sum] : expected) {
                    same = same && places[i] == place && sums[i] == sum;
                    ++i;
                }
                BOOST_TEST(same);
            });
        }
}

namespace {
/// The transpose by way of sorted entries, with indices of a type.
template <class Index, class Policy> csr<float> const transposed(Policy const& policy, csr_view<float const> a) {
    std::vector<Index> offsets(a.row_offsets.begin(), a.row_offsets.end());
    std::vector<float> values(a.values.begin(), a.values.end());
    std::vector<std::uint32_t> keys(a.columns_of.begin(), a.columns_of.end());
    std::vector<std::uint64_t> entries(a.nonzeros());
    wordmill::cuda::entries_by_row(policy, wordmill::cuda::sparse_arrays<Index>{offsets.data(), nullptr, values.data()},
                                   a.rows, entries.size(), entries.data());
    thrust::stable_sort_by_key(policy, keys.begin(), keys.end(), entries.begin());
    std::vector<Index> out_offsets(a.columns + 1), out_columns(a.nonzeros());
    std::vector<float> out_values(a.nonzeros());
    wordmill::cuda::transpose_of_entries(
        policy, keys.data(), entries.data(), entries.size(), a.columns,
        wordmill::cuda::sparse_arrays<Index>{out_offsets.data(), out_columns.data(), out_values.data()});
    return {a.rows, {out_offsets.begin(), out_offsets.end()}, {out_columns.begin(), out_columns.end()}, out_values};
}
}

BOOST_AUTO_TEST_CASE(the_transpose_by_sorting_is_the_transpose) {
    // rows and columns without entries, at the ends too
    auto const small = sparse({{0, 0, 0, 0}, {1, 0, 2, 0}, {0, 0, 0, 0}, {3, 0, 4, 0}, {0, 0, 0, 0}}, 4);
    auto const large = random_csr(300, 170, 0.05);
    for (auto const& a : {small.view(), large.view()}) {
        auto const expected = transpose(a);
        on_every_back_end([&](auto const& policy) {
            auto const check = [&](csr_view<float const> found) {
                BOOST_TEST(std::ranges::equal(found.row_offsets, expected.view().row_offsets));
                BOOST_TEST(std::ranges::equal(found.columns_of, expected.view().columns_of));
                BOOST_TEST(std::ranges::equal(found.values, expected.view().values));
            };
            auto const narrow = transposed<std::int32_t>(policy, a);
            check(narrow.view());
            auto const wide = transposed<std::int64_t>(policy, a);
            check(wide.view());
        });
    }
}

BOOST_AUTO_TEST_CASE(elements_of_tall_matrices_are_where_their_strides_say) {
    constexpr std::size_t rows = 1000, columns = 7, x_stride = 16, y_stride = 9;
    auto x = random_values(rows * x_stride, 1), y = random_values(rows * y_stride, 2);
    std::vector<double> const s{1, 0.5, 3, -2, 0.25, 10, 7};
    wordmill::cuda::tall const tall_x{x.data(), rows, columns, x_stride}, tall_y{y.data(), rows, columns, y_stride};
    on_every_back_end([&](auto const& policy) {
        auto const each = [&](std::uint64_t count, auto function) {
            thrust::for_each(policy, thrust::counting_iterator<std::uint64_t>(0),
                             thrust::counting_iterator<std::uint64_t>(count), function);
        };
        std::vector<double> wide(rows * columns, -1);
        each(wide.size(), wordmill::cuda::widen{x.data(), x_stride, columns, wide.data()});
        std::vector<float> quotients(rows * y_stride, -7);
        each(rows * columns,
             wordmill::cuda::divide_columns{tall_x, s.data(), {quotients.data(), rows, columns, y_stride}});
        constexpr std::size_t shares = 13;
        std::vector<double> partial(shares * columns, -1);
        each(partial.size(), wordmill::cuda::squares_of_difference{tall_x, tall_y, s.data(), shares, partial.data()});
        std::vector<double> added(columns, 1);
        each(columns, wordmill::cuda::add_shares{partial.data(), shares, columns, added.data()});
        bool widened = true, divided = true, apart = true;
        std::vector<double> squares(columns);
        for (std::size_t r = 0; r < rows; ++r)
            for (std::size_t c = 0; c < y_stride; ++c) {
                if (c >= columns) {
                    apart = apart && quotients[r * y_stride + c] == -7;
                    continue;
                }
                auto const value = static_cast<double>(x[r * x_stride + c]);
                widened = widened && wide[r * columns + c] == value;
                divided = divided && quotients[r * y_stride + c] == static_cast<float>(value / s[c]);
                squares[c] += std::pow(value - s[c] * static_cast<double>(y[r * y_stride + c]), 2);
            }
        BOOST_TEST((widened && divided && apart));
        for (std::size_t c = 0; c < columns; ++c) {
            BOOST_TEST(std::abs((added[c] - 1) / squares[c] - 1) < 1e-12);
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()
