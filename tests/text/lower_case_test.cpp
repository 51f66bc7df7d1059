#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>
import wordmill.core;
import wordmill.text;
#include "tokenized.hpp"

using namespace wordmill;

BOOST_AUTO_TEST_SUITE(lower_case)

// Expected values: Python 3.11, str.lower() and str.casefold(), unicodedata.normalize("NFC", ...).
BOOST_AUTO_TEST_CASE(forms_are_those_of_unicode) {
    using forms = std::vector<std::string>;
    BOOST_TEST(lower_case_forms("The") == forms{"the"}, boost::test_tools::per_element());
    BOOST_TEST(lower_case_forms("the").empty());
    BOOST_TEST(lower_case_forms("").empty());
    BOOST_TEST(lower_case_forms("Éire") == forms{"éire"}, boost::test_tools::per_element());
    BOOST_TEST(lower_case_forms("ДОМ") == forms{"дом"}, boost::test_tools::per_element());
    BOOST_TEST((lower_case_forms("ΣΊΣΥΦΟΣ") == forms{"σίσυφος", "σίσυφοσ"})); // final sigma, then folded
    BOOST_TEST((lower_case_forms("İstanbul") == forms{"i\xCC\x87stanbul"}));
    BOOST_TEST((lower_case_forms("STRASSE") == forms{"strasse"}));
    BOOST_TEST((lower_case_forms("Straße") == forms{"straße", "strasse"}));
    BOOST_TEST((lower_case_forms("straße") == forms{"strasse"}));
    // E and U+0301: composed, and as it stands
    BOOST_TEST((lower_case_forms("E\xCC\x81ire") == forms{"éire", "e\xCC\x81ire"}));
    BOOST_TEST((lower_case_forms("A\xFF") == forms{"a\xEF\xBF\xBD"}));
}

BOOST_AUTO_TEST_CASE(the_first_form_is_what_the_unicode_tokenizer_makes_of_a_word) {
    auto const unicode = tokenizer_named("unicode");
    for (std::string const word : {"Éire", "ΣΊΣΥΦΟΣ", "İstanbul", "STRASSE", "ДОМ", "ǅ", "ＡＢＣ", "Ǆungla"})
        BOOST_TEST(lower_case_forms(word).at(0) == words_of(unicode(block_of(word))).at(0), word);
}

BOOST_AUTO_TEST_SUITE_END()
