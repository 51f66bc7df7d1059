#pragma once
#include <boost/test/unit_test.hpp>

// Tests of bf16 are skipped where the processor has neither units for it nor what imitates them; the including file
// imports wordmill.core and wordmill.nn first.
inline boost::test_tools::assertion_result bf16_available(boost::unit_test::test_unit_id) {
    try {
        (void)wordmill::cpu_operations(1, wordmill::precision::bf16);
        return true;
    } catch (wordmill::error const& e) {
        boost::test_tools::assertion_result no(false);
        no.message() << e.what();
        return no;
    }
}
