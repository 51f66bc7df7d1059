#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>
import wordmill.core;
import wordmill.vectors;
#include "../io/failure_of.hpp"
#include "../io/scratch_folder.hpp"

using namespace wordmill;

namespace {
/// A model as FastText::saveModel of fastText 0.9.2 writes it, of one dimension and one bucket.
struct model {
    std::int32_t version = 12;
    std::int32_t loss = 2;
    std::int32_t least_letters = 1;
    std::int32_t most_letters = 3;
    std::int32_t size = 3;
    std::int64_t pruned = -1;
    std::int8_t quantised = 0;
    std::int64_t rows = 4;
    std::string middle_word = "ab";

    [[nodiscard]] std::string bytes() const {
        std::string out;
        auto const put = [&out](auto value) {
            char raw[sizeof value];
            std::memcpy(raw, &value, sizeof value);
            out.append(raw, sizeof value);
        };
        put(std::int32_t{793712314});
        put(version);
        std::int32_t const options[]{1, 5, 5, 1, 5, 1, loss, 2, 1, least_letters, most_letters, 100};
        for (auto const option : options) put(option);
        put(1e-4);
        put(size), put(std::int32_t{3}), put(std::int32_t{0}), put(std::int64_t{21}), put(pruned);
        std::int64_t count = 9;
        for (std::string const& word : {std::string("</s>"), middle_word, std::string("\xc3\xa9")}) {
            out += word;
            out += '\0';
            put(count), put(std::int8_t{0});
            count -= 2;
        }
        put(quantised), put(rows), put(std::int64_t{1});
        for (float const value : {10.0F, 1.0F, 2.0F, 7.0F}) put(value); // the last is the bucket's
        return out;
    }
};

seen_failure refused(model const& m) {
    scratch_folder const folder;
    put_file(folder / "m", m.bytes());
    return failure_of([&] { (void)load_vectors(folder / "m"); });
}
}

BOOST_AUTO_TEST_SUITE(fasttext)

BOOST_AUTO_TEST_CASE(a_word_is_the_mean_of_its_row_and_its_subwords) {
    scratch_folder const folder;
    put_file(folder / "m", model{}.bytes());
    auto const vectors = load_vectors(folder / "m");
    BOOST_REQUIRE(vectors.size() == 3);
    BOOST_TEST(vectors.counts()[2] == 5);
    BOOST_TEST(vectors.rows()(0, 0) == 10.0F); // the end of a sentence has no subwords
    // "<ab>" of 1 to 3 letters: <a <ab a ab ab> b b> (a border alone is none): (1 + 7 * 7) / 8
    BOOST_TEST(vectors.rows()(1, 0) == 6.25F);
    // "<é>": <é <é> é é>: (2 + 4 * 7) / 5
    BOOST_TEST(vectors.rows()(2, 0) == 6.0F);
    // of 3 letters: <ab ab> and <é>
    put_file(folder / "three", model{.least_letters = 3}.bytes());
    BOOST_TEST(load_vectors(folder / "three").rows()(1, 0) == 5.0F);
    BOOST_TEST(load_vectors(folder / "three").rows()(2, 0) == 4.5F);
    BOOST_TEST(load_vectors(folder / "three", {.max_words = 2}).rows()(1, 0) == 5.0F);
    // without subwords
    put_file(folder / "none", model{.least_letters = 0, .most_letters = 0}.bytes());
    BOOST_TEST(load_vectors(folder / "none").rows()(1, 0) == 1.0F);
}

// "<abc>" of 3 letters: <ab abc bc>, all in the one bucket: 7; "</s>" and "" have none, "ab" is known.
BOOST_AUTO_TEST_CASE(unknown_words_are_composed_of_their_subwords_when_asked_for) {
    scratch_folder const folder;
    put_file(folder / "m", model{.least_letters = 3}.bytes());
    auto const vectors = load_vectors(folder / "m", {.compose = {"ab", "", "</s>", "abc", "abc", "xyz"}});
    BOOST_REQUIRE(vectors.size() == 5);
    BOOST_TEST(vectors.composed() == 2u);
    BOOST_TEST(vectors.word(id_at(3)) == "abc");
    BOOST_TEST(vectors.rows()(3, 0) == 7.0F);
    BOOST_TEST(vectors.rows()(4, 0) == 7.0F);
    BOOST_TEST(vectors.rows()(1, 0) == 5.0F);
    auto const some = load_vectors(folder / "m", {.max_words = 1, .compose = {"ab", "abc"}});
    BOOST_REQUIRE(some.size() == 2); // a word of the model that was left out is not composed
    BOOST_TEST(some.word(id_at(1)) == "abc");
    BOOST_TEST(load_vectors(folder / "m").composed() == 0u);
}

BOOST_AUTO_TEST_CASE(a_model_is_written_in_the_bytes_of_fasttext) {
    scratch_folder const folder;
    std::vector<std::string_view> const words{"</s>", "ab", "\xc3\xa9"};
    std::vector<std::uint64_t> const counts{9, 7, 5};
    std::vector<float> const input{10, 1, 2, 7};
    std::vector<float> const output{3, 4, 5};
    fasttext_model const written{.words = words,
                                 .counts = counts,
                                 .input = {input.data(), 4, 1, 1},
                                 .output = {output.data(), 3, 1, 1},
                                 .subwords = {.least_letters = 1, .most_letters = 3, .buckets = 1},
                                 .min_count = 1};
    save_fasttext(written, folder / "m");
    auto const expected = model{}.bytes(); // up to the output matrix
    auto const at = expected.size();
    auto const got = file_bytes(folder / "m");
    BOOST_TEST((got.substr(0, at) == expected));
    BOOST_TEST(got.size() == at + 1 + 16 + 12);
    BOOST_TEST(load_vectors(folder / "m").rows()(1, 0) == 6.25F);
    std::vector<std::string_view> const bad{"</s>", std::string_view("a\0b", 3), "c"};
    auto refused_words = written;
    refused_words.words = bad;
    BOOST_TEST(failure_of([&] { save_fasttext(refused_words, folder / "n"); }).says("zero byte"));
    BOOST_CHECK_THROW(save_fasttext(written, folder / "m"), error); // there is one
}

BOOST_AUTO_TEST_CASE(what_is_not_supported_is_refused_by_name) {
    BOOST_TEST(refused({.version = 11}).says("found version 11"));
    BOOST_TEST(refused({.loss = 9}).says("a loss (1 to 4)"));
    BOOST_TEST(refused({.most_letters = 1000}).says("at most 64 letters"));
    BOOST_TEST(refused({.size = 2147483647}).says("as many entries"));
    BOOST_TEST(refused({.pruned = 0}).says("pruned"));
    BOOST_TEST(refused({.quantised = 1}).says("quantised"));
    BOOST_TEST(refused({.rows = std::int64_t{1} << 40}).says("expected a matrix"));
    BOOST_TEST(refused({.middle_word = std::string(2 << 20, 'x')}).says("at most 1,048,576 bytes"));
}

BOOST_AUTO_TEST_CASE(every_truncation_and_every_changed_byte_loads_or_is_refused) {
    scratch_folder const folder;
    auto const whole = model{}.bytes();
    auto const attempt = [&](std::string const& text) {
        put_file(folder / "m", text);
        try {
            return load_vectors(folder / "m", {.memory_bytes = 1 << 20, .subwords = true}).size();
        } catch (error const&) {
            return std::size_t{0};
        }
    };
    for (std::size_t size = 0; size < whole.size(); ++size) BOOST_TEST(attempt(whole.substr(0, size)) == 0);
    for (std::size_t at = 0; at < whole.size(); ++at)
        for (int const change : {1, 0x80, 0xff}) {
            auto text = whole;
            text[at] = static_cast<char>(text[at] ^ change);
            BOOST_TEST(attempt(text) <= 3);
        }
}

BOOST_AUTO_TEST_SUITE_END()
