#include <array>
#include <boost/test/unit_test.hpp>
#include <coroutine>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.corpora;
import wordmill.stream;
import wordmill.text;

namespace wm = wordmill;

// As the specification of the Arrow C data interface has them, and under its names: functions are called through
// pointers to them.
struct ArrowSchema {
    char const* format = "u";
    char const* name = "";
    char const* metadata = nullptr;
    std::int64_t flags = 2;
    std::int64_t n_children = 0;
    ArrowSchema** children = nullptr;
    ArrowSchema* dictionary = nullptr;
    void (*release)(ArrowSchema*) = [](ArrowSchema* s) { s->release = nullptr; };
    void* private_data = nullptr;
};
struct ArrowArray {
    std::int64_t length = 0;
    std::int64_t null_count = 0;
    std::int64_t offset = 0;
    std::int64_t n_buffers = 3;
    std::int64_t n_children = 0;
    void const** buffers = nullptr;
    ArrowArray** children = nullptr;
    ArrowArray* dictionary = nullptr;
    void (*release)(ArrowArray*) = [](ArrowArray* a) { a->release = nullptr; };
    void* private_data = nullptr;
};

namespace {
/// Strings "one", "two two", null, "three" in an array of utf8.
struct strings {
    std::vector<std::int32_t> offsets{0, 3, 10, 10, 15};
    std::string bytes = "onetwo twothree";
    unsigned char validity = 0b1011;
    std::array<void const*, 3> buffers{};
    ArrowSchema schema{};
    ArrowArray array{};

    wm::arrow_stream stream() {
        buffers = {&validity, offsets.data(), bytes.data()};
        array.length = array.length == 0 ? static_cast<std::int64_t>(offsets.size()) - 1 : array.length;
        array.null_count = 1;
        array.buffers = buffers.data();
        return wm::arrow_stream(&schema, &array);
    }
};

std::string text_of(wm::arrow_stream stream, wm::arrow_options how = {}) {
    std::string all;
    for (auto const& block : wm::read_arrow(std::move(stream), std::move(how))) all += block.text;
    return all;
}
}

BOOST_AUTO_TEST_SUITE(arrow)

BOOST_AUTO_TEST_CASE(rows_become_documents_and_nulls_are_counted) {
    strings s;
    wm::tally counts;
    BOOST_TEST(text_of(s.stream(), {.counts = counts}) == "one\ntwo two\nthree\n");
    BOOST_TEST(counts.read_count("row") == 4U);
    BOOST_TEST(counts.dropped_count("row", "null") == 1U);
    BOOST_TEST(s.schema.release == nullptr); // taken over
}

BOOST_AUTO_TEST_CASE(a_slice_begins_at_its_offset) {
    strings s;
    s.array.offset = 1;
    s.array.length = 3;
    BOOST_TEST(text_of(s.stream()) == "two two\nthree\n");
}

BOOST_AUTO_TEST_CASE(a_pass_resumes_after_any_block) {
    strings whole;
    std::vector<wm::position> ends;
    std::vector<std::string> texts;
    for (auto const& block : wm::read_arrow(whole.stream(), {.block_bytes = 1})) {
        ends.push_back(block.next);
        texts.push_back(block.text);
    }
    BOOST_TEST_REQUIRE(texts.size() == 3U);
    for (std::size_t i = 0; i < ends.size(); ++i) {
        strings again;
        std::string rest;
        for (std::size_t k = i + 1; k < texts.size(); ++k) rest += texts[k];
        BOOST_TEST(text_of(again.stream(), {.from = ends[i], .block_bytes = 1}) == rest);
    }
}

BOOST_AUTO_TEST_CASE(broken_offsets_are_refused) {
    for (std::vector<std::int32_t> const& offsets :
         {std::vector<std::int32_t>{0, 5, 3, 3, 15}, {-3, 3, 10, 10, 15}, {0, 20, 10, 10, 15}, {0, 3, 10, 10, 9}}) {
        strings s;
        s.offsets = offsets;
        BOOST_CHECK_EXCEPTION((void)text_of(s.stream()), wm::error,
                              [](wm::error const& e) { return e.kind() == wm::failure::bad_data; });
    }
    strings negative;
    negative.array.length = -1;
    BOOST_CHECK_THROW((void)text_of(negative.stream()), wm::error);
}

BOOST_AUTO_TEST_CASE(other_types_and_bytes_that_are_no_text_are_refused) {
    strings numbers;
    numbers.schema.format = "l";
    BOOST_CHECK_THROW((void)text_of(numbers.stream()), wm::error);
    strings bytes;
    bytes.bytes[1] = '\xFF';
    BOOST_CHECK_THROW((void)text_of(bytes.stream()), wm::error);
    strings replaced;
    replaced.bytes[1] = '\xFF';
    BOOST_TEST(text_of(replaced.stream(), {.utf8 = wm::utf8_policy::replace}) == "o\uFFFDe\ntwo two\nthree\n");
}

BOOST_AUTO_TEST_SUITE_END()
