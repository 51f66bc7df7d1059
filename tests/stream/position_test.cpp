#include <boost/test/unit_test.hpp>
#include <string>
import wordmill.core;
import wordmill.stream;

BOOST_AUTO_TEST_SUITE(positions)

BOOST_AUTO_TEST_CASE(a_position_survives_its_text_form) {
    wordmill::position at{.file = 3, .byte = ~0ULL, .line = 9, .skip = 2};
    at.inner = {wordmill::position{.file = 1}, wordmill::position{},
                wordmill::position{.inner = {wordmill::position{.block = 5}}}};
    BOOST_TEST(wordmill::to_text(at)
               == "file=3 byte=18446744073709551615 line=9 skip=2 inner=[file=1][][inner=[block=5]]");
    BOOST_TEST((wordmill::parse_position(wordmill::to_text(at)) == at));
    BOOST_TEST((wordmill::parse_position("") == wordmill::position{}));
}

BOOST_AUTO_TEST_CASE(text_that_is_no_position_is_refused) {
    for (std::string bad : {"byte", "byte=", "byte=x", "byte=-1", "byte=18446744073709551616", "colour=3", "inner=[",
                            "inner=[]]", "byte=1,line=2"})
        BOOST_CHECK_THROW((void)wordmill::parse_position(bad), wordmill::error);
    BOOST_CHECK_THROW((void)wordmill::parse_position([] {
                          std::string s;
                          for (int i = 0; i < 100000; ++i) s += "inner=[";
                          return s;
                      }()),
                      wordmill::error);
}

BOOST_AUTO_TEST_SUITE_END()
