#pragma once
#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

struct outcome {
    int code;
    std::string output; // standard output and standard error together
};

/// Runs a shell command line in which "wordmill" is ours; in the background, where its process is wanted, $WORDMILL.
inline outcome shell(std::string const& line) {
    auto const whole = "WORDMILL=\"" WORDMILL_COMMAND "\"; wordmill() { \"$WORDMILL\" \"$@\"; }; exec 2>&1; " + line;
    std::FILE* const pipe = popen(whole.c_str(), "r");
    BOOST_REQUIRE(pipe != nullptr);
    outcome result{0, {}};
    std::array<char, 4096> piece;
    for (std::size_t n; (n = std::fread(piece.data(), 1, piece.size(), pipe)) > 0;)
        result.output.append(piece.data(), n);
    int const status = pclose(pipe);
    result.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return result;
}

struct folder {
    folder() {
        std::filesystem::create_directories(root);
        std::filesystem::current_path(root);
    }
    ~folder() {
        std::filesystem::current_path("/");
        std::filesystem::remove_all(root);
    }
    void write(std::string const& name, std::string const& content) const {
        std::ofstream(root / name, std::ios::binary) << content;
    }
    std::string read(std::string const& name) const {
        std::ifstream in(root / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    /// Names of everything but the given files: what a failed run must not leave behind.
    std::vector<std::string> others(std::vector<std::string> const& expected) const {
        std::vector<std::string> left;
        for (auto const& entry : std::filesystem::directory_iterator(root))
            if (std::find(expected.begin(), expected.end(), entry.path().filename()) == expected.end())
                left.push_back(entry.path().filename());
        return left;
    }
    std::filesystem::path root =
        std::filesystem::temp_directory_path() / ("wordmill-command-test-" + std::to_string(getpid()));
};

inline bool contains(std::string const& text, std::string const& part) { return text.find(part) != std::string::npos; }

/// The command line ends with exit code 0, or the test case ends.
inline void succeeds(std::string const& line) {
    auto const run = shell(line);
    BOOST_REQUIRE_MESSAGE(run.code == 0, line << ": " << run.output);
}
/// Checks that the command line ends with this exit code and prints this text.
inline void fails(std::string const& line, int code, std::string const& part) {
    auto const run = shell(line);
    BOOST_TEST_CONTEXT(line << ": " << run.output) {
        BOOST_TEST(run.code == code);
        BOOST_TEST(contains(run.output, part));
        BOOST_TEST(!contains(run.output, "terminate"));
    }
}
