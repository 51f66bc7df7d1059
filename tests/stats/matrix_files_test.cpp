// What is written comes back; files written by hand after the formats' own descriptions: our own (docstring of
// matrix_format, checksums by Python's xxhash 3.x), Matrix Market (NIST), GloVe's cooccurrence.bin (struct cooccur_rec
// of its common.h); files that SciPy 1.17.1 wrote.
#include <boost/test/unit_test.hpp>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <thread>
#include <vector>
import wordmill.core;
import wordmill.io;
import wordmill.stats;
import wordmill.stream;
#include "../io/scratch_folder.hpp"
#include "../skipped.hpp"
#include "matrices.hpp"

using namespace wordmill;

BOOST_AUTO_TEST_SUITE(matrix_files)

namespace {
// our own, compressed too, Matrix Market, GloVe, .npz
std::vector<std::string> const names{"m", "m.zst", "m.mtx", "m.mtx.gz", "m.bin", "m.npz"};

void check_weights(cooccurrence_counts const& counts) {
    for (auto const& name : names) {
        BOOST_TEST_CONTEXT(name << ", " << counts.size() << " types, unit " << counts.unit()) {
            scratch_folder const folder;
            save_cooccurrences(counts, folder / name);
            check_same(load_cooccurrences(folder / name,
                                          {.format = name == "m.bin" ? matrix_format::glove : matrix_format::automatic,
                                           .unit = counts.unit(),
                                           .types = counts.size()}),
                       counts);
        }
    }
}

void check_values(csr<float> const& matrix) {
    for (auto const& name : names) {
        if (name == "m.bin" && matrix.view().rows != matrix.view().columns) continue;
        BOOST_TEST_CONTEXT(name << ", " << matrix.view().rows << " by " << matrix.view().columns) {
            scratch_folder const folder;
            save_matrix(matrix.view(), folder / name);
            check_same(
                load_matrix(folder / name, {.format = name == "m.bin" ? matrix_format::glove : matrix_format::automatic,
                                            .types = matrix.view().rows}),
                matrix);
        }
    }
}

/// 300 types with about a third of all pairs: several blocks of entries, rows without any.
cooccurrence_counts many(std::uint64_t unit, std::uint64_t largest) {
    std::vector<struct cooccurrence> entries;
    auto random = random_key{5}.engine();
    for (std::size_t row = 0; row < 300; row += 1 + row % 3)
        for (std::size_t column = row % 2; column < 300; column += 1 + random.below(5))
            entries.push_back(pair_of(row, column, 1 + random.below(largest)));
    return {300, unit, std::move(entries)};
}

template <std::size_t N> std::string bytes(char const (&text)[N]) { return {text, N - 1}; }

std::string read_back(std::string const& name, std::function<void(std::string const&)> const& save) {
    scratch_folder const folder;
    save(folder / name);
    return file_bytes(folder / name);
}
}

BOOST_AUTO_TEST_CASE(weights_come_back_from_every_format) {
    check_weights({});
    check_weights({1, 1, std::vector<struct cooccurrence>()});
    check_weights({1, 1, {pair_of(0, 0, 1)}});
    check_weights(small_counts());
    check_weights(small_counts(12));
    check_weights(many(1, std::uint64_t{1} << 40));
    check_weights(many(2520, 1 << 20));
}

BOOST_AUTO_TEST_CASE(values_come_back_from_every_format) {
    check_values({});
    check_values({0, {0, 0}, {}, {}});
    check_values({1, {0, 1}, {0}, {1e-38F}});
    check_values({3, {0, 1, 2}, {2, 0}, {0.1F, -3.4e38F}}); // [2, 3]
    std::vector<std::uint64_t> offsets{0};
    std::vector<std::uint32_t> columns;
    std::vector<float> values;
    auto random = random_key{6}.engine();
    for (std::uint32_t row = 0; row < 200; ++row) {
        for (std::uint32_t column = row % 5; column < 200; column += 3) {
            columns.push_back(column);
            values.push_back(1e-3F + static_cast<float>(random.below(1 << 24)) / 3000);
        }
        offsets.push_back(columns.size());
    }
    check_values({200, offsets, columns, values});
}

BOOST_AUTO_TEST_CASE(the_largest_weights_come_back_or_are_refused) {
    scratch_folder const folder;
    auto const largest = ~std::uint64_t{0};
    cooccurrence_counts const counts(1, 1, {pair_of(0, 0, largest)});
    save_cooccurrences(counts, folder / "own");
    check_same(load_cooccurrences(folder / "own"), counts);
    save_cooccurrences(counts, folder / "m.mtx");
    check_same(load_cooccurrences(folder / "m.mtx"), counts);
    auto const refused = [](error const& e) { return e.kind() == failure::bad_data; };
    BOOST_CHECK_EXCEPTION(save_cooccurrences(counts, folder / "m.npz"), error, refused);
    BOOST_CHECK_EXCEPTION(save_cooccurrences(counts, folder / "m.bin"), error, refused);
    BOOST_CHECK_EXCEPTION(save_cooccurrences({1, 3, {pair_of(0, 0, largest)}}, folder / "n.mtx"), error, refused);
    BOOST_TEST(folder.names().size() == 2); // nothing half written
}

BOOST_AUTO_TEST_CASE(our_own_weights_byte_by_byte) {
    // "WMMATRIX", version 1, kind 0, rows 3, columns 3, unit 1, vocabulary, 0, XXH3; entries; 3 entries, sum 13, XXH3
    auto const golden = bytes("WMMATRIX\1\0\0\0\0\0\0\0"
                              "\3\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0"
                              "\x88\x77\x66\x55\x44\x33\x22\x11\0\0\0\0\0\0\0\0"
                              "\xb0\xa9\xb7\x3d\xd7\x36\x7f\xd2"
                              "\0\0\0\0\1\0\0\0\5\0\0\0\0\0\0\0"
                              "\0\0\0\0\2\0\0\0\1\0\0\0\0\0\0\0"
                              "\2\0\0\0\1\0\0\0\7\0\0\0\0\0\0\0"
                              "\3\0\0\0\0\0\0\0\x0d\0\0\0\0\0\0\0"
                              "\x3c\x51\x3f\x87\xc1\xd6\x48\xb6");
    BOOST_TEST((file_bytes(corpus_file("weights.wmm")) == golden));
    auto const made = read_back("made", [](std::string const& path) {
        save_cooccurrences(small_counts(), path, {.vocabulary = 0x1122334455667788});
    });
    BOOST_TEST((made == golden));
    check_same(load_cooccurrences(corpus_file("weights.wmm")), small_counts());
    check_same(load_matrix(corpus_file("weights.wmm")), small_values());
}

BOOST_AUTO_TEST_CASE(our_own_values_byte_by_byte) {
    // floats: 5 = 40a00000, 1 = 3f800000, 7 = 40e00000
    auto const golden = bytes("WMMATRIX\1\0\0\0\1\0\0\0"
                              "\3\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0"
                              "\x88\x77\x66\x55\x44\x33\x22\x11\0\0\0\0\0\0\0\0"
                              "\x46\x45\x00\x03\xbe\xf1\xfd\xd9"
                              "\0\0\0\0\1\0\0\0\0\0\xa0\x40"
                              "\0\0\0\0\2\0\0\0\0\0\x80\x3f"
                              "\2\0\0\0\1\0\0\0\0\0\xe0\x40"
                              "\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                              "\x69\x38\xf1\x05\x6d\xb0\x00\x04");
    BOOST_TEST((file_bytes(corpus_file("values.wmm")) == golden));
    auto const made = read_back("made", [](std::string const& path) {
        save_matrix(view_of(small_values()), path, {.vocabulary = 0x1122334455667788});
    });
    BOOST_TEST((made == golden));
    check_same(load_matrix(corpus_file("values.wmm")), small_values());
}

BOOST_AUTO_TEST_CASE(weights_of_a_unit_become_fractions) {
    scratch_folder const folder;
    save_cooccurrences(small_counts(4), folder / "m");
    check_same(load_matrix(folder / "m"), csr<float>(3, {0, 2, 2, 3}, {1, 2, 1}, {1.25F, 0.25F, 1.75F}));
    auto const text = read_back("m.mtx", [](auto const& path) { save_cooccurrences(small_counts(4), path); });
    BOOST_TEST(text == "%%MatrixMarket matrix coordinate real general\n3 3 3\n1 2 1.25\n1 3 0.25\n3 2 1.75\n");
}

BOOST_AUTO_TEST_CASE(matrix_market_text) {
    auto const whole = read_back("m.mtx", [](auto const& path) { save_cooccurrences(small_counts(), path); });
    BOOST_TEST(whole == "%%MatrixMarket matrix coordinate integer general\n3 3 3\n1 2 5\n1 3 1\n3 2 7\n");
    auto const real =
        read_back("m.mtx", [](auto const& path) { save_matrix(view_of(csr<float>(2, {0, 1}, {1}, {0.1F})), path); });
    BOOST_TEST(real == "%%MatrixMarket matrix coordinate real general\n1 2 1\n1 2 0.1\n");
    check_same(load_cooccurrences(corpus_file("scipy.mtx")), small_counts());

    // 2 on the diagonal, 1.25 and 0.5 below it and, by symmetry, above it
    csr<float> const both(3, {0, 3, 4, 5}, {0, 1, 2, 0, 0}, {2, 1.25F, 0.5F, 1.25F, 0.5F});
    check_same(load_matrix(corpus_file("symmetric.mtx")), both);
    check_same(load_cooccurrences(corpus_file("symmetric.mtx"), {.unit = 4}),
               {3, 4, {pair_of(0, 0, 8), pair_of(0, 1, 5), pair_of(0, 2, 2), pair_of(1, 0, 5), pair_of(2, 0, 2)}});

    scratch_folder const folder; // any order, case, blanks and line ends; zeros are left out
    put_file(folder / "m", "%%matrixmarket MATRIX coordinate Real general\r\n%\r\n\r\n 3\t3 4 \r\n3 2 7e0\r\n"
                           "1 3 +1.0\r\n\r\n2 2 0\r\n1 2 5.\r\n\n");
    check_same(load_cooccurrences(folder / "m"), small_counts());
}

BOOST_AUTO_TEST_CASE(records_of_glove) {
    // doubles: 5 = 4014.., 1 = 3ff0.., 7 = 401c..; ids from 1
    auto const golden = bytes("\1\0\0\0\2\0\0\0\0\0\0\0\0\0\x14\x40"
                              "\1\0\0\0\3\0\0\0\0\0\0\0\0\0\xf0\x3f"
                              "\3\0\0\0\2\0\0\0\0\0\0\0\0\0\x1c\x40");
    BOOST_TEST((file_bytes(corpus_file("glove.bin")) == golden));
    BOOST_TEST((read_back("m.bin", [](auto const& path) { save_cooccurrences(small_counts(), path); }) == golden));
    BOOST_TEST((read_back("m.bin", [](auto const& path) { save_matrix(view_of(small_values()), path); }) == golden));
    check_same(load_cooccurrences(corpus_file("glove.bin")), small_counts());
    check_same(load_cooccurrences(corpus_file("glove_shuffled.bin")), small_counts());
    check_same(load_matrix(corpus_file("glove_shuffled.bin")), small_values());
    BOOST_TEST(load_cooccurrences(corpus_file("glove.bin"), {.types = 9}).size() == 9);
}

BOOST_AUTO_TEST_CASE(sums_of_fractions_are_the_nearest_whole_weights) {
    scratch_folder const folder;
    double sum = 0; // as GloVe adds up 1/3 and 1/7
    for (int i = 0; i < 100'000; ++i) sum += 1.0 / 3 + 1.0 / 7;
    BOOST_REQUIRE(sum * 21 != 1'000'000);
    put_file(folder / "m", bytes("\1\0\0\0\1\0\0\0") + std::string(reinterpret_cast<char const*>(&sum), sizeof sum));
    check_same(load_cooccurrences(folder / "m", {.unit = 21}), {1, 21, {pair_of(0, 0, 1'000'000)}});
    BOOST_CHECK_THROW((void)load_cooccurrences(folder / "m", {.unit = 5}), error);
}

BOOST_AUTO_TEST_CASE(what_scipy_wrote) {
    for (auto const* const name :
         {"scipy_csr.npz", "scipy_csc_stored.npz", "scipy_coo.npz", "scipy_csr_array_wide.npz"}) {
        BOOST_TEST_CONTEXT(name) {
            check_same(load_cooccurrences(corpus_file(name)), small_counts());
            check_same(load_matrix(corpus_file(name)), small_values());
        }
    }
}

BOOST_AUTO_TEST_CASE(scipy_reads_what_we_write_and_we_what_it_writes,
                     *skipped_unless_shell("python3 -c 'import scipy.sparse'", "python3 with SciPy is not installed")) {
    scratch_folder const folder;
    auto const counts = many(1, 1 << 30);
    save_cooccurrences(counts, folder / "ours.npz");
    save_cooccurrences(counts, folder / "ours.mtx");
    save_cooccurrences(counts, folder / "ours");
    save_cooccurrences(many(4, 1 << 20), folder / "quarters.npz");
    save_matrix(view_of(small_values()), folder / "values.npz");
    put_file(folder / "check.py", R"(
import os, numpy as np, scipy.io, scipy.sparse as sp
m = sp.load_npz('ours.npz')
assert m.format == 'csr' and m.dtype == np.int64 and m.shape == (300, 300) and m.has_canonical_format
assert (m != scipy.io.mmread('ours.mtx').tocsr()).nnz == 0
f = 'ours'
e = np.fromfile(f, [('row', '<u4'), ('column', '<u4'), ('weight', '<u8')], (os.path.getsize(f) - 88) // 16, offset=64)
assert (m != sp.csr_matrix((e['weight'], (e['row'], e['column'])), (300, 300))).nnz == 0
q = sp.load_npz('quarters.npz')
assert q.dtype == np.float64 and ((q.data * 4) % 1 == 0).all() and (q.data % 1 != 0).any()
v = sp.load_npz('values.npz')
assert v.dtype == np.float32 and (v.toarray() == [[0, 5, 1], [0, 0, 0], [0, 7, 0]]).all()
random = np.random.default_rng(1)
for form in ['csr', 'csc', 'coo']:
    for kind in [np.int32, np.int64, np.uint32, np.uint64, np.float32, np.float64]:
        for compressed in [False, True]:
            s = m.copy()
            s.data = (s.data % 1000 + 1).astype(kind)
            s = s.asformat(form)
            if form == 'coo':
                p = random.permutation(s.nnz)
                s = sp.coo_matrix((s.data[p], (s.row[p], s.col[p])), shape=s.shape)
            sp.save_npz(f'{form}_{np.dtype(kind).name}_{int(compressed)}.npz', s, compressed=compressed)
scipy.io.mmwrite('theirs.mtx', m)
)");
    BOOST_REQUIRE(std::system(("cd '" + folder.path.string() + "' && python3 check.py").c_str()) == 0);
    check_same(load_cooccurrences(folder / "theirs.mtx"), counts);
    auto reduced = all_entries(counts);
    for (auto& e : reduced) e.weight = e.weight % 1000 + 1;
    for (std::string const form : {"csr_", "csc_", "coo_"})
        for (std::string const kind : {"int32_", "int64_", "uint32_", "uint64_", "float32_", "float64_"})
            for (auto const* const compressed : {"0.npz", "1.npz"}) BOOST_TEST_CONTEXT(form << kind << compressed) {
                    check_same(load_cooccurrences(folder / (form + kind + compressed)), {300, 1, reduced});
                }
}

BOOST_AUTO_TEST_CASE(what_comes_from_a_pipe_is_held_in_memory) {
    scratch_folder const folder;
    auto const counts = many(1, 1000);
    for (auto const* const format : {"m", "m.mtx", "m.bin"}) {
        save_cooccurrences(counts, folder / format);
        auto const pipe = folder / (std::string(format) + ".pipe");
        BOOST_REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
        std::jthread const writer([&] { put_file(pipe, file_bytes(folder / format)); });
        auto const loaded = load_cooccurrences(pipe, {.types = 300});
        check_same(loaded, counts);
        check_same(loaded, counts); // again
    }
}

BOOST_AUTO_TEST_CASE(formats_have_names) {
    for (auto const format : {matrix_format::automatic, matrix_format::wordmill, matrix_format::matrix_market,
                              matrix_format::glove, matrix_format::npz})
        BOOST_TEST((matrix_format_named(name(format)) == format));
    BOOST_CHECK_THROW((void)matrix_format_named("hdf5"), error);
}

BOOST_AUTO_TEST_SUITE_END()
