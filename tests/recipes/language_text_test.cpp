#include "../io/scratch_folder.hpp"
#include <array>
#include <boost/test/unit_test.hpp>
#include <coroutine>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>
import wordmill;
#include "../io/failure_of.hpp"

using namespace wordmill;
namespace tt = boost::test_tools;

namespace {
using words = std::vector<std::string>;

/// What a tokenizer makes of a text of whole lines.
words split(tokenizer const& how, std::string const& text) {
    text_block block;
    block.text = text;
    auto const found = how(block);
    words out;
    for (std::size_t i = 0; i < found.words.size(); ++i) out.emplace_back(found.word(i));
    return out;
}

vocabulary vocabulary_of(words const& all) {
    vocabulary::builder made;
    for (std::size_t i = 0; i < all.size(); ++i) (void)made.add(all[i], 100 - i);
    return std::move(made).finish(words{"<unk>", "<eos>"}, "<unk>");
}
}

BOOST_AUTO_TEST_SUITE(language_texts)

BOOST_AUTO_TEST_CASE(text_is_split_as_the_options_say_and_its_sentence_ends_are_marked) {
    BOOST_TEST(split(language_text{}.split(), "A b.\nc\n") == (words{"A", "b.", "<eos>", "c", "<eos>"}),
               tt::per_element());
    language_text const unicode{
        .tokenizer = "unicode", .letters = letter_case::keep, .keep_punctuation = true, .sentence_end = ""};
    BOOST_TEST(split(unicode.split(), "A b.\n") == (words{"A", "b", "."}), tt::per_element());
    language_text const letters{
        .tokenizer = "characters", .letters = letter_case::lower, .keep_blanks = true, .sentence_end = "|"};
    BOOST_TEST(split(letters.splitting()({}), "A b\n") == (words{"a", " ", "b", "|"}), tt::per_element());
    language_text const short_ones{.max_token_bytes = 2, .on_long = long_token::drop};
    BOOST_TEST(split(short_ones.split(), "a abc\n") == (words{"a", "<eos>"}), tt::per_element());
    std::string listed;
    append_listed_words(listed, std::array<std::string_view, 1>{"new york"});
    BOOST_TEST(split(language_text{}.marking()({}), listed + "\n") == (words{"new york", "<eos>"}), tt::per_element());
    BOOST_TEST((failure_of([] { (void)language_text{.tokenizer = "none"}.splitting(); }) == failure::usage));
}

BOOST_AUTO_TEST_CASE(options_are_read_back_from_the_notes_of_a_model) {
    for (auto const& text : {language_text{}, language_text{.tokenizer = "unicode",
                                                            .form = normal_form::nfkc,
                                                            .letters = letter_case::fold,
                                                            .keep_punctuation = true,
                                                            .keep_blanks = true,
                                                            .max_token_bytes = 7,
                                                            .on_long = long_token::drop,
                                                            .sentence_end = ""}}) {
        note_map notes;
        text.describe(notes);
        BOOST_TEST((language_text::of(notes, "m") == text));
    }
    BOOST_TEST((language_text::of({}, "m") == language_text{}));
    // models of earlier versions note sizes as they were given
    BOOST_TEST(language_text::of({{"max-token", "4K"}}, "m").max_token_bytes == 4096U);
    auto const seen = failure_of([] { (void)language_text::of({{"letters", "upper"}}, "m"); });
    BOOST_TEST((seen == failure::bad_data));
    BOOST_TEST(seen.says("keep or lower or fold as the note 'letters', found 'upper'"), seen.text);
}

BOOST_AUTO_TEST_CASE(a_prompt_becomes_ids_and_an_empty_one_begins_a_sentence) {
    auto const known = vocabulary_of({"a", "b", "<eos>"});
    language_text const text;
    auto const found = text.prompt("a x b", known); // there is no unknown word
    BOOST_TEST((found.ids == std::vector{id_at(0), id_at(1)}));
    BOOST_TEST(found.unknown == words{"x"}, tt::per_element());
    BOOST_TEST((text.prompt("a\nb", known).ids == std::vector{id_at(0), id_at(2), id_at(1)}));
    BOOST_TEST((text.prompt("", known).ids == std::vector{id_at(2)}));
    BOOST_TEST((text.prompt(words{"b", "<eos>"}, known).ids == std::vector{id_at(1), id_at(2)}));
    BOOST_TEST(language_text{.sentence_end = ""}.prompt("", known).ids.empty());
    auto const none = failure_of([&] { (void)text.prompt("x y", known); });
    BOOST_TEST((none == failure::bad_data));
    BOOST_TEST(none.says("found none in 'x y'"), none.text);
    auto const mapped = text.prompt("x a", vocabulary_of({"<unk>", "a"}));
    BOOST_TEST((mapped.ids == std::vector{id_at(0), id_at(1)}));
    BOOST_TEST(mapped.unknown == words{"x"}, tt::per_element());
}

BOOST_AUTO_TEST_CASE(words_are_appended_with_blanks_characters_without) {
    std::string text = "a";
    language_text{}.append(text, words{"b", "<eos>", "c"});
    BOOST_TEST(text == "a b.\nc");
    std::string letters = "a";
    language_text{.tokenizer = "characters"}.append(letters, words{"b", "<eos>", " ", "c"});
    BOOST_TEST(letters == "ab\n c");
}

BOOST_AUTO_TEST_CASE(a_folder_keeps_how_its_model_reads_text) {
    scratch_folder const scratch;
    language_model_folder const folder{{scratch / "model"}};
    auto const known = vocabulary_of({"a", "b", "<eos>"});
    language_model<float> model({.vocabulary_size = 3, .embedding_size = 2, .hidden_size = 2}, cpu_operations(),
                                random_key(1));
    language_text const text{.tokenizer = "characters", .keep_blanks = true};
    folder.begin(false);
    folder.save(model, known, text, {{"epoch", "3"}});
    auto loaded = load_language_model_folder(folder.path, cpu_operations());
    BOOST_TEST((loaded.text == text));
    BOOST_TEST(loaded.notes.at("epoch") == "3");
    auto const vectors = loaded.embedding();
    auto const expected = model.parameters().at("embedding.weight").host_values();
    for (std::size_t i = 0; i < 3; ++i) {
        BOOST_TEST(vectors.word(id_at(i)) == known.word(id_at(i)));
        for (std::size_t k = 0; k < 2; ++k) BOOST_TEST(vectors.row(id_at(i))[k] == expected[2 * i + k]);
    }
}

BOOST_AUTO_TEST_SUITE_END()
