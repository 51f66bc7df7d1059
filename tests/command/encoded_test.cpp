#include "shell.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

namespace {
/// A small corpus in two files, its vocabularies, and its ids: of both files in one, and of each. "lm" counts and marks
/// sentence ends. Expected bytes are those that the text gives.
struct two_corpora : folder {
    two_corpora() {
        succeeds("wordmill synth --tokens 60K --seed 1 --output a.txt.gz --truth truth --quiet");
        succeeds("wordmill synth --tokens 20K --seed 2 --output b.txt --quiet");
        succeeds("printf '\\n\\na line in two blocks' >> b.txt; for i in $(seq 3000); do printf ' longer and longer'; "
                 "done >> b.txt");
        succeeds("wordmill count a.txt.gz b.txt --min-count 5 --quiet --output v.tsv");
        succeeds("wordmill count a.txt.gz b.txt --min-count 5 --quiet --output lm.tsv --sentence-end '<eos>'");
        succeeds("printf '<unk>\\t0\\n' >> lm.tsv"); // without it ids lose the words that a model of the text predicts
        auto const encode = [](std::string const& files, std::string const& options) {
            succeeds("wordmill encode " + files + " --block 8K --quiet --output " + options);
        };
        encode("a.txt.gz b.txt", "all.ids --vocabulary v.tsv");
        encode("a.txt.gz", "a.ids --vocabulary v.tsv");
        encode("b.txt", "b.ids --vocabulary v.tsv");
        encode("a.txt.gz b.txt", "lm.ids --vocabulary lm.tsv --sentence-end '<eos>'");
        encode("a.txt.gz", "lm_a.ids --vocabulary lm.tsv --sentence-end '<eos>'");
    }
    /// `command` writes the same bytes to --output from text and from ids, on 1, 2 and 7 threads.
    void same(std::string const& command, std::string const& options, std::string const& output) const {
        auto const run = [&](std::string const& inputs, std::string const& threads) {
            succeeds("wordmill " + command + " " + inputs + " " + options + " --overwrite --quiet --threads " + threads
                     + " --output " + output);
            return read(output);
        };
        auto const expected = run("a.txt.gz b.txt --block 8K", "1");
        BOOST_TEST(!expected.empty());
        for (std::string const threads : {"1", "2", "7"})
            BOOST_TEST((run("all.ids", threads) == expected), command << " on " << threads << " threads");
        BOOST_TEST((run("a.ids b.ids", "2") == expected), command << " of two files");
    }
};
}

BOOST_AUTO_TEST_SUITE(encoded_corpora_in_commands)

BOOST_FIXTURE_TEST_CASE(word_vectors_of_ids_are_those_of_the_text, two_corpora) {
    for (std::string const model : {"skipgram", "cbow"})
        same("train " + model,
             "--vocabulary v.tsv --size 16 --epochs 2 --sample 1e-3 --deterministic --vector-format word2vec-binary",
             "v.bin");
}

BOOST_FIXTURE_TEST_CASE(counts_and_what_is_made_of_them_are_those_of_the_text, two_corpora) {
    same("cooccur", "--vocabulary v.tsv", "counts");
    same("cooccur", "--vocabulary v.tsv --shrink-window --sample 1e-3 --window 4", "counts");
    same("train glove", "--vocabulary v.tsv --size 8 --epochs 3", "glove.bin");
    same("train ppmi-svd", "--vocabulary v.tsv --size 8", "svd.bin");
}

BOOST_FIXTURE_TEST_CASE(language_models_of_ids_are_those_of_the_text, two_corpora) {
    auto const train = [](std::string const& inputs, std::string const& options) {
        succeeds("wordmill lm train " + inputs
                 + " --vocabulary lm.tsv --size 8 --epochs 1 "
                   "--batch 8 --quiet --overwrite "
                 + options);
    };
    train("a.txt.gz b.txt --block 8K", "--output text --valid a.txt.gz");
    train("lm.ids", "--output ids --valid lm_a.ids --threads 2");
    BOOST_TEST(!read("text/model.safetensors").empty());
    BOOST_TEST((read("ids/model.safetensors") == read("text/model.safetensors")));
    auto const perplexity = [](std::string const& model, std::string const& input) {
        return shell("wordmill lm evaluate " + model + " " + input + " --quiet").output;
    };
    auto const expected = perplexity("text", "a.txt.gz b.txt");
    BOOST_TEST(contains(expected, "perplexity"));
    BOOST_TEST(perplexity("text", "lm.ids") == expected);
    BOOST_TEST(perplexity("ids", "lm.ids") == expected);
    fails("wordmill lm evaluate text all.ids", 65, "vocabulary");
    fails("wordmill lm train all.ids --vocabulary v.tsv --output x", 65, "'<eos>' at the ends of sentences, found no");
    fails("wordmill lm train lm.ids --vocabulary lm.tsv --sentence-end '' --output x", 65, "found '<eos>'");
    fails("wordmill encode b.txt --vocabulary v.tsv --sentence-end '<eos>' --output x.ids", 2, "'<eos>'");
}

BOOST_FIXTURE_TEST_CASE(a_run_on_ids_that_was_stopped_goes_on, two_corpora) {
    std::string const train = "wordmill train skipgram all.ids --size 16 --epochs 3 --deterministic --quiet ";
    succeeds(train + "--vocabulary v.tsv --output whole.bin");
    succeeds("$WORDMILL train skipgram all.ids --size 16 --epochs 3 --deterministic --quiet --vocabulary v.tsv "
             "--checkpoint run --checkpoint-every 10K --output v.bin & pid=$!; "
             "while [ ! -e run/checkpoint.previous ]; do kill -0 $pid 2>/dev/null || break; done; "
             "kill -9 $pid; wait $pid; true");
    succeeds(train + "--resume run --overwrite --output v.bin");
    BOOST_TEST((read("v.bin") == read("whole.bin")));
}

BOOST_FIXTURE_TEST_CASE(cat_and_info_show_ids, two_corpora) {
    for (std::string const stage : {"ids", "words"})
        BOOST_TEST((shell("wordmill cat all.ids --vocabulary v.tsv --stage " + stage).output
                    == shell("wordmill cat a.txt.gz b.txt --vocabulary v.tsv --stage ids"
                             + std::string(stage == "words"
                                               ? " | awk 'NR == FNR { w[NR - 1] = $1; next } { for (i = 1; i <= NF;"
                                                 " ++i) $i = w[$i]; print }' v.tsv -"
                                               : ""))
                           .output),
                   stage);
    BOOST_TEST(
        (shell("wordmill cat all.ids").output == shell("wordmill cat all.ids --vocabulary v.tsv --stage ids").output));
    auto const about = shell("wordmill info all.ids lm.ids").output;
    for (auto const& part :
         {"all.ids: ", "encoded corpus: ", " sentences and 2 documents", "not marked", "marked with id"})
        BOOST_TEST(contains(about, part), about);
}

BOOST_FIXTURE_TEST_CASE(ids_that_cannot_be_used_are_refused, two_corpora) {
    std::string const train = "wordmill train skipgram ";
    fails(train + "all.ids --output v.bin", 2, "all.ids");
    fails(train + "all.ids --output v.bin", 2, "expected a vocabulary (--vocabulary FILE) with an encoded corpus");
    fails(train + "all.ids --vocabulary lm.tsv --output v.bin", 65, "found ids of vocabulary");
    fails(train + "all.ids b.txt --vocabulary v.tsv --output v.bin", 65, "not both");
    fails(train + "b.txt all.ids --vocabulary v.tsv --output v.bin", 65, "expected text, found an encoded corpus");
    fails("wordmill count all.ids", 65, "expected text, found an encoded corpus");
    fails("cat all.ids | wordmill count -", 65, "expected text, found an encoded corpus");
    fails("wordmill cat all.ids --stage text", 2, "--stage words");
    fails("wordmill cat all.ids --stage words", 2, "--vocabulary");
    succeeds("head -c 5000 all.ids > cut.ids");
    for (std::string const command : {"info", "cat"}) fails("wordmill " + command + " cut.ids", 65, "cut.ids");
    BOOST_TEST(others({"a.txt.gz", "b.txt", "truth", "v.tsv", "lm.tsv", "all.ids", "a.ids", "b.ids", "lm.ids",
                       "lm_a.ids", "cut.ids"})
                   .empty());
}

BOOST_AUTO_TEST_SUITE_END()
