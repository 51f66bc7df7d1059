// Corpora that are too small: exit code 65, the reason, and the option to change.
#include "shell.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <string>
#include <vector>

namespace {
struct tiny : folder {
    tiny() {
        write("empty.txt", "");
        write("blank.txt", "\n \n");
        write("one.txt", "word\n");
        write("two.txt", "a b\n");
        write("same.txt", "a a a a a a\na a a\n");
        write("lines.txt", "a\nb\nc\na\nb\nc\n");
        write("marks.txt", "!!! ... ?\n");
        for (std::string const name : {"one", "two", "same", "lines"})
            succeeds("wordmill count " + name + ".txt --output " + name + ".tsv --quiet");
    }
    static std::string output() { return " --output out.bin --quiet "; }
};

std::vector<std::string> const learning{"train skipgram", "train cbow", "train glove", "train ppmi-svd"};
}

BOOST_AUTO_TEST_SUITE(tiny_corpora)

BOOST_FIXTURE_TEST_CASE(a_text_without_words_is_bad_data_for_everything_that_learns, tiny) {
    auto commands = learning;
    commands.emplace_back("phrases");
    for (auto const& command : commands) {
        for (std::string const input : {"empty.txt", "blank.txt", "marks.txt --tokenizer unicode"})
            fails("wordmill " + command + " " + input + output(), 65, "there are no tokens to make a vocabulary of");
        fails("wordmill " + command + " two.txt --min-count 3" + output(), 65, "lower --min-count");
    }
    BOOST_TEST(!std::filesystem::exists("out.bin"));
    fails("wordmill lm train empty.txt --output model --quiet", 65, "there are no tokens to make a vocabulary of");
}

BOOST_FIXTURE_TEST_CASE(words_without_neighbours_name_the_option_that_gives_them_some, tiny) {
    for (std::string const model : {"train skipgram", "train cbow", "train skipgram --hs"}) {
        fails("wordmill " + model + " two.txt --min-count 1" + output(), 65,
              "2 tokens of the vocabulary, 2 of them dropped by --sample 0.0001 (--sample 0 keeps every token)");
        succeeds("wordmill " + model + " two.txt --min-count 1 --sample 0 --overwrite" + output());
        succeeds("rm out.bin");
    }
    for (auto const& command : learning) {
        auto const train = "wordmill " + command + " --min-count 1 --sample 0" + output();
        fails(train + "lines.txt", 65, "--cross-sentences pairs words across line ends");
        succeeds(train + "lines.txt --cross-sentences; rm out.bin");
        fails("wordmill " + command + " one.txt --vocabulary two.tsv --sample 0" + output(), 65,
              "0 tokens of the vocabulary (give more text, a lower --min-count, or a --vocabulary");
        succeeds("rm -f out.bin");
    }
}

BOOST_FIXTURE_TEST_CASE(one_word_only_is_too_little_to_learn_from, tiny) {
    for (std::string const input : {"one.txt", "same.txt"}) {
        for (auto const& command : learning) {
            if (command == "train glove" && input == "same.txt") continue; // "a" is a neighbour of "a"
            fails("wordmill " + command + " --min-count 1 --sample 0" + output() + input, 65, "more text");
        }
        fails("wordmill train cbow --hs --min-count 1 --sample 0" + output() + input, 65, "more text");
    }
}

BOOST_FIXTURE_TEST_CASE(a_text_shorter_than_the_lanes_of_a_language_model_names_the_option, tiny) {
    fails("wordmill lm train two.txt --output model --quiet", 65, "take fewer lanes: --batch of lm train");
    fails("wordmill lm train two.txt --batch 1 --layout wrap-around --output model --quiet", 65,
          "take fewer lanes or steps (--bptt): --batch");
    fails("wordmill lm train one.txt --sentence-end '' --batch 1 --output model --quiet", 65, "give more text");
    succeeds("wordmill lm train two.txt --batch 1 --size 2 --epochs 1 --output model --quiet");
}

BOOST_FIXTURE_TEST_CASE(what_only_counts_gives_an_empty_result, tiny) {
    succeeds("wordmill encode empty.txt --vocabulary two.tsv --output e.ids --quiet");
    succeeds("wordmill cooccur e.ids --vocabulary two.tsv --output e.wm --quiet");
    succeeds("wordmill ppmi e.wm --output p.wm --quiet");
    fails("wordmill svd p.wm --vocabulary two.tsv --output out.bin --quiet", 65, "count more text");
    for (auto const& command : learning)
        fails("wordmill " + command + " e.ids --vocabulary two.tsv" + output(), 65, "0 tokens of the vocabulary");
}

BOOST_FIXTURE_TEST_CASE(a_factorisation_of_a_few_words_says_how_many_dimensions_there_are, tiny) {
    auto const run = shell("wordmill train ppmi-svd two.txt --min-count 1 --sample 0 --size 50 --output v.txt");
    BOOST_TEST(run.code == 0);
    BOOST_TEST(contains(run.output, "vectors have 2 dimensions, not 50"), run.output);
}

BOOST_AUTO_TEST_SUITE_END()
