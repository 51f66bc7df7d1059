#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
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

namespace {
corpus_reading read_ptb(std::string_view bytes, wordmill::ptb_options options = {}) {
    scratch_folder const folder;
    put_file(folder / "ptb.txt", bytes);
    return read_all(wordmill::read_ptb(inputs({folder / "ptb.txt"}), std::move(options)));
}
}

BOOST_AUTO_TEST_SUITE(ptb)

// The form of ptb.train.txt: a space at both ends of a line. Its usual reader replaces each line end by <eos>.
BOOST_AUTO_TEST_CASE(each_line_is_closed_by_one_token) {
    auto const r = read_ptb(" pierre <unk> N years old \n mr. <unk> is chairman \n\nlast <eos>\nno line end");
    BOOST_TEST(r.error == "");
    BOOST_TEST(r.documents
                   == documents({" pierre <unk> N years old <eos>\n mr. <unk> is chairman <eos>\n<eos>\nlast <eos>\n"
                                 "no line end <eos>\n"}),
               boost::test_tools::per_element());
    BOOST_TEST(read_ptb("a\r\nb (c)\n", {{}, ""}).documents == documents({"a\nb (c)\n"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(parse_trees_are_refused_with_a_hint) {
    for (auto const* tree :
         {"( (S (NP-SBJ (NNP Pierre) (NNP Vinken) )\n", "((S (NP x)))\n", "  (S (NP-SBJ (DT the)))\n"}) {
        auto const r = read_ptb(std::string(" a sentence \n") + tree);
        BOOST_TEST((r.kind == wordmill::failure::bad_data));
        BOOST_TEST(r.error.find("parse tree") != std::string::npos, r.error);
        BOOST_TEST(r.where.line.value_or(0) == 2U);
    }
    BOOST_TEST(read_ptb("(see above)\n( x )\n(S)\n").error == "");
}

BOOST_AUTO_TEST_CASE(interrupted_and_resumed_at_every_block_is_uninterrupted) {
    scratch_folder const folder;
    std::string text;
    for (int i = 0; i < 40; ++i) text += std::string(static_cast<std::size_t>(i * i % 29), 'x') + " w\n";
    put_file(folder / "a", text);
    auto const files = inputs({folder / "a"});
    for (std::size_t const block_bytes : {1U, 10U, 100U}) {
        wordmill::ptb_options options;
        options.block_bytes = block_bytes;
        auto const whole = read_all(wordmill::read_ptb(files, options));
        BOOST_TEST(whole.error == "");
        for (std::size_t i = 0; i < whole.ends.size(); ++i) {
            options.from = whole.ends[i];
            std::vector<std::string> const expected(whole.blocks.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                                    whole.blocks.end());
            BOOST_TEST(read_all(wordmill::read_ptb(files, options)).blocks == expected,
                       boost::test_tools::per_element());
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
