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
    succeeds("wordmill train ppmi-svd corpus.txt.gz --vocabulary v.tsv --window 3 --smoothing 0.75 --size 30 "
             "--output whole.bin --quiet");
    BOOST_TEST((read("steps.bin") == read("whole.bin")));
    succeeds("wordmill train ppmi-svd corpus.txt.gz --vocabulary v.tsv --window 3 --smoothing 0.75 --size 30 "
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

BOOST_AUTO_TEST_SUITE_END()
