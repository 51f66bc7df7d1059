#include "../io/scratch_folder.hpp"
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
import wordmill.batch;
import wordmill.core;
import wordmill.word2vec;

namespace {
wordmill::word2vec_model small_model(std::uint64_t seed, std::size_t rows = 5, std::size_t columns = 3) {
    return {{.vocabulary_size = rows, .dimension = columns}, wordmill::random_key(seed)};
}
bool is_bad_data(wordmill::error const& e) { return e.kind() == wordmill::failure::bad_data; }
wordmill::note_map const notes{{"epoch", "2"}, {"position", "file=1 byte=7"}, {"odd", "a\\b\nc"}, {"none", ""}};
}

BOOST_AUTO_TEST_SUITE(weights_files)

BOOST_AUTO_TEST_CASE(weights_and_notes_come_back) {
    scratch_folder const folder;
    auto saved = small_model(1);
    saved.weights().output()(4, 2) = 0.125F;
    wordmill::save_weights(saved, notes, folder / "c");
    auto loaded = small_model(2);
    BOOST_TEST((wordmill::load_weights(loaded, folder / "c") == notes));
    for (std::size_t r = 0; r < 5; ++r)
        for (std::size_t c = 0; c < 3; ++c) {
            BOOST_TEST(loaded.weights().input()(r, c) == saved.weights().input()(r, c));
            BOOST_TEST(loaded.weights().output()(r, c) == saved.weights().output()(r, c));
        }
    wordmill::save_weights(loaded, notes, folder / "d");
    BOOST_TEST(file_bytes(folder / "c") == file_bytes(folder / "d"));
}

BOOST_AUTO_TEST_CASE(every_damage_is_found) {
    scratch_folder const folder;
    wordmill::save_weights(small_model(1), notes, folder / "c");
    auto const whole = file_bytes(folder / "c");
    auto model = small_model(2);
    for (std::size_t at = 0; at < whole.size(); ++at) {
        put_file(folder / "x", whole.substr(0, at));
        BOOST_CHECK_EXCEPTION((void)wordmill::load_weights(model, folder / "x"), wordmill::error, is_bad_data);
        auto damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ 1);
        put_file(folder / "x", damaged);
        BOOST_CHECK_EXCEPTION((void)wordmill::load_weights(model, folder / "x"), wordmill::error, is_bad_data);
    }
    put_file(folder / "x", whole + '\0');
    BOOST_CHECK_EXCEPTION((void)wordmill::load_weights(model, folder / "x"), wordmill::error, is_bad_data);
}

BOOST_AUTO_TEST_CASE(another_size_is_refused_with_both) {
    scratch_folder const folder;
    wordmill::save_weights(small_model(1), {}, folder / "c");
    auto other = small_model(1, 5, 4);
    BOOST_CHECK_EXCEPTION((void)wordmill::load_weights(other, folder / "c"), wordmill::error, [](auto const& e) {
        auto const text = std::string(e.what());
        return text.find("[5, 4]") != text.npos && text.find("[5, 3]") != text.npos;
    });
}

BOOST_AUTO_TEST_CASE(the_form_of_earlier_versions_is_refused_by_name) {
    scratch_folder const folder;
    put_file(folder / "c", std::string("WMTRAIN\n\2\0\0\0\0\0\0\0", 16));
    auto model = small_model(1);
    BOOST_CHECK_EXCEPTION((void)wordmill::load_weights(model, folder / "c"), wordmill::error, [](auto const& e) {
        return is_bad_data(e) && std::string(e.what()).find("the form WMTRAIN") != std::string::npos;
    });
}

BOOST_AUTO_TEST_CASE(a_model_that_has_diverged_leaves_the_last_good_checkpoint) {
    scratch_folder const folder;
    auto model = small_model(1);
    wordmill::save_weights(model, notes, folder / "c");
    auto const good = file_bytes(folder / "c");
    model.weights().output()(3, 1) = std::nanf("");
    BOOST_CHECK_EXCEPTION(wordmill::save_weights(model, notes, folder / "c"), wordmill::error, is_bad_data);
    BOOST_TEST(file_bytes(folder / "c") == good);
    BOOST_TEST((folder.names() == std::set<std::string>{"c"}));
}

BOOST_AUTO_TEST_SUITE_END()
