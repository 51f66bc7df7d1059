#include <boost/test/unit_test.hpp>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.pipeline;
import wordmill.stream;
import wordmill.text;

namespace wm = wordmill;

namespace {
/// Three blocks of nine bytes, and a note for each; counts its passes.
class counted_text final : public wm::text_source {
public:
    [[nodiscard, clang::coro_wrapper]] wm::generator<wm::text_block>
    blocks(wm::pass_options const& pass) const override {
        ++passes;
        return three_blocks(pass.from.block, pass.counts);
    }
    [[nodiscard]] std::string name() const override { return "counted text"; }
    [[nodiscard]] wm::note_map description() const override { return {{"input text", "three blocks"}}; }

    mutable int passes = 0;

private:
    static wm::generator<wm::text_block> three_blocks(std::uint64_t from, wm::tally counts) {
        for (std::uint64_t i = from; i < 3; ++i) {
            counts.note("made", 1);
            wm::text_block block;
            block.index = i;
            block.start = {.record = 2 * i, .block = i};
            block.next = {.record = 2 * i + 2, .block = i + 1};
            block.text = "a b c" + std::to_string(i) + "\nd\n";
            block.document_ends = {9};
            co_yield std::move(block);
        }
    }
};

std::string read(wm::remembered_text const& text, wm::position const& from = {}, wm::tally const& counts = {},
                 std::size_t most = 10) {
    std::string all;
    for (auto&& block : text.blocks({.from = from, .counts = counts})) {
        all += block.text + "|";
        if (--most == 0) break;
    }
    return all;
}
constexpr auto whole = "a b c0\nd\n|a b c1\nd\n|a b c2\nd\n|";
}

BOOST_AUTO_TEST_SUITE(remembered_text)

BOOST_AUTO_TEST_CASE(text_is_made_once_and_read_any_number_of_times_and_from_any_block) {
    auto const source = std::make_shared<counted_text>();
    wm::remembered_text const text(source, 1 << 20);
    BOOST_TEST(read(text) == whole);
    BOOST_TEST(read(text) == whole);
    BOOST_TEST(read(text, {.record = 2, .block = 1}) == "a b c1\nd\n|a b c2\nd\n|");
    BOOST_TEST(read(text, {.record = 6, .block = 3}).empty());
    BOOST_TEST(source->passes == 1);
    BOOST_TEST(text.name() == "counted text");
}

BOOST_AUTO_TEST_CASE(each_pass_counts_what_the_first_counted) {
    wm::remembered_text const text(std::make_shared<counted_text>(), 1 << 20);
    for (int i = 0; i < 2; ++i) {
        wm::tally const counts;
        BOOST_TEST(read(text, {}, counts) == whole);
        BOOST_TEST(counts.note_count("made") == 3U);
    }
}

BOOST_AUTO_TEST_CASE(a_pass_that_does_not_read_to_the_end_is_not_kept_but_counted) {
    auto const source = std::make_shared<counted_text>();
    wm::remembered_text const text(source, 1 << 20);
    wm::tally const counts;
    BOOST_TEST(read(text, {}, counts, 1) == "a b c0\nd\n|");
    BOOST_TEST(counts.note_count("made") >= 1U);
    BOOST_TEST(read(text, {.record = 2, .block = 1}) == "a b c1\nd\n|a b c2\nd\n|"); // nor one from the middle
    BOOST_TEST(read(text) == whole);
    BOOST_TEST(source->passes == 3);
    BOOST_TEST(read(text) == whole);
    BOOST_TEST(source->passes == 3);
}

BOOST_AUTO_TEST_CASE(longer_text_is_made_anew) {
    auto const source = std::make_shared<counted_text>();
    wm::remembered_text const text(source, 2 * (sizeof(wm::text_block) + 9 + 4));
    BOOST_TEST(read(text) == whole);
    BOOST_TEST(read(text) == whole);
    BOOST_TEST(source->passes == 2);
}

BOOST_AUTO_TEST_CASE(a_position_at_no_border_of_blocks_is_left_to_the_source) {
    auto const source = std::make_shared<counted_text>();
    wm::remembered_text const text(source, 1 << 20);
    BOOST_TEST(read(text) == whole);
    BOOST_TEST(read(text, {.record = 3, .block = 1}) == "a b c1\nd\n|a b c2\nd\n|");
    BOOST_TEST(source->passes == 2);
}

BOOST_AUTO_TEST_SUITE_END()
