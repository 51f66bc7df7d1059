#include "child_process.hpp"
#include "failing_memory.hpp"
#include "scratch_folder.hpp"
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <new>
#include <set>
#include <string>
#include <vector>
import wordmill.core;
import wordmill.io;

namespace {
/// Makes each allocation of `work` fail in turn until it passes; returns their number.
template <class Work, class Check> long for_each_allocation(Work work, Check check) {
    for (long nth = 1;; ++nth) {
        bool failed = false;
        {
            failing_memory const armed(nth);
            try {
                work();
            } catch (std::bad_alloc const&) {
                failed = true;
            }
        }
        check(failed);
        if (!failed) return nth - 1;
    }
}
}

BOOST_AUTO_TEST_SUITE(failing_allocations)

BOOST_AUTO_TEST_CASE(an_output_is_old_or_new_and_leaves_nothing_behind) {
    scratch_folder const folder;
    std::string const path = folder / "out";
    for (auto const c : {wordmill::codec::none, wordmill::codec::gzip, wordmill::codec::zstd, wordmill::codec::bzip2,
                         wordmill::codec::xz}) {
        put_file(path, "old");
        long const allocations = for_each_allocation(
            [&] {
                wordmill::output_file out(path, {.overwrite = true, .compression = c});
                out.write("new");
                out.commit();
            },
            [&](bool failed) {
                BOOST_TEST((file_bytes(path) == "old") == failed);
                BOOST_TEST(folder.names() == std::set<std::string>{"out"});
            });
        BOOST_TEST(allocations > 5);
    }
}

BOOST_AUTO_TEST_CASE(a_spill_file_and_the_search_for_inputs_pass_the_failure_on) {
    scratch_folder const folder;
    std::filesystem::create_directories(folder.path / "d/e");
    for (auto const* name : {"d/a", "d/b", "d/e/c"}) put_file(folder / name, "1");
    std::string const text(300'000, 'x');
    long const allocations = for_each_allocation(
        [&] {
            wordmill::spill_file file(folder.path);
            file.write("x");
            file.write(text);
            file.finish();
            (void)wordmill::fingerprint(wordmill::find_inputs(std::vector{folder / "d", folder / "d/*"}));
        },
        [](bool) {});
    BOOST_TEST(allocations > 20);
    BOOST_TEST(folder.names() == std::set<std::string>{"d"});
}

BOOST_AUTO_TEST_SUITE_END()
