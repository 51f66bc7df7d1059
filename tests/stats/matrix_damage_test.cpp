// Files of matrices that are not what they should be: cut anywhere, any byte changed, sizes that are not there.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.io;
import wordmill.stats;
import wordmill.stream;
#include "../fuzz/file_of_bytes.hpp"
#include "../io/failure_of.hpp"
#include "../io/scratch_folder.hpp"
#include "../skipped.hpp"
#include "matrices.hpp"

using namespace wordmill;

BOOST_AUTO_TEST_SUITE(damaged_matrices)

namespace {
constexpr std::uint64_t memory = std::uint64_t{1} << 22;

struct outcome {
    bool weights = false; ///< came to the end without an error
    bool values = false;
};

/// Loads in both ways (.npz in one, for the sake of time), reads all entries, and looks at what is delivered.
outcome outcome_of(std::string const& path, bool both) {
    outcome seen;
    try {
        auto const counts = load_cooccurrences(path, {.memory_bytes = memory});
        for (auto const& e : all_entries(counts))
            if (index(e.row) >= counts.size() || index(e.column) >= counts.size() || e.weight == 0)
                BOOST_ERROR("an entry that cannot be");
        seen.weights = true;
    } catch (error const&) {}
    if (!both) return seen;
    try {
        auto const matrix = load_matrix(path, {.memory_bytes = memory});
        for (float const value : matrix.view().values)
            if (!std::isfinite(value)) BOOST_ERROR("a value that is not finite");
        seen.values = true;
    } catch (error const&) {}
    return seen;
}

std::vector<std::string> const files{"weights.wmm", "values.wmm",         "scipy.mtx",     "symmetric.mtx",
                                     "glove.bin",   "glove_shuffled.bin", "scipy_csr.npz", "scipy_csc_stored.npz"};
bool is_own(std::string const& name) { return name.ends_with(".wmm"); }
bool is_npz(std::string const& name) { return name.ends_with(".npz"); }

seen_failure refusal_of(std::string const& content, load_matrix_options options = {}) {
    scratch_folder const folder;
    put_file(folder / "m", content);
    return failure_of([&] { (void)all_entries(load_cooccurrences(folder / "m", options)); });
}

std::string market(std::string const& behind_banner, std::string const& banner = "coordinate integer general") {
    return "%%MatrixMarket matrix " + banner + "\n" + behind_banner;
}

template <class... T> std::string packed(T... values) {
    std::string text;
    (text.append(reinterpret_cast<char const*>(&values), sizeof values), ...);
    return text;
}
std::string glove(std::int32_t row, std::int32_t column, double value) { return packed(row, column, value); }
}

BOOST_AUTO_TEST_CASE(cut_anywhere) {
    for (auto const& name : files) {
        auto const whole = file_bytes(corpus_file(name));
        for (std::size_t size = 0; size < whole.size(); ++size) {
            file_of_bytes const file(std::string_view(whole).substr(0, size));
            auto const seen = outcome_of(file.name, !is_npz(name));
            // the other formats have no end mark: whole records of GloVe, digits before the last newline
            bool const detected = is_own(name) || is_npz(name) || size == 0;
            if (detected && (seen.weights || seen.values)) BOOST_ERROR(name << " cut to " << size << " was taken");
        }
    }
}

BOOST_AUTO_TEST_CASE(any_byte_changed) {
    for (auto const& name : files) {
        auto const whole = file_bytes(corpus_file(name));
        std::vector<unsigned char> masks{0x01};
        if (is_own(name)) masks = {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff};
        for (std::size_t at = 0; at < whole.size(); ++at)
            for (auto const mask : masks) {
                auto changed = whole;
                changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ mask);
                file_of_bytes const file(changed);
                auto const seen = outcome_of(file.name, !is_npz(name));
                if (is_own(name) && (seen.weights || seen.values))
                    BOOST_ERROR(name << " with byte " << at << " changed was taken");
            }
    }
}

BOOST_AUTO_TEST_CASE(our_own_says_what_is_wrong) {
    auto const whole = file_bytes(corpus_file("weights.wmm"));
    auto newer = whole;
    newer[8] = 2;
    BOOST_TEST(refusal_of(newer).says("expected a matrix of version 1, found version 2"));
    auto header = whole;
    header[17] = 1;
    BOOST_TEST(refusal_of(header).says("found a damaged one"));
    auto order = whole;
    std::swap_ranges(order.begin() + 64, order.begin() + 80, order.begin() + 80);
    BOOST_TEST(refusal_of(order).says("expected entries in order"));
    BOOST_TEST(refusal_of(order).says("byte 80"));
    auto weight = whole;
    weight[72] = 4;
    BOOST_TEST(refusal_of(weight).says("the checksum is wrong"));
    BOOST_TEST(refusal_of(whole.substr(0, 64 + 32) + whole.substr(64 + 48)).says("counts 2 entries, found 3"));
    BOOST_TEST(refusal_of(whole.substr(0, 80)).says("whole entries"));
    BOOST_TEST(refusal_of(file_bytes(corpus_file("values.wmm"))).says("found one of real values"));
    BOOST_TEST(refusal_of(whole, {.vocabulary = 1}).says("fingerprint 1, found"));
    BOOST_TEST(load_cooccurrences(corpus_file("weights.wmm"), {.vocabulary = 0x1122334455667788}).size() == 3);
}

BOOST_AUTO_TEST_CASE(matrix_market_text_is_refused_with_the_line) {
    struct row {
        std::string content;
        std::string says;
    };
    std::vector<row> const rows{
        {market("3 3 1\n1 2 5\n", "coordinate pattern general"), "line 1"},
        {market("3 3 1\n1 2 5\n", "coordinate complex general"), "expected '%%MatrixMarket matrix coordinate'"},
        {market("3 3 1\n1 2 5\n", "coordinate real hermitian"), "hermitian"},
        {market("3 3\n", "array real general"), "line 1"},
        {market(""), "expected the numbers of rows, columns and entries"},
        {market("3 3\n1 2 5\n"), "line 2"},
        {market("-3 3 1\n1 2 5\n"), "line 2"},
        {market("3 3 1 1\n1 2 5\n"), "line 2"},
        {market("3 3 2\n1 2 5\n"), "2 entries, but 6 B are left"},
        {market("3 3 2\n1 2 50000000000\n"), "expected 2 entries, found 1"},
        {market("3 3 1\n1 2 5\n1 3 5\n"), "line 4"},
        {market("3 3 1\n0 2 5\n"), "a row from 1 to 3"},
        {market("3 3 1\n1 4 5\n"), "line 3"},
        {market("3 3 1\n1 2 5 6\n"), "line 3"},
        {market("3 3 1\n1 2.0 5\n"), "line 3"},
        {market("3 3 1\n% a comment\n"), "found '% a comment'"},
        {market("3 3 1\n1 2 -5\n"), "expected a whole number, not negative, below 2^64, found '-5'"},
        {market("3 3 1\n1 2 nan\n", "coordinate real general"), "found 'nan'"},
        {market("3 3 1\n1 2 inf\n", "coordinate real general"), "found 'inf'"},
        {market("3 3 1\n1 2 0x5\n"), "found '0x5'"},
        {market("3 3 1\n1 2 1,5\n"), "found '1,5'"},
        {market("3 3 1\n1 2 0.5\n", "coordinate real general"), "found '0.5'"},
        {market("3 3 1\n1 2 18446744073709551616\n"), "found '18446744073709551616'"},
        {market("3 3 1\n1 2 1e999\n", "coordinate real general"), "found '1e999'"},
        {market("3 3 2\n1 2 5\n1 2 6\n"), "row 0, column 1 (from 0) twice"},
        {market("3 3 2\n1 2 5\n2 1 5\n", "coordinate integer symmetric"), "twice"},
        {market("3 2 1\n1 2 5\n", "coordinate integer symmetric"), "as many rows as columns"},
        {market("3 2 1\n1 2 5\n"), "as many rows as columns"},
        {market("5000000000 5000000000 1\n1 2 5\n"), "expected fewer than 2^32 rows and columns, found 5,000,000,000"},
        {market("3 3 99999999999999999999\n1 2 5\n"), "line 2"},
        {market("3 3 1\n1 2 " + std::string(70'000, '5')), "at most 65,536 bytes"},
    };
    for (auto const& [content, says] : rows) BOOST_TEST_CONTEXT(content.substr(0, 200)) {
            auto const seen = refusal_of(content);
            BOOST_TEST((seen == failure::bad_data));
            BOOST_TEST(seen.says(says), seen.text);
        }
    scratch_folder const folder;
    for (auto const* const value : {"1e-46", "3.5e38", "-inf"}) {
        put_file(folder / "m", market("1 1 1\n1 1 " + std::string(value) + "\n", "coordinate real general"));
        BOOST_TEST(failure_of([&] { (void)load_matrix(folder / "m"); }).says(value));
    }
}

BOOST_AUTO_TEST_CASE(records_of_glove_are_refused_with_the_byte) {
    BOOST_TEST(refusal_of("").says("an empty file"));
    BOOST_TEST(refusal_of(glove(1, 1, 1) + "x").says("found 17 B of something else"));
    BOOST_TEST(refusal_of(glove(1, 1, 1) + glove(0, 1, 1)).says("byte 16"));
    BOOST_TEST(refusal_of(glove(1, -1, 1)).says("found 1 and -1"));
    BOOST_TEST(refusal_of(glove(1, 4, 1), {.types = 3}).says("ids from 1 to 3, found 1 and 4"));
    for (double const value : {-1.0, 0.5, static_cast<double>(NAN), static_cast<double>(INFINITY), 0x1p64})
        BOOST_TEST(refusal_of(glove(1, 1, value)).says("expected a whole number"));
    BOOST_TEST(refusal_of(glove(1, 1, 0.3), {.unit = 2}).says("a multiple of 1/2"));
    BOOST_TEST(refusal_of(glove(1, 1, 1) + glove(1, 1, 2)).says("twice"));
    BOOST_TEST((refusal_of(glove(1, 1, 1), {.unit = 0}) == failure::usage));
    // 2^31 - 1 types: their sums would need 32 GiB
    auto const huge = refusal_of(glove(1, 0x7fffffff, 1), {.memory_bytes = memory});
    BOOST_TEST((huge == failure::resource));
    BOOST_TEST(huge.says("2,147,483,647 types needs 32.0 GiB"), huge.text);
}

namespace {
using zip_content = std::vector<std::pair<std::string, std::string>>;

/// Files "0", "1", ... in `folder`, each with the members of one zip, in one run of Python's zipfile.
void put_zips(scratch_folder const& folder, std::vector<zip_content> const& zips) {
    for (std::size_t i = 0; i < zips.size(); ++i)
        for (std::size_t m = 0; m < zips[i].size(); ++m)
            put_file(folder / (std::to_string(i) + "-" + std::to_string(m) + "-" + zips[i][m].first),
                     zips[i][m].second);
    put_file(folder / "zip.py", R"(
import glob, zipfile
for name in sorted(glob.glob('*.npy')):
    number, _, member = name.split('-')
    with zipfile.ZipFile(number, 'a') as z:
        z.write(name, member)
)");
    BOOST_REQUIRE(std::system(("cd '" + folder.path.string() + "' && python3 -W ignore zip.py").c_str()) == 0);
}

std::string npy(std::string const& type, std::string const& shape, std::string const& values,
                std::string const& order = "False") {
    std::string const dict = "{'descr': '" + type + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
    return std::string("\x93NUMPY\1\0", 8) + static_cast<char>(dict.size()) + '\0' + dict + values;
}
}

BOOST_AUTO_TEST_CASE(npz_members_are_refused_by_name,
                     *skipped_unless_shell("python3 -c 'import zipfile'", "python3 is not installed")) {
    using i4 = std::int32_t;
    using i8 = std::int64_t;
    zip_content const good{{"indices.npy", npy("<i4", "(3,)", packed(i4{1}, i4{2}, i4{1}))},
                           {"indptr.npy", npy("<i4", "(4,)", packed(i4{0}, i4{2}, i4{2}, i4{3}))},
                           {"format.npy", npy("|S3", "()", "csr")},
                           {"shape.npy", npy("<i8", "(2,)", packed(i8{3}, i8{3}))},
                           {"data.npy", npy("<i4", "(3,)", packed(i4{5}, i4{1}, i4{7}))}};
    struct row {
        std::string member;
        std::string content;
        std::string says;
    };
    std::vector<row> const rows{
        {"format.npy", npy("|S3", "()", "bsr"), "expected csr, csc or coo"},
        {"format.npy", npy("<U3", "()", std::string("c\0\0\0s\0\0\0r\0\0\0", 12)), "format.npy"},
        {"format.npy", npy("<i8", "()", packed(i8{1})), "of type '|S3'"},
        {"shape.npy", npy("<i8", "(3,)", packed(i8{3}, i8{3}, i8{3})), "expected two sizes, found 3"},
        {"shape.npy", npy("<i8", "(2,)", packed(i8{3}, i8{-3})), "found -3"},
        {"shape.npy", npy("<i8", "(2,)", packed(i8{3}, i8{1} << 40)), "fewer than 2^32 rows and columns"},
        {"shape.npy", npy("<i8", "(2,)", packed(i8{1} << 31, i8{1} << 31)), "expected 2,147,483,649 offsets"},
        {"shape.npy", npy("<i8", "(2,)", packed(i8{3}, i8{2})), "as many rows as columns"},
        {"data.npy", npy("|O", "(3,)", packed(i8{5}, i8{1}, i8{7})), "never unpickled"},
        {"data.npy", npy(">i4", "(3,)", packed(i4{5}, i4{1}, i4{7})), "found '>i4'"},
        {"data.npy", npy("<c8", "(3,)", packed(i8{5}, i8{1}, i8{7})), "found '<c8'"},
        {"data.npy", npy("<i4", "(3,)", packed(i4{5}, i4{1}, i4{7}), "True"), "fortran_order"},
        {"data.npy", npy("<i4", "(3, 1)", packed(i4{5}, i4{1}, i4{7})), "found the shape (3, 1)"},
        {"data.npy", npy("<i4", "(-3,)", packed(i4{5}, i4{1}, i4{7})), "a size below 2^64"},
        {"data.npy", npy("<i4", "(4,)", packed(i4{5}, i4{1}, i4{7})), "expected 4 values of 4 bytes"},
        {"data.npy", npy("<i4", "(4611686018427387907,)", packed(i4{5}, i4{1}, i4{7})), "values of 4 bytes"},
        {"data.npy", npy("<i4", "(3,)", packed(i4{5}, i4{1}, i4{7}, i4{7})), "expected 3 values of 4 bytes"},
        {"data.npy", npy("<i4", "(2,)", packed(i4{5}, i4{1})),
         "2 columns or indices for as many values, found 4 and 3"},
        {"data.npy", npy("<i4", "(3,)", packed(i4{5}, i4{-1}, i4{7})), "found -1"},
        {"data.npy", npy("<i4", "(3,)", packed(i4{5}, i4{-1}, i4{7})), "record 2"},
        {"data.npy", npy("<f4", "(3,)", packed(5.0F, 1.5F, 7.0F)), "found 1.5"},
        {"data.npy", npy("<f8", "(3,)", packed(5.0, static_cast<double>(NAN), 7.0)), "found nan"},
        {"data.npy", "\x93NUMPY\4" + std::string(100, '\0'), "version 1, 2 or 3"},
        {"data.npy", std::string("\x93NUMPY\2\0\xff\xff\xff\xff", 12), "expected a header of at most"},
        {"data.npy", "", "ends inside the header"},
        {"data.npy", npy("<i4', 'descr': '<i4", "(3,)", packed(i4{5}, i4{1}, i4{7})), "once each"},
        {"indices.npy", npy("<i4", "(3,)", packed(i4{1}, i4{3}, i4{1})), "expected indices below 3, found 3"},
        {"indices.npy", npy("<i4", "(3,)", packed(i4{1}, i4{-1}, i4{1})), "found -1"},
        {"indices.npy", npy("<i4", "(3,)", packed(i4{1}, i4{1}, i4{1})), "twice"},
        {"indices.npy", npy("<f4", "(3,)", packed(1.0F, 2.0F, 1.0F)), "expected indices of '<i4' or '<i8'"},
        {"indptr.npy", npy("<i4", "(4,)", packed(i4{1}, i4{2}, i4{2}, i4{3})), "the first offset to be 0"},
        {"indptr.npy", npy("<i4", "(4,)", packed(i4{0}, i4{2}, i4{1}, i4{3})), "offsets that do not fall"},
        {"indptr.npy", npy("<i4", "(4,)", packed(i4{0}, i4{2}, i4{2}, i4{4})), "up to 3, found 4"},
        {"indptr.npy", npy("<i4", "(4,)", packed(i4{0}, i4{2}, i4{2}, i4{2})), "the last offset to be 3, found 2"},
        {"indptr.npy", npy("<i4", "(3,)", packed(i4{0}, i4{2}, i4{3})), "expected 4 offsets"},
    };
    std::vector<zip_content> zips{good};
    std::vector<std::string> expected{""};
    for (auto const& [member, content, says] : rows) {
        zips.push_back(good);
        for (auto& [name, bytes] : zips.back())
            if (name == member) bytes = content;
        expected.push_back(says);
    }
    for (auto const& [missing, content] : good) {
        zips.push_back(good);
        std::erase_if(zips.back(), [&](auto const& m) { return m.first == missing; });
        expected.push_back(missing + ", found none");
    }
    zips.push_back(good);
    zips.back().push_back(good.back());
    expected.push_back("each name once");

    scratch_folder const folder;
    put_zips(folder, zips);
    check_same(load_cooccurrences(folder / "0"), small_counts());
    for (std::size_t i = 1; i < zips.size(); ++i) {
        auto const seen = failure_of([&] { (void)load_cooccurrences(folder / std::to_string(i)); });
        BOOST_TEST((seen == failure::bad_data));
        BOOST_TEST(seen.says(expected[i]), seen.text << " instead of " << expected[i]);
    }
}

BOOST_AUTO_TEST_CASE(an_npz_file_that_is_compressed_as_a_whole_is_refused) {
    scratch_folder const folder;
    BOOST_TEST((failure_of([&] { save_cooccurrences(small_counts(), folder / "m.npz.gz"); }) == failure::usage));
    output_file out(folder / "m.npz.gz", {.compression = codec::gzip});
    out.write(file_bytes(corpus_file("scipy_csr.npz")));
    out.commit();
    BOOST_TEST(failure_of([&] { (void)load_matrix(folder / "m.npz.gz"); }).says("not compressed as a whole"));
}

BOOST_AUTO_TEST_CASE(what_is_held_in_memory_keeps_to_the_limit) {
    scratch_folder const folder;
    std::vector<struct cooccurrence> entries;
    for (std::size_t row = 0; row < 100; ++row)
        for (std::size_t column = 0; column < 100; ++column) entries.push_back(pair_of(row, column, 1));
    cooccurrence_counts const counts(100, 1, entries);
    for (auto const* const name : {"m", "m.zst", "m.mtx", "m.mtx.zst", "m.npz", "m.bin"})
        save_cooccurrences(counts, folder / name);
    constexpr std::uint64_t little = 50'000; // of 160,000 bytes
    for (auto const* const name : {"m", "m.zst", "m.bin"})
        BOOST_TEST(all_entries(load_cooccurrences(folder / name, {.memory_bytes = little})).size() == 10'000);
    for (auto const* const name : {"m.mtx", "m.mtx.zst", "m.npz"}) {
        auto const seen = failure_of([&] { (void)load_cooccurrences(folder / name, {.memory_bytes = little}); });
        BOOST_TEST((seen == failure::resource));
        BOOST_TEST(seen.says("the limit is 48.8 KiB"), seen.text);
    }
    for (auto const* const name : {"m", "m.zst", "m.mtx", "m.mtx.zst", "m.npz", "m.bin"})
        BOOST_TEST(
            (failure_of([&] { (void)load_matrix(folder / name, {.memory_bytes = little}); }) == failure::resource));

    auto const records = file_bytes(folder / "m.bin"); // the last one first: no longer in order
    put_file(folder / "shuffled", records.substr(records.size() - 16) + records.substr(0, records.size() - 16));
    BOOST_TEST((failure_of([&] { (void)load_cooccurrences(folder / "shuffled", {.memory_bytes = little}); })
                == failure::resource));
    check_same(load_cooccurrences(folder / "shuffled", {.memory_bytes = 200'000}), counts);
}

BOOST_AUTO_TEST_CASE(a_file_that_changes_between_passes_is_noticed) {
    scratch_folder const folder;
    save_cooccurrences(small_counts(), folder / "m");
    auto const counts = load_cooccurrences(folder / "m");
    BOOST_TEST(all_entries(counts).size() == 3);
    save_cooccurrences({3, 1, {pair_of(0, 1, 5)}}, folder / "m", {.output = {.overwrite = true}});
    BOOST_TEST(failure_of([&] { (void)all_entries(counts); }).says("has changed since"));
}

BOOST_AUTO_TEST_CASE(matrices_that_cannot_be_written) {
    scratch_folder const folder;
    auto const refused = [&](csr<float> const& matrix, char const* name) {
        return failure_of([&] { save_matrix(matrix.view(), folder / name); }).kind;
    };
    BOOST_TEST((refused({2, {0, 2}, {1, 0}, {1, 1}}, "m") == failure::bad_data));
    BOOST_TEST((refused({2, {0, 2}, {1, 1}, {1, 1}}, "m.mtx") == failure::bad_data));
    BOOST_TEST((refused({2, {0, 1}, {1}, {NAN}}, "m.npz") == failure::bad_data));
    BOOST_TEST((refused({2, {0, 1}, {1}, {1}}, "m.bin") == failure::usage)); // [1, 2]
    BOOST_TEST(folder.names().empty());
}

BOOST_AUTO_TEST_SUITE_END()
