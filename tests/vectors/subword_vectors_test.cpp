#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.text;
import wordmill.vectors;
#include "../io/failure_of.hpp"
#include "../io/scratch_folder.hpp"

using namespace wordmill;

namespace {
// "<ab>" has the n-grams <ab and ab> of three letters, "<b>" has <b>. FNV-1a modulo 7 of each, by a few lines of
// Python: reduce(lambda h, c: (h ^ c) * 16777619 % 2**32, text.encode(), 2166136261) % 7.
constexpr subword_options three_letters{.least_letters = 3, .most_letters = 3, .buckets = 7};
constexpr std::uint32_t of_ab_start = 5, of_ab_end = 2, of_b = 1;

/// Row r of 7 is (r, 10 r).
subword_vectors rows_by_number(std::size_t dimension = 2) {
    auto const rows = std::make_shared<matrix<float>>(7, dimension);
    for (std::size_t r = 0; r < 7; ++r)
        for (std::size_t d = 0; d < dimension; ++d) rows->view()(r, d) = static_cast<float>(d == 0 ? r : 10 * r);
    return {three_letters, {.view = std::as_const(*rows).view(), .owner = rows}};
}
word_vectors one_word() {
    matrix<float> row(1, 2);
    row.view()(0, 0) = 1;
    return word_vectors(std::vector<std::string>{"known"}, row.view(), std::vector<std::uint64_t>{3}, {{"minn", "3"}});
}
}

BOOST_AUTO_TEST_SUITE(subword_vectors_of_unseen_words)

BOOST_AUTO_TEST_CASE(an_unseen_word_is_the_mean_of_its_n_grams) {
    auto const subwords = rows_by_number();
    auto const ab = subwords.compose("ab");
    BOOST_REQUIRE(ab.has_value());
    BOOST_TEST((*ab)[0] == (of_ab_start + of_ab_end) / 2.0F);
    BOOST_TEST((*ab)[1] == 10 * (of_ab_start + of_ab_end) / 2.0F);
    BOOST_TEST((*subwords.compose("b"))[0] == static_cast<float>(of_b));
    BOOST_TEST(subword_bucket("<ab", three_letters) == of_ab_start);
    BOOST_TEST(!subwords.compose(""));
    BOOST_TEST(!subwords.compose(end_of_sentence));
    BOOST_TEST(!subword_vectors().compose("ab"));
    BOOST_TEST(!subword_vectors().any());
    BOOST_TEST(subword_vectors().rows().rows == 0u);
}

BOOST_AUTO_TEST_CASE(they_fit_their_options_and_their_vectors) {
    matrix<float> const six(6, 2);
    BOOST_TEST(failure_of([&] {
                   (void)subword_vectors(three_letters, {.view = six.view(), .owner = {}});
               }).says("a row for each of 7 buckets, found 6"));
    BOOST_TEST(failure_of([&] {
                   (void)one_word().with_subwords(rows_by_number(3));
               }).says("expected n-grams of 2 dimensions, found 3"));
    BOOST_TEST(one_word().with_subwords(rows_by_number()).subwords().any());
    BOOST_TEST(!one_word().subwords().any());
}

BOOST_AUTO_TEST_CASE(values_that_are_not_finite_are_found_when_they_are_asked_for) {
    auto const rows = std::make_shared<matrix<float>>(7, 1);
    rows->view()(of_b, 0) = std::numeric_limits<float>::infinity();
    subword_vectors const subwords(three_letters, {.view = std::as_const(*rows).view(), .owner = rows});
    BOOST_TEST(failure_of([&] { (void)subwords.compose("b"); }).says("of 'b' hold values that are not finite"));
    BOOST_TEST((*subwords.compose("ab"))[0] == 0.0F);
}

BOOST_AUTO_TEST_CASE(damaged_n_grams_in_safetensors_are_refused_by_name) {
    scratch_folder const folder;
    save_vectors(one_word().with_subwords(rows_by_number()), folder / "v.safetensors");
    auto const whole = file_bytes(folder / "v.safetensors");
    for (std::string const letters : {"0 0", "3 x", "3 9", "333"}) {
        auto bytes = whole;
        auto const at = bytes.find("\"3 3\"");
        BOOST_REQUIRE(at != std::string::npos);
        bytes.replace(at + 1, 3, letters);
        put_file(folder / "w", bytes);
        if (letters == "3 9") {
            BOOST_TEST(load_vectors(folder / "w", {.subwords = true}).subwords().options().most_letters == 9u);
            continue;
        }
        BOOST_TEST((failure_of([&] { (void)load_vectors(folder / "w", {.subwords = true}); }) == failure::bad_data));
        BOOST_TEST(load_vectors(folder / "w").size() == 1u);
    }
    put_file(folder / "cut", whole.substr(0, whole.size() - 1));
    put_file(folder / "longer", whole + "x");
    for (std::string const name : {"cut", "longer"})
        for (bool const map : {false, true})
            BOOST_TEST((failure_of([&] { (void)load_vectors(folder / name, {.subwords = true, .map = map}); })
                        == failure::bad_data));
}

BOOST_AUTO_TEST_CASE(safetensors_hold_them_and_they_are_loaded_when_asked_for) {
    scratch_folder const folder;
    for (bool const half : {false, true})
        for (std::string const name : {"v.safetensors", "v.safetensors.gz"}) {
            auto const path = folder / (half ? "half-" + name : name);
            save_vectors(one_word().with_subwords(rows_by_number()), path, {.half = half});
            auto const again = load_vectors(path, {.subwords = true});
            BOOST_REQUIRE(again.subwords().any());
            BOOST_TEST((again.subwords().options() == three_letters));
            BOOST_TEST(again.subwords().rows()(6, 1) == 60.0F);
            BOOST_TEST(again.row(id_at(0))[0] == 1.0F);
            BOOST_TEST((again.notes() == one_word().notes()));
            BOOST_TEST(!load_vectors(path).subwords().any());
            BOOST_TEST((load_vectors(path).notes() == one_word().notes()));
        }
    BOOST_TEST(failure_of([&] {
                   (void)load_vectors(folder / "v.safetensors", {.memory_bytes = 50, .subwords = true});
               }).says("need 56 B, the limit is 50 B"));
}

BOOST_AUTO_TEST_CASE(safetensors_are_mapped_with_their_words_counts_and_n_grams) {
    scratch_folder const folder;
    auto const path = folder / "v.safetensors";
    save_vectors(one_word().with_subwords(rows_by_number()), path);
    auto const mapped = load_vectors(path, {.subwords = true, .map = true});
    auto const plain = load_vectors(path, {.subwords = true});
    BOOST_TEST(mapped.word(id_at(0)) == "known");
    BOOST_TEST(mapped.counts()[0] == 3u);
    BOOST_TEST(mapped.norms()[0] == 1.0F);
    BOOST_TEST(mapped.rows()(0, 0) == 1.0F);
    BOOST_TEST(*mapped.subwords().compose("ab") == *plain.subwords().compose("ab"), boost::test_tools::per_element());
    // The rows are those of the file, and stay when it is replaced.
    save_vectors(word_vectors(std::vector<std::string>{"new"}, matrix<float>(1, 2).view()), path,
                 {.output = {.overwrite = true}});
    BOOST_TEST(mapped.rows()(0, 0) == 1.0F);
    BOOST_TEST(load_vectors(path, {.map = true}).word(id_at(0)) == "new");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_mapped_is_refused_by_name) {
    scratch_folder const folder;
    auto const refused = [&](std::string const& name, save_vectors_options const& how) {
        save_vectors(one_word(), folder / name, how);
        return failure_of([&] { (void)load_vectors(folder / name, {.map = true}); });
    };
    BOOST_TEST(refused("v.txt", {}).says("expected safetensors to map, found word2vec-text"));
    BOOST_TEST(refused("v.npy", {}).says("found npy"));
    BOOST_TEST(refused("v.safetensors.gz", {}).says("found a compressed one"));
    auto const half = refused("half.safetensors", {.half = true});
    BOOST_TEST((half == failure::usage));
    BOOST_TEST(half.says("found F16"));
}

// A row that is left out would move those after it.
BOOST_AUTO_TEST_CASE(mapped_rows_are_not_left_out) {
    scratch_folder const folder;
    matrix<float> rows(3, 1);
    rows.view()(1, 0) = 2;
    save_vectors(word_vectors(std::vector<std::string>{"a", "b", "c"}, rows.view()), folder / "v.safetensors");
    put_file(folder / "twice", "a\na\nc\n");
    put_file(folder / "last", "a\nb\na\n");
    auto const load = [&](std::string const& list, bool map) {
        return load_vectors(folder / "v.safetensors", {.words = folder / list, .map = map});
    };
    BOOST_TEST(load("twice", false).size() == 2u);
    BOOST_TEST(failure_of([&] { (void)load("twice", true); }).says("a row before that of 'c' is left out"));
    BOOST_TEST(load("last", true).size() == 2u);
    BOOST_TEST(load("last", true).rows()(1, 0) == 2.0F);
    BOOST_TEST(load_vectors(folder / "v.safetensors", {.max_words = 2, .map = true}).size() == 2u);
}

BOOST_AUTO_TEST_CASE(vectors_with_their_whole_model_are_saved_as_one_of_fasttext) {
    scratch_folder const folder;
    std::vector<std::string_view> const words{"ab"};
    std::vector<std::uint64_t> const counts{4};
    std::vector<float> const input{8, 0, 1, 2, 3, 4, 5, 6};
    std::vector<float> const output{9};
    fasttext_model const model{.words = words,
                               .counts = counts,
                               .input = {input.data(), 8, 1, 1},
                               .output = {output.data(), 1, 1, 1},
                               .subwords = three_letters};
    auto const vectors =
        word_vectors(std::vector<std::string>{"ab"}, {input.data(), 1, 1, 1}).with_subwords({model, {}});
    BOOST_TEST((*vectors.subwords().compose("b"))[0] == static_cast<float>(of_b));
    save_vectors(vectors, folder / "m.bin", {.format = vector_format::fasttext});
    auto const again = load_vectors(folder / "m.bin", {.subwords = true});
    BOOST_TEST(again.rows()(0, 0) == (8.0F + of_ab_start + of_ab_end) / 3);
    BOOST_TEST((*again.subwords().compose("b"))[0] == static_cast<float>(of_b));
    BOOST_TEST(again.subwords().rows()(6, 0) == 6.0F);
    BOOST_TEST(!load_vectors(folder / "m.bin").subwords().any());
    BOOST_TEST(failure_of([&] {
                   save_vectors(again, folder / "n.bin", {.format = vector_format::fasttext});
               }).says("found vectors only"));
}

BOOST_AUTO_TEST_SUITE_END()
