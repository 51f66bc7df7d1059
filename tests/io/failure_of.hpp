#pragma once
#include <boost/test/unit_test.hpp>
#include <string>

/// The kind of error that `call` throws, and its text; the including file imports wordmill.core first.
struct seen_failure {
    wordmill::failure kind;
    std::string text;
    bool operator==(wordmill::failure other) const { return kind == other; }
    bool says(std::string const& part) const { return text.find(part) != std::string::npos; }
};

template <class Call> seen_failure failure_of(Call call) {
    try {
        call();
    } catch (wordmill::error const& e) {
        return {e.kind(), e.what()};
    }
    BOOST_ERROR("no error was thrown");
    return {wordmill::failure::internal, ""};
}
