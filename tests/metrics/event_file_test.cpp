#include <array>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
import wordmill.core;
import wordmill.metrics;
#include "../io/failure_of.hpp"
#include "../io/scratch_folder.hpp"

using namespace wordmill;

namespace {
std::string hexadecimal(std::string_view bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    for (char c : bytes) {
        auto const u = static_cast<unsigned char>(c);
        out += digits[u >> 4];
        out += digits[u & 15];
    }
    return out;
}

// As TensorBoard 2's own RecordWriter and protocol buffers write these events.
constexpr std::string_view version_record =
    "1800000000000000a37f4b220900002040fc54d9411a0d627261696e2e4576656e743a322b353110";
constexpr std::string_view start_at_300 = "100000000000000095fbfe180900002040fc54d94110ac023a020801b94512a3";
constexpr std::string_view loss_and_rate =
    "40000000000000002817f4950900005040fc54d94110808aa6e40d2a2f0a110a0a747261696e2f6c6f7373150000c03f0a1a0a13747261"
    "696e2f6c6561726e696e675f7261746515cdcccc3c198a7c6b";
}

BOOST_AUTO_TEST_SUITE(event_files)

BOOST_AUTO_TEST_CASE(the_bytes_are_those_of_tensorboards_own_writer) {
    scratch_folder const folder;
    event_file file(folder / "run", {.wall_time = 1700000000.5, .host = "box"});
    BOOST_TEST(file.path() == (folder / "run/events.out.tfevents.1700000000.box"));
    file.add(3'700'000'000, std::array<scalar, 2>{{{"train/loss", 1.5}, {"train/learning_rate", 0.025}}},
             1700000001.25);
    // Read while the file is still open: a record is there when `add` returns.
    BOOST_TEST(hexadecimal(file_bytes(file.path())) == std::string(version_record) + std::string(loss_and_rate));
}

BOOST_AUTO_TEST_CASE(a_run_that_goes_on_begins_another_file_and_says_where) {
    scratch_folder const folder;
    event_file const before(folder / "run", {.wall_time = 1700000000.5, .host = "box"});
    event_file const after(folder / "run", {.wall_time = 1700000000.5, .host = "box", .from = 300});
    BOOST_TEST(before.path() != after.path());
    BOOST_TEST(after.path().starts_with(folder / "run/events.out.tfevents.1700000000.box"));
    BOOST_TEST(hexadecimal(file_bytes(before.path())) == version_record);
    BOOST_TEST(hexadecimal(file_bytes(after.path())) == std::string(version_record) + std::string(start_at_300));
}

BOOST_AUTO_TEST_CASE(a_point_becomes_scalars_once) {
    scratch_folder const folder;
    event_file file(folder / "run");
    auto const empty = file_bytes(file.path()).size();
    file.add({.tokens = 5, .tokens_per_second = 2, .learning_rate = 0.5});
    auto const without_loss = file_bytes(file.path());
    BOOST_TEST(without_loss.find("train/tokens_per_second") != std::string::npos);
    BOOST_TEST(without_loss.find("train/loss") == std::string::npos);
    file.add({.tokens = 5, .tokens_per_second = 1, .learning_rate = 0.5, .epoch_loss = 2.0});
    BOOST_TEST(file_bytes(file.path()).size() == without_loss.size());
    file.add({.tokens = 6, .loss = 1.0});
    BOOST_TEST(file_bytes(file.path()).find("train/loss", empty) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_folder_that_cannot_be_made_is_refused) {
    scratch_folder const folder;
    put_file(folder / "file", "");
    auto const seen = failure_of([&] { event_file const never(folder / "file/run"); });
    BOOST_CHECK(seen == failure::cannot_create);
    BOOST_TEST(seen.says("file/run"));
}

BOOST_AUTO_TEST_SUITE_END()
