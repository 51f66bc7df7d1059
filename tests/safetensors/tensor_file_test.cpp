#include <array>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>
import wordmill.core;
import wordmill.io;
import wordmill.safetensors;
#include "../io/failure_of.hpp"
#include "../io/scratch_folder.hpp"

namespace wm = wordmill;

namespace {
std::vector<float> const six{0, -1.5F, 2, 65504, 0.099975586F, -6.1035156e-05F}; // all are floats of 16 bits too
std::vector<float> const one{3};
wordmill::note_map const notes{{"cell", "lstm"}, {"quoted", "a \"b\"\n\\"}};

void save(std::string const& path, bool half = false, std::span<float const> values = six) {
    std::vector<wm::named_tensor> const tensors{{.name = "w", .shape = {2, 3}, .values = values},
                                                {.name = "none", .shape = {0, 4}},
                                                {.name = "b", .shape = {1}, .values = one}};
    wm::save_tensors(path, tensors, notes, {.half = half, .output = {.overwrite = true}});
}

/// A file as the format's own description has it: size of the header, JSON, bytes.
std::string file_of(std::string_view json, std::string_view bytes) {
    auto const size = static_cast<std::uint64_t>(json.size());
    return std::string(reinterpret_cast<char const*>(&size), 8) + std::string(json) + std::string(bytes);
}
}

BOOST_AUTO_TEST_SUITE(tensor_file)

BOOST_AUTO_TEST_CASE(what_was_saved_is_loaded_in_both_widths) {
    scratch_folder const folder;
    auto const path = folder / "m.safetensors";
    for (bool half : {false, true}) {
        save(path, half);
        auto const loaded = wm::load_tensors(path);
        BOOST_TEST(loaded.checked);
        BOOST_TEST((loaded.notes == notes));
        BOOST_TEST(loaded.tensors.size() == 3U);
        auto const w = loaded.at("w", std::array<std::uint64_t, 2>{2, 3});
        BOOST_TEST(std::vector<float>(w.begin(), w.end()) == six, boost::test_tools::per_element());
        BOOST_TEST(loaded.at("b", std::array<std::uint64_t, 1>{1})[0] == 3);
        BOOST_TEST(loaded.at("none", std::array<std::uint64_t, 2>{0, 4}).empty());
    }
}

BOOST_AUTO_TEST_CASE(a_file_of_others_is_read_in_every_width_of_floats) {
    scratch_folder const folder;
    // 1.5 as F16, BF16, F32, F64
    std::string const bytes("\x00\x3e\xc0\x3f\x00\x00\xc0\x3f\x00\x00\x00\x00\x00\x00\xf8\x3f", 16);
    auto const path = folder / "o.safetensors";
    put_file(path, file_of(R"({"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},)"
                           R"("b":{"dtype":"BF16","shape":[1],"data_offsets":[2,4]},)"
                           R"("c":{"dtype":"F32","shape":[1,1],"data_offsets":[4,8]},)"
                           R"("d":{"dtype":"F64","shape":[],"data_offsets":[8,16]}})",
                           bytes));
    auto const loaded = wm::load_tensors(path);
    BOOST_TEST(!loaded.checked);
    for (auto const& [name, t] : loaded.tensors) {
        BOOST_TEST_REQUIRE(t.values.size() == 1U);
        BOOST_TEST(t.values[0] == 1.5F);
    }
}

// A changed bit in the name of the checksum itself leaves a file that is as good, but without one.
BOOST_AUTO_TEST_CASE(every_cut_and_every_changed_bit_is_seen) {
    scratch_folder const folder;
    auto const path = folder / "m.safetensors";
    for (bool half : {false, true}) {
        save(path, half);
        auto const whole = file_bytes(path);
        for (std::size_t size = 0; size < whole.size(); ++size) {
            auto const cut = folder / "cut";
            put_file(cut, whole.substr(0, size));
            BOOST_REQUIRE((failure_of([&] { (void)wm::load_tensors(cut); }) == wm::failure::bad_data));
        }
        for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
            auto changed = whole;
            changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
            auto const other = folder / "changed";
            put_file(other, changed);
            bool seen = false;
            try {
                seen = !wm::load_tensors(other).checked;
            } catch (wm::error const&) {
                seen = true;
            }
            BOOST_TEST_REQUIRE(seen);
        }
    }
}

BOOST_AUTO_TEST_CASE(values_that_are_not_finite_are_not_saved_and_the_old_file_stays) {
    scratch_folder const folder;
    auto const path = folder / "m.safetensors";
    save(path);
    auto const before = file_bytes(path);
    auto values = six;
    values[2] = std::numeric_limits<float>::quiet_NaN();
    auto const refused = failure_of([&] { save(path, false, values); });
    BOOST_TEST((refused == wm::failure::bad_data));
    BOOST_TEST(refused.says("'w' is not finite"));
    values[2] = 70000;
    BOOST_TEST(failure_of([&] { save(path, true, values); }).says("floats of 16 bits"));
    BOOST_TEST((file_bytes(path) == before));
}

BOOST_AUTO_TEST_CASE(another_shape_and_a_tensor_that_is_missing_are_named) {
    scratch_folder const folder;
    auto const path = folder / "m.safetensors";
    save(path);
    auto const loaded = wm::load_tensors(path);
    auto const other = failure_of([&] { (void)loaded.at("w", std::array<std::uint64_t, 2>{3, 2}); });
    BOOST_TEST(other.says("expected 'w' of shape [3, 2], found [2, 3]"));
    BOOST_TEST(
        failure_of([&] { (void)loaded.at("x", std::array<std::uint64_t, 1>{1}); }).says("expected a tensor 'x'"));
    auto const ids = folder / "ids";
    put_file(ids, file_of(R"({"a":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}})", "1234"));
    BOOST_TEST(failure_of([&] { (void)wm::load_tensors(ids); }).says("'a' of type I32"));
    auto const nan = folder / "nan";
    put_file(nan, file_of(R"({"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}})", "\xff\x7f"));
    BOOST_TEST(failure_of([&] { (void)wm::load_tensors(nan); }).says("'a' is not a finite float"));
}

BOOST_AUTO_TEST_SUITE_END()
