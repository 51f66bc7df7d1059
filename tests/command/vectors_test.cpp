// The commands that read word vectors.
#include "shell.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace std::string_literals;

namespace {
std::string const good = "a 1 0\nb 0.9 0.1\nc 0 1\n";
}

BOOST_AUTO_TEST_SUITE(vectors)

BOOST_FIXTURE_TEST_CASE(a_damaged_row_is_named_or_skipped_by_every_command, folder) {
    write("v.txt", "5 2\n" + good + "\t 1 2\nb 3 4\n");
    write("pairs", "a b 1\na c 2\n");
    write("questions", ": s\na b a c\n");
    for (std::string const line :
         {"nearest v.txt a", "analogy v.txt a b c", "evaluate v.txt --similarity pairs", "convert v.txt w.bin",
          "plot v.txt --output p.html", "index v.txt --output v.hnsw"}) {
        fails("wordmill " + line, 65, "v.txt, line 5: expected a word at the start of the line");
        auto const run = shell("wordmill " + line + " --on-bad skip");
        BOOST_TEST_CONTEXT(line << ": " << run.output) {
            BOOST_TEST(run.code == (line.starts_with("analogy") ? 65 : 0)); // three words, all of the question
            BOOST_TEST(contains(run.output, "1 row of 5 left out: no word (v.txt, line 5)"));
            BOOST_TEST(contains(run.output, "1 row of 5 left out: the word came before (v.txt, line 6)"));
        }
        fails("wordmill " + line + " --on-bad never --overwrite", 2, "");
    }
    BOOST_TEST(read("w.bin").starts_with("3 2\na "));
}

BOOST_FIXTURE_TEST_CASE(repeated_words_are_counted_by_every_command, folder) {
    write("v.txt", "d 1 1\n" + good + "a 3 4\nb 3 4\n");
    write("pairs", "a b 1\na c 2\n");
    for (std::string const line :
         {"nearest v.txt a", "analogy v.txt a b c", "evaluate v.txt --similarity pairs", "convert v.txt w.bin",
          "plot v.txt --output p.html", "index v.txt --output v.hnsw"}) {
        auto const run = shell("wordmill " + line);
        BOOST_TEST_CONTEXT(line << ": " << run.output) {
            BOOST_TEST(run.code == 0);
            BOOST_TEST(
                contains(run.output, "2 rows of 6 left out: the word came before (v.txt, line 5; v.txt, line 6)"));
        }
    }
}

BOOST_FIXTURE_TEST_CASE(a_first_line_that_counts_wrong_is_one_message_and_can_be_read, folder) {
    write("v.txt", "4 2\n" + good);
    fails("wordmill nearest v.txt a", 65, "v.txt, line 4: expected 4 words, as the first line says, found 3");
    write("w.txt", "2 2\n" + good);
    fails("wordmill nearest w.txt a", 65, "w.txt, line 4: expected 2 words, as the first line says, found 3");
    for (std::string const name : {"v.txt", "w.txt"}) {
        auto const run = shell("wordmill nearest " + name + " a --top 2 --on-bad skip");
        BOOST_TEST(run.code == 0);
        BOOST_TEST(contains(run.output, "as the first line says, found 3"));
        BOOST_TEST(contains(run.output, "b\t0.9939\nc\t0.0000\n")); // 0.9 / sqrt(0.82)
    }
}

BOOST_FIXTURE_TEST_CASE(a_question_without_an_answer_says_why, folder) {
    write("v.txt", good + "zero 0 0\nd -1 0\n");
    fails("wordmill nearest v.txt zero", 65, "the vector of 'zero' is zero");
    fails("wordmill nearest v.txt a zero", 65, "the vector of 'zero' is zero");
    fails("wordmill nearest v.txt a --top 0", 2, "--top: expected 1 or more");
    fails("wordmill nearest v.txt a --max-words 1", 65, "no answer is possible");
    fails("wordmill nearest v.txt ''", 2, "expected a word, found an empty one");
    fails("wordmill nearest v.txt what", 65, "no vector for the word 'what'");
    fails("wordmill nearest v.txt A", 65, "there is one for 'a'");
    fails("wordmill nearest v.txt zero --format json", 65, "is zero");
    fails("wordmill analogy v.txt a b c --top 0", 2, "--top");
    fails("wordmill analogy v.txt a b zero", 65, "the vector of 'zero' is zero");
    fails("wordmill analogy v.txt a b what", 65, "no vector for the word 'what'");
    fails("wordmill analogy v.txt a '' b", 2, "expected a word, found an empty one");
    fails("wordmill analogy v.txt a b c --max-words 3", 65, "no answer is possible");
    fails("wordmill analogy v.txt a a c", 0, "A is the same word as B: the answers are the words nearest to C");
    write("w.txt", "a 1 0\nb 0 1\nc 1 -1\nd 2 3\ne 1 0\nf -1 0\n");
    fails("wordmill analogy w.txt b e d --max-words 6", 0, "");
    write("x.txt", "a 2 0\nb 1 1.7320508\nc 1 -1.7320508\nd 5 6\n"); // units of b and c add up to that of a
    auto const run = shell("wordmill analogy x.txt a b c");
    BOOST_TEST_CONTEXT(run.output) {
        // in floats the sum may be tiny instead of zero; it is answered then
        BOOST_TEST((run.code == 65 ? contains(run.output, "B - A + C is zero") : run.code == 0));
    }
    write("y.txt", "a 1 0\nb 1 0\nc 0 0\nd 1 0\n");
    write("pairs", "a b 1\na c 2\na d 3\n");
    fails("wordmill evaluate y.txt --similarity pairs", 0, "1 with a vector that is zero");
    fails("wordmill evaluate y.txt --similarity pairs --format json", 0, "\"zero_vectors\":1");
}

BOOST_FIXTURE_TEST_CASE(unknown_words_are_found_in_unicodes_lower_case, folder) {
    write("v.txt", "éire 1 0\nσίσυφος 0.9 0.1\ni\xCC\x87stanbul 0 1\nstrasse 1 1\n");
    fails("wordmill nearest v.txt Éire", 65, "there is one for 'éire'");
    fails("wordmill nearest v.txt Éire --lower-case --top 1", 0, "σίσυφος\t0.9939");
    fails("wordmill nearest v.txt ΣΊΣΥΦΟΣ --lower-case --top 1", 0, "éire\t0.9939");
    fails("wordmill analogy v.txt Éire ΣΊΣΥΦΟΣ İstanbul --lower-case", 0, "strasse\t");
    fails("wordmill analogy v.txt Éire ΣΊΣΥΦΟΣ İstanbul", 65, "there is one for 'éire'");
    write("pairs", "Éire ΣΊΣΥΦΟΣ 1\nİstanbul STRASSE 2\n");
    fails("wordmill evaluate v.txt --similarity pairs", 0, "0 of 2 pairs");
    fails("wordmill evaluate v.txt --similarity pairs --lower-case", 0, "2 of 2 pairs");
    write("questions", ": s\nÉire ΣΊΣΥΦΟΣ İstanbul STRASSE\n");
    fails("wordmill evaluate v.txt --analogy questions --lower-case", 0, "1 of 1 covered");
}

BOOST_FIXTURE_TEST_CASE(the_vectors_of_any_corpus_are_read_back, folder) {
    // a form feed, a no-break space, a separator of lines and an escape inside words; NUL is for other readers to judge
    std::string text;
    for (int i = 0; i < 30; ++i) text += "one\ftwo three\x1b[m \xC2\xA0 x\xE2\x80\xA8y 3 \xEF\xBB\xBF four\vfive\n";
    write("c.txt", text);
    for (std::string const end : {"txt", "vec", "bin", "npy", "safetensors"}) {
        auto const name = "v." + end;
        succeeds("wordmill train skipgram c.txt --min-count 1 --sample 0 --size 4 --epochs 1 --threads 1 --output "
                 + name);
        succeeds("wordmill nearest " + name + " \"$(printf 'one\\ftwo')\"");
        succeeds("wordmill convert " + name + " again-" + end + ".txt");
    }
    BOOST_TEST((read("again-txt.txt") == read("again-npy.txt")));
    BOOST_TEST((read("again-bin.txt") == read("v.txt")));
    succeeds("wordmill convert v.txt glove --vector-format glove-text");
    succeeds("wordmill convert glove back.txt");
    BOOST_TEST((read("back.txt") == read("v.txt")));
}

BOOST_FIXTURE_TEST_CASE(words_that_a_format_cannot_hold_do_not_cost_a_run_its_result, folder) {
    std::string text;
    for (int i = 0; i < 30; ++i) text += "ab ba\n";
    write("c.txt", text);
    std::string const train = "wordmill train skipgram c.txt --tokenizer characters --keep-blanks --min-count 1 "
                              "--sample 0 --size 4 --epochs 1 --output ";
    auto const run = shell(train + "v.txt");
    BOOST_TEST(run.code == 0);
    BOOST_TEST(contains(run.output, "1 row of 3 left out: word2vec-text cannot hold the word"));
    BOOST_TEST(contains(run.output, "npy and safetensors hold any word"));
    BOOST_TEST(contains(run.output, "2 vectors written"));
    BOOST_TEST(read("v.txt").starts_with("2 4\n"));
    succeeds("wordmill nearest v.txt a");
    succeeds(train + "v.npy");
    succeeds("wordmill nearest v.npy ' '");
    fails("wordmill convert v.npy w.txt", 65, "word2vec-text cannot hold the word ' '");
    BOOST_TEST(others({"c.txt", "v.txt", "v.npy", "v.words"}).empty());
    fails("wordmill convert v.npy w.txt --on-bad skip", 0, "1 row of 3 left out: word2vec-text cannot hold the word");
    succeeds("wordmill nearest w.txt a");
}

BOOST_AUTO_TEST_SUITE_END()
