#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.stream;
import wordmill.text;
#include "reading.hpp"

BOOST_AUTO_TEST_SUITE(parquet)

BOOST_AUTO_TEST_CASE(a_file_that_is_no_parquet_is_refused_or_the_missing_reader_is_named) {
    scratch_folder const folder;
    for (std::string_view const bytes : {std::string_view("PAR1"), std::string_view("PAR1\xFF\xFF\xFF\x7FPAR1", 12),
                                         std::string_view("PAR1\0\0\0\0PAR1", 12), std::string_view("words"),
                                         std::string_view("PAR1xxxxxxxx\4\0\0\0PAR1", 20)}) {
        put_file(folder / "a", bytes);
        auto const r = read_all(wordmill::read_parquet(inputs({folder / "a"})));
        BOOST_TEST(r.documents.empty());
        BOOST_TEST(
            (r.kind == (wordmill::parquet_available() ? wordmill::failure::bad_data : wordmill::failure::unavailable)));
        BOOST_TEST(r.error.find("Parquet") != std::string::npos, r.error);
        BOOST_TEST(r.where.file == folder / "a");
    }
}

BOOST_AUTO_TEST_SUITE_END()
