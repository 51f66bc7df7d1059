#include "../skipped.hpp"
#include "shell.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <string>

namespace {
boost::unit_test::precondition no_sanitizer() {
    return skipped_if([] {
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
        return "sanitizers need threads, files and address space of their own";
#else
        return "";
#endif
    });
}
boost::unit_test::precondition fresh_user() {
    return skipped_unless_shell("setpriv --reuid 54321 --regid 54321 --clear-groups prlimit --nproc=1 -- true",
                                "a limit of threads counts those of a user, and only root can become a fresh one");
}

/// A user without processes of its own, with a limit of threads.
std::string with_threads(int most) {
    return "setpriv --reuid 54321 --regid 54321 --clear-groups prlimit --nproc=" + std::to_string(most)
           + " -- \"$WORDMILL\" ";
}
std::string text_of_lines(int lines) {
    std::string text;
    for (int i = 0; i < lines; ++i) text += "the cat " + std::to_string(i % 50) + " sat on the mat\n";
    return text;
}
}

BOOST_AUTO_TEST_SUITE(machine_limits)

BOOST_FIXTURE_TEST_CASE(any_limit_of_address_space_ends_well_or_as_out_of_memory, folder, *no_sanitizer()) {
    write("a.txt", text_of_lines(3000));
    int enough = 0;
    for (int kibibytes = 40'000; kibibytes < 2'000'000; kibibytes += kibibytes / 6) {
        auto const limit = "ulimit -c 0; ulimit -v " + std::to_string(kibibytes) + "; timeout -k 1 60 \"$WORDMILL\" ";
        if (shell(limit + "--version").code != 0) { // the dynamic loader
            BOOST_TEST(kibibytes < 150'000);
            continue;
        }
        for (std::string const command : {"count a.txt --output out.bin",
                                          "train skipgram a.txt --size 16 --epochs 1 --min-count 1 --output out.bin",
                                          "train ppmi-svd a.txt --size 5 --min-count 1 --output out.bin"})
            for (std::string const threads : {"1", "16"}) {
                auto const run = shell(limit + command + " --quiet --threads " + threads);
                BOOST_TEST_CONTEXT(kibibytes << " KiB, " << command << ", threads " << threads << ": " << run.output) {
                    BOOST_TEST((run.code == 0 || run.code == 71), run.code);
                    if (run.code == 71) {
                        BOOST_TEST(run.output.starts_with("wordmill: error: "));
                        BOOST_TEST(run.output.find('\n') == run.output.size() - 1);
                        BOOST_TEST(others({"a.txt"}).empty());
                    }
                }
                enough += run.code == 0;
                std::filesystem::remove(root / "out.bin");
            }
    }
    BOOST_TEST(enough > 30);
}

BOOST_FIXTURE_TEST_CASE(fewer_threads_do_where_the_system_allows_no_more, folder, *no_sanitizer() * fresh_user()) {
    write("a.txt", text_of_lines(3000));
    std::filesystem::permissions(root, std::filesystem::perms::all);
    auto const truth = shell("wordmill count a.txt --quiet").output;
    for (int const most : {1, 2, 3, 5}) {
        BOOST_TEST(shell(with_threads(most) + "count a.txt --quiet --threads 8").output == truth);
        auto const noted = shell(with_threads(most) + "count a.txt --output v.tsv --overwrite --threads 8");
        BOOST_TEST_CONTEXT(most << " threads: " << noted.output) {
            BOOST_TEST(noted.code == 0);
            BOOST_TEST(contains(noted.output, "of 8 threads: a limit of threads (ulimit -u, "));
            BOOST_TEST(!contains(noted.output, "internal"));
        }
        for (std::string const command :
             {"train skipgram a.txt --size 16 --epochs 1 --output out.bin",
              "train glove a.txt --size 8 --epochs 1 --output out.bin",
              "train ppmi-svd a.txt --size 5 --output out.bin", "lm train a.txt --size 8 --epochs 1 --output out"}) {
            auto const run = shell(with_threads(most) + command + " --threads 8");
            BOOST_TEST(run.code == 0, command << ", " << most << " threads: " << run.output);
            for (auto const* made : {"out.bin", "out"}) std::filesystem::remove_all(root / made);
        }
    }
}

BOOST_FIXTURE_TEST_CASE(a_signal_stops_a_run_that_has_no_other_thread, folder, *no_sanitizer() * fresh_user()) {
    auto const run = shell("mkfifo p; chmod 666 p; exec 3<>p; " + with_threads(1)
                           + "count - --quiet <p & pid=$!; sleep 1; kill -TERM $pid; "
                             "for i in $(seq 100); do grep -q '^State:.Z' /proc/$pid/status && break; sleep 0.1; done; "
                             "kill -KILL $pid; wait $pid");
    BOOST_TEST(run.code == 143, run.output);
    BOOST_TEST(contains(run.output, "stopped by signal 15"));
}

BOOST_FIXTURE_TEST_CASE(a_limit_of_open_files_is_named, folder, *no_sanitizer()) {
    write("a.txt", text_of_lines(1000));
    bool named = false;
    for (int files = 3; files < 12; ++files) {
        auto const run = shell(
            "ulimit -n " + std::to_string(files)
            + "; wordmill train skipgram a.txt --min-count 1 --sample 0 --size 8 --output out.bin --overwrite --quiet");
        BOOST_TEST_CONTEXT(files << " files: " << run.output) {
            BOOST_TEST((run.code == 0 || run.code == 71 || run.code == 127), run.code); // 127: the dynamic loader
            if (run.code != 71) continue;
            BOOST_TEST(contains(run.output, "ulimit -n"));
            named = true;
        }
    }
    BOOST_TEST(named);
}

BOOST_FIXTURE_TEST_CASE(a_limit_of_the_size_of_a_file_is_an_error_of_writing, folder) {
    write("a.txt", text_of_lines(3000));
    fails("ulimit -f 1; wordmill cat a.txt --output out --quiet", 74, "file size limit");
    BOOST_TEST(others({"a.txt"}).empty());
}

BOOST_AUTO_TEST_SUITE_END()
