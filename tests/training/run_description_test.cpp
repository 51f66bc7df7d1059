#include <boost/test/unit_test.hpp>
#include <string>
#include <tuple>
import wordmill.core;
import wordmill.safetensors;
import wordmill.training;
#include "../io/failure_of.hpp"
#include "../io/scratch_folder.hpp"

using namespace wordmill;

namespace {
note_map checkpoint_of(note_map const& description) {
    note_map notes{{"epoch", "3"}};
    add_description(description, notes);
    return notes;
}
}

BOOST_AUTO_TEST_SUITE(run_descriptions)

BOOST_AUTO_TEST_CASE(a_run_goes_on_with_the_description_that_it_was_begun_with) {
    note_map const same{{"tokenizer", "unicode"}, {"input text", "1 file of 3 bytes"}};
    check_description(checkpoint_of(same), same, "f");
    check_description(checkpoint_of({}), {}, "f");
    BOOST_TEST(checkpoint_of(same).at("epoch") == "3");
}

BOOST_AUTO_TEST_CASE(every_option_that_differs_is_named_with_both_values_and_before_facts) {
    auto const seen = failure_of([] {
        check_description(checkpoint_of({{"a fact", "1"}, {"seed", "1"}, {"tokenizer", "whitespace"}}),
                          {{"a fact", "2"}, {"letters", "fold"}, {"seed", "1"}, {"tokenizer", "unicode"}}, "f");
    });
    BOOST_TEST((seen == failure::bad_data));
    BOOST_TEST(seen.says("--tokenizer: begun with 'whitespace', now 'unicode'; --letters: begun with none, now 'fold'; "
                         "a fact: begun with '1', now '2'"),
               seen.text);
    BOOST_TEST(!seen.says("seed"), seen.text);
}

BOOST_AUTO_TEST_CASE(an_option_that_only_one_of_both_has_differs) {
    for (auto const& [begun, now, message] :
         {std::tuple{note_map{}, note_map{{"phrases", "p"}}, "--phrases: begun with none, now 'p'"},
          std::tuple{note_map{{"phrases", "p"}}, note_map{}, "--phrases: begun with 'p', now none"}}) {
        auto const seen = failure_of([&] { check_description(checkpoint_of(begun), now, "f"); });
        BOOST_TEST(seen.says(message), seen.text);
    }
}

BOOST_AUTO_TEST_CASE(the_checkpoint_of_a_folder_is_compared_before_anything_is_loaded) {
    scratch_folder const files;
    auto const path = std::string(files / "run");
    run_folder const first(path, run_start::begin);
    check_description(first, {{"seed", "1"}}); // nothing to compare with
    auto const save = [&](note_map const& description) {
        first.save([&](std::string const& to) {
            save_tensors(to, {}, checkpoint_of(description), {.output = {.overwrite = true}});
        });
    };
    save({{"seed", "1"}, {"late fact", "x"}});
    run_folder const again(path, run_start::resume);
    check_description(again, {{"seed", "1"}}); // the fact is not known yet
    auto const seen = failure_of([&] { check_description(again, {{"seed", "2"}}); });
    BOOST_TEST(seen.says("--seed: begun with '1', now '2'"), seen.text);
    save({{"seed", "2"}}); // as after damage: the previous checkpoint can still be gone on from
    check_description(again, {{"seed", "1"}});
}

BOOST_AUTO_TEST_SUITE_END()
