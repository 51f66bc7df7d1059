#include "../skipped.hpp"
#include "shell.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>

namespace {
struct counted_corpus : folder {
    counted_corpus() {
        auto const made = shell("wordmill synth --tokens 200K --seed 1 --output corpus.txt.gz --truth truth --quiet && "
                                "wordmill count corpus.txt.gz --min-count 20 --output v.tsv --quiet");
        BOOST_REQUIRE_MESSAGE(made.code == 0, made.output);
    }
};
}

BOOST_AUTO_TEST_SUITE(counts)

BOOST_FIXTURE_TEST_CASE(the_steps_one_by_one_give_what_the_whole_path_gives, counted_corpus) {
    succeeds("wordmill cooccur corpus.txt.gz --vocabulary v.tsv --window 3 --output counts.wm --quiet");
    succeeds("wordmill ppmi counts.wm --vocabulary v.tsv --smoothing 0.75 --output ppmi.wm --quiet");
    succeeds("wordmill svd ppmi.wm --vocabulary v.tsv --size 30 --output steps.bin --quiet");
    succeeds("wordmill train ppmi-svd corpus.txt.gz --vocabulary v.tsv --window 3 --weights flat --sample 0 "
             "--smoothing 0.75 --size 30 "
             "--output whole.bin --quiet");
    BOOST_TEST((read("steps.bin") == read("whole.bin")));
    succeeds("wordmill train ppmi-svd corpus.txt.gz --vocabulary v.tsv --window 3 --weights flat --sample 0 "
             "--smoothing 0.75 --size 30 "
             "--output other.bin --threads 3 --memory 64M --quiet");
    BOOST_TEST((read("other.bin") == read("whole.bin")));
    // by way of every other format
    for (std::string const name : {"counts.npz", "counts.mtx.gz", "counts.bin"}) {
        succeeds("wordmill cooccur corpus.txt.gz --vocabulary v.tsv --window 3 --quiet --output " + name);
        succeeds("wordmill ppmi " + name + " --smoothing 0.75 --output again.wm --overwrite --quiet");
        succeeds("wordmill svd again.wm --vocabulary v.tsv --size 30 --output again.bin --overwrite --quiet");
        BOOST_TEST((read("again.bin") == read("whole.bin")));
    }
}

BOOST_FIXTURE_TEST_CASE(vectors_of_counts_are_asked_like_others, counted_corpus) {
    succeeds("wordmill train ppmi-svd corpus.txt.gz --size 20 --method quick --output svd.txt --quiet");
    succeeds("wordmill train glove corpus.txt.gz --size 20 --epochs 2 --output glove.txt --quiet");
    for (std::string const name : {"svd.txt", "glove.txt"}) {
        auto const word = shell("sed -n 9p " + name + " | cut -d' ' -f1 | tr -d '\\n'").output;
        auto const near = shell("wordmill nearest " + name + " " + word + " --top 3");
        BOOST_TEST(near.code == 0);
        BOOST_TEST(std::count(near.output.begin(), near.output.end(), '\n') == 3);
    }
    // GloVe's result is the same for any number of threads and any memory
    succeeds("wordmill train glove corpus.txt.gz --size 20 --epochs 2 --threads 3 --memory 200M --output other.txt "
             "--quiet");
    BOOST_TEST((read("other.txt") == read("glove.txt")));
}

// 10 lines "a b" and one "rare": 20 tokens of 21 occur twice or more.
BOOST_FIXTURE_TEST_CASE(words_outside_the_vocabulary_are_reported_by_every_command_that_leaves_them_out, folder) {
    std::string text = "rare\n";
    for (int i = 0; i < 10; ++i) text += "a b\n";
    write("text", text);
    succeeds("wordmill count text --min-count 2 --output v.tsv --quiet");
    for (std::string const command :
         {"train glove text --epochs 1 --size 2 --sample 0", "train ppmi-svd text --size 2 --sample 0",
          "train skipgram text --size 2 --sample 0", "cooccur text", "encode text"}) {
        auto const run = shell("wordmill " + command + " --vocabulary v.tsv --overwrite --output "
                               + (command.starts_with("train") ? "out.txt" : "out"));
        BOOST_TEST(run.code == 0, run.output);
        BOOST_TEST(contains(run.output, "tokens: 21 read, 20 delivered, 1 dropped"), command << run.output);
        BOOST_TEST(contains(run.output, "1 x unknown (tokens dropped)"), command << run.output);
    }
    BOOST_TEST(contains(shell("wordmill encode text --vocabulary v.tsv --output out --overwrite").output,
                        "wordmill: 1 of 21 tokens are not in the vocabulary and are left out"));
}

BOOST_FIXTURE_TEST_CASE(rows_of_the_books_counts_are_asked_through_the_command, folder) {
    write("book", "you say goodbye and i say hello .\n");
    succeeds("wordmill count book --min-count 1 --output v.tsv --quiet");
    for (std::string const name : {"counts.wm", "counts.npz", "counts.mtx", "counts.bin"}) {
        succeeds("wordmill cooccur book --vocabulary v.tsv --window 1 --weights flat --quiet --output " + name);
        auto const near = shell("wordmill nearest " + name + " you --vocabulary v.tsv --top 3");
        BOOST_TEST(near.code == 0);
        BOOST_TEST(near.output == "goodbye\t0.7071\nhello\t0.7071\ni\t0.7071\n");
        fails("wordmill nearest " + name + " you", 65, "--vocabulary");
    }
    auto const two = shell("wordmill nearest counts.wm you i --vocabulary v.tsv --top 1");
    BOOST_TEST(two.output == "you:\ngoodbye\t0.7071\n\ni:\ngoodbye\t1.0000\n");
    // the rows written out by hand are word vectors with the same answers
    write("dense.txt", "say 0 0 0 1 1 1 1\n. 0 0 0 0 1 0 0\nand 0 0 0 1 0 1 0\ngoodbye 1 0 1 0 0 0 0\n"
                       "hello 1 1 0 0 0 0 0\ni 1 0 1 0 0 0 0\nyou 1 0 0 0 0 0 0\n");
    write("pairs", "you i 9\ngoodbye i 10\nhello say 1\nsay . 4\n");
    write("questions", ": book\nyou goodbye hello i\nand say i you\n. hello say goodbye\n");
    for (std::string const line :
         {"evaluate FILE --similarity pairs --analogy questions", "evaluate FILE --analogy questions --method multiply",
          "evaluate FILE --analogy questions --max-words 6 --format json", "analogy FILE you goodbye hello",
          "analogy FILE say and i --method multiply --format json", "nearest FILE say --max-words 4"}) {
        auto sparse = line, written_out = line;
        sparse.replace(line.find("FILE"), 4, "counts.wm --vocabulary v.tsv --threads 3");
        written_out.replace(line.find("FILE"), 4, "dense.txt");
        auto const found = shell("wordmill " + sparse), expected = shell("wordmill " + written_out);
        BOOST_TEST_CONTEXT(line << ": " << found.output) {
            BOOST_TEST(found.code == 0);
            BOOST_TEST(expected.code == 0);
            BOOST_TEST(found.output == expected.output);
        }
    }
    fails("wordmill nearest counts.wm duke --vocabulary v.tsv", 65, "'duke'");
    fails("wordmill nearest counts.wm you --vocabulary v.tsv --index x", 2, "--index");
    fails("wordmill nearest counts.wm you --vocabulary v.tsv --ef 10", 2, "--ef");
    fails("wordmill nearest dense.txt you --vocabulary v.tsv", 65, "dense.txt");
    succeeds("wordmill count book --min-count 2 --output few.tsv --quiet");
    fails("wordmill analogy counts.wm say say say --vocabulary few.tsv", 65, "vocabulary");
    fails("wordmill analogy counts.npz say say say --vocabulary few.tsv", 65, "the 1 types of few.tsv, found 7");
    fails("wordmill convert counts.npz x.txt", 65, "sparse matrix");
}

BOOST_FIXTURE_TEST_CASE(what_cannot_be_done_is_refused_in_words, counted_corpus) {
    std::string const cooccur = "wordmill cooccur corpus.txt.gz --quiet ";
    fails(cooccur + "--output m.wm", 2, "--vocabulary");
    fails(cooccur + "--vocabulary v.tsv", 2, "--output");
    fails(cooccur + "--vocabulary v.tsv --window 0 --output m.wm", 2, "radius");
    fails(cooccur + "--vocabulary v.tsv --window 23 --weights harmonic --output m.wm", 2, "22");
    fails(cooccur + "--vocabulary v.tsv --weights none --output m.wm", 2, "--weights");
    fails(cooccur + "--vocabulary v.tsv --output no/such/m.wm", 73, "folder");
    succeeds(cooccur + "--vocabulary v.tsv --output m.wm");
    fails(cooccur + "--vocabulary v.tsv --output m.wm", 73, "--overwrite");
    fails("wordmill ppmi m.wm --shift 0.5 --output p.wm", 2, "shift");
    fails("wordmill ppmi corpus.txt.gz --output p.wm", 65, "corpus.txt.gz");
    succeeds("wordmill count corpus.txt.gz --min-count 40 --output other.tsv --quiet");
    fails("wordmill svd m.wm --vocabulary other.tsv --output v.bin", 65, "vocabulary");
    fails("wordmill train ppmi-svd corpus.txt.gz --size 0 --output v.bin --quiet", 2, "rank");
    fails("wordmill train glove corpus.txt.gz --size 0 --output v.bin --quiet", 2, "dimension");
    fails("wordmill train glove corpus.txt.gz --rate nan --output v.bin --quiet", 2, "rate");
    fails("cat corpus.txt.gz | wordmill train ppmi-svd - --output v.bin --quiet", 2, "pipe");
    fails("wordmill train ppmi-svd corpus.txt.gz --shift 1000000 --output v.bin --quiet", 65, "no value above 0");
    // the rank of a matrix of few types bounds that of its vectors
    succeeds("wordmill count corpus.txt.gz --max-size 12 --output few.tsv --quiet");
    auto const few = shell("wordmill train ppmi-svd corpus.txt.gz --vocabulary few.tsv --output few.txt");
    BOOST_TEST(few.code == 0);
    BOOST_TEST(contains(few.output, "the matrix has rank"));
    BOOST_TEST(others({"corpus.txt.gz", "truth", "v.tsv", "m.wm", "other.tsv", "few.tsv", "few.txt"}).empty());
}

BOOST_FIXTURE_TEST_CASE(the_device_is_chosen_before_the_work_begins, counted_corpus) {
    std::string const cooccur = "wordmill cooccur corpus.txt.gz --vocabulary v.tsv --overwrite --output ";
    succeeds(cooccur + "c.wm --quiet --device cpu");
    succeeds("wordmill ppmi c.wm --output p.wm --quiet --device cpu");
    succeeds("wordmill svd p.wm --vocabulary v.tsv --size 9 --output v.bin --quiet --device cpu");
    fails(cooccur + "x.wm --device gpu", 2, "--device: expected one of auto, cpu, cuda");
}

BOOST_FIXTURE_TEST_CASE(without_a_gpu_cuda_is_refused_and_the_automatic_choice_is_the_cpu, counted_corpus,
                        *skipped_unless_shell("\"" WORDMILL_COMMAND "\" info " WORDMILL_SOURCE_DIR
                                              "/corpora/data/tiny.txt | grep 'device: CPU'",
                                              "there is a GPU")) {
    std::string const cooccur = "wordmill cooccur corpus.txt.gz --vocabulary v.tsv --overwrite --output ";
    succeeds(cooccur + "c.wm --quiet --device cpu");
    succeeds("wordmill ppmi c.wm --output p.wm --quiet --device cpu");
    succeeds("wordmill svd p.wm --vocabulary v.tsv --size 9 --output v.bin --quiet --device cpu");
    auto const automatic = shell(cooccur + "a.wm");
    BOOST_REQUIRE_MESSAGE(automatic.code == 0, automatic.output);
    BOOST_TEST(!contains(automatic.output, "device: "));
    std::string const refused = "expected a GPU that can be used, found: ";
    fails(cooccur + "x.wm --device cuda", 69, refused);
    fails("wordmill ppmi c.wm --output x.wm --device cuda", 69, refused);
    fails("wordmill svd p.wm --vocabulary v.tsv --output x.bin --device cuda", 69, refused);
    fails("wordmill train ppmi-svd corpus.txt.gz --vocabulary v.tsv --output x.bin --device cuda", 69, refused);
    // the automatic choice is then the CPU, without a word
    succeeds("wordmill ppmi c.wm --output a.ppmi.wm --quiet --device auto");
    succeeds("wordmill svd p.wm --vocabulary v.tsv --size 9 --output a.bin --quiet");
    BOOST_TEST((read("a.wm") == read("c.wm")));
    BOOST_TEST((read("a.ppmi.wm") == read("p.wm")));
    BOOST_TEST((read("a.bin") == read("v.bin")));
    BOOST_TEST(
        others({"corpus.txt.gz", "truth", "v.tsv", "c.wm", "p.wm", "v.bin", "a.wm", "a.ppmi.wm", "a.bin"}).empty());
}

BOOST_AUTO_TEST_SUITE_END()
