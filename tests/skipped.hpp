#pragma once
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <functional>
#include <string>
#include <utility>

// What a case needs of the machine is a precondition of it, so that Boost reports the case as skipped, with the reason:
//   BOOST_AUTO_TEST_CASE(name, *skipped_if([] { return found() ? "" : "found() is not here"; }))

/// `reason` returns why the case cannot run here, or nothing.
inline boost::unit_test::precondition skipped_if(std::function<std::string()> reason) {
    return boost::unit_test::precondition([reason = std::move(reason)](boost::unit_test::test_unit_id) {
        auto const text = reason();
        boost::test_tools::assertion_result runs(text.empty());
        if (!text.empty()) runs.message() << text;
        return runs;
    });
}

/// Skips the case, with `reason`, where the shell command fails.
inline boost::unit_test::precondition skipped_unless_shell(std::string const& command, std::string const& reason) {
    return skipped_if([=] { return std::system((command + " >/dev/null 2>&1").c_str()) == 0 ? "" : reason; });
}
