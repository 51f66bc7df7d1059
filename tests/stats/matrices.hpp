#pragma once
// The including file imports wordmill.core and wordmill.stats first.
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

inline struct wordmill::cooccurrence pair_of(std::size_t row, std::size_t column, std::uint64_t weight) {
    return {wordmill::id_at(row), wordmill::id_at(column), weight};
}

/// [3, 3]: (0, 1) = 5, (0, 2) = 1, (2, 1) = 7; also what the files of the fuzz corpus hold.
inline wordmill::cooccurrence_counts small_counts(std::uint64_t unit = 1) {
    return {3, unit, {pair_of(0, 1, 5), pair_of(0, 2, 1), pair_of(2, 1, 7)}};
}
inline wordmill::csr<float> small_values() { return {3, {0, 2, 2, 3}, {1, 2, 1}, {5, 1, 7}}; }

inline wordmill::csr_view<float const> view_of(wordmill::csr<float> const& matrix) { return matrix.view(); }

inline std::vector<struct wordmill::cooccurrence> all_entries(wordmill::cooccurrence_counts const& counts) {
    std::vector<struct wordmill::cooccurrence> all;
    for (auto const block : counts.entries()) all.insert(all.end(), block.begin(), block.end());
    return all;
}

inline void check_same(wordmill::cooccurrence_counts const& found, wordmill::cooccurrence_counts const& expected) {
    BOOST_TEST(found.size() == expected.size());
    BOOST_TEST(found.unit() == expected.unit());
    BOOST_TEST((all_entries(found) == all_entries(expected)));
}

inline void check_same(wordmill::csr<float> const& found, wordmill::csr<float> const& expected) {
    auto const a = found.view();
    auto const b = expected.view();
    BOOST_TEST(a.rows == b.rows);
    BOOST_TEST(a.columns == b.columns);
    BOOST_TEST(a.row_offsets == b.row_offsets, boost::test_tools::per_element());
    BOOST_TEST(a.columns_of == b.columns_of, boost::test_tools::per_element());
    BOOST_TEST(a.values == b.values, boost::test_tools::per_element());
}

inline std::string corpus_file(std::string const& name) { return std::string(WORDMILL_MATRIX_CORPUS) + "/" + name; }
