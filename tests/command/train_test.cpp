#include "../skipped.hpp"
#include "shell.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>

namespace {
/// A small corpus with its truth, and the options that all runs of these tests share.
struct corpus : folder {
    corpus() {
        auto const made = shell("wordmill synth --tokens 60K --seed 1 --output corpus.txt.gz --truth truth --quiet");
        BOOST_REQUIRE_MESSAGE(made.code == 0, made.output);
    }
    static std::string train(std::string const& options) {
        return "$WORDMILL train skipgram corpus.txt.gz --size 20 --epochs 3 --deterministic --quiet " + options;
    }
};
}

BOOST_AUTO_TEST_SUITE(training)

BOOST_FIXTURE_TEST_CASE(vectors_are_trained_asked_evaluated_and_converted, corpus) {
    for (std::string const model : {"skipgram", "cbow"}) {
        succeeds("wordmill train " + model + " corpus.txt.gz --size 16 --epochs 2 --output " + model + ".txt --quiet");
        auto const word = shell("sed -n 2p " + model + ".txt | cut -d' ' -f1 | tr -d '\\n'").output;
        auto const near = shell("wordmill nearest " + model + ".txt " + word + " --top 3");
        BOOST_TEST(near.code == 0);
        BOOST_TEST(std::count(near.output.begin(), near.output.end(), '\n') == 3);
        BOOST_TEST(!contains(near.output, word + "\t"));
        for (std::string const format : {".bin", ".npy", ".safetensors"}) {
            succeeds("wordmill convert " + model + ".txt " + model + format);
            BOOST_TEST(shell("wordmill nearest " + model + format + " " + word + " --top 3").output == near.output);
        }
    }
    succeeds("wordmill synth --tokens 1M --seed 1 --output larger.txt --truth sets --quiet");
    succeeds("wordmill train skipgram larger.txt --size 16 --epochs 1 --output larger.vec --quiet");
    auto const score = shell("wordmill evaluate larger.vec --similarity sets/similarity.tsv --analogy "
                             "sets/analogies.txt --format json");
    BOOST_TEST(score.code == 0);
    BOOST_TEST(contains(score.output, "\"spearman\":"));
    BOOST_TEST(contains(score.output, "\"accuracy\":"));
}

BOOST_FIXTURE_TEST_CASE(an_evaluation_counts_correct_answers_and_covered_questions, folder) {
    // man : woman = king : (0.71, 0.71) of the unit vectors, to which queen is nearest. "man woman king x" has
    // another answer, and "zebra" is in no vocabulary.
    write("v.txt", "5 2\nman 1 0\nwoman 1 1\nking 3 0\nqueen 3 1\nx -1 0\n");
    write("a.txt", ": royal\nman woman king queen\nman woman king x\nman woman king zebra\n: none\nzebra man king x\n");
    BOOST_TEST(shell("wordmill evaluate v.txt --analogy a.txt").output
               == "a.txt:\n  royal: 1 of 2 correct (50.0 %), 2 of 3 covered\n  none: 0 of 0 correct, 0 of 1 covered\n"
                  "  all: 1 of 2 correct (50.0 %), 2 of 4 covered\n");
}

BOOST_FIXTURE_TEST_CASE(trees_and_subwords_are_trained_and_resumed, corpus) {
    for (std::string const options : {"--hs", "--maxn 5 --bucket 5K", "--hs --maxn 4 --minn 2 --bucket 1000"}) {
        succeeds(train(options + " --output v.bin --vector-format fasttext --overwrite"));
        succeeds(train(options + " --threads 7 --output w.bin --vector-format fasttext --overwrite"));
        BOOST_TEST((read("w.bin") == read("v.bin")));
        // The same words and vectors by way of the model and of the text.
        succeeds(train(options + " --output v.txt --overwrite"));
        auto const word = shell("sed -n 9p v.txt | cut -d' ' -f1 | tr -d '\\n'").output;
        auto const near = shell("wordmill nearest v.txt " + word);
        BOOST_TEST(std::count(near.output.begin(), near.output.end(), '\n') == 10);
        BOOST_TEST(shell("wordmill nearest v.bin " + word).output == near.output);
    }
    // A word that no text has is near to the one it is made of.
    succeeds(train("--maxn 5 --bucket 5K --output v.bin --vector-format fasttext --overwrite"));
    auto const longest =
        shell("wordmill convert v.bin v.txt --overwrite; cut -d' ' -f1 v.txt | awk 'NR > 1 && length > n "
              "{ n = length; w = $0 } END { printf \"%s\", w }'")
            .output;
    auto const near = shell("wordmill nearest v.bin " + longest + "s --top 3");
    BOOST_TEST_CONTEXT(near.output) { BOOST_TEST(near.output.starts_with(longest + "\t")); }
    fails("wordmill nearest v.txt " + longest + "s", 65, "no vector for the word");
    fails(train("--hs --negative 3 --output x.bin"), 2, "--hs");
    fails(train("--maxn 2 --output x.bin"), 2, "--minn");
    fails(train("--maxn 3 --bucket 1G --memory 1G --output x.bin"), 71, "--bucket");
}

BOOST_FIXTURE_TEST_CASE(deterministic_vectors_do_not_depend_on_threads, corpus) {
    for (std::string const threads : {"1", "2", "7"})
        succeeds(train("--threads " + threads + " --output v" + threads + ".bin"));
    BOOST_TEST(!read("v1.bin").empty());
    BOOST_TEST((read("v2.bin") == read("v1.bin")));
    BOOST_TEST((read("v7.bin") == read("v1.bin")));
    succeeds(train("--seed 2 --output other.bin"));
    BOOST_TEST((read("other.bin") != read("v1.bin")));
}

BOOST_FIXTURE_TEST_CASE(a_run_that_is_killed_again_and_again_gives_the_bytes_of_one_that_is_not, corpus) {
    for (std::string const model : {"", "--hs --maxn 5 --bucket 5K "}) {
        succeeds("rm -rf run; " + train(model + "--block 16K --output blocks.bin --overwrite"));
        auto const every = model + "--block 16K --checkpoint-every 5K --threads 2 --overwrite ";
        // Each run is killed a little later than the one before, until one comes to its end.
        auto const loop =
            "rm -f killed.bin; n=0; options='--checkpoint run'; until "
            + train(every
                    + "$options --output killed.bin & p=$!; "
                      "( sleep 0.0$((n % 9 + 1)); kill -9 $p 2>/dev/null ) & wait $p")
            + " 2>/dev/null; do n=$((n+1)); "
              "[ -e run/checkpoint ] && options='--resume run' || rm -rf run; [ $n -lt 60 ] || break; done; "
            + "[ -e killed.bin ] || " + train(every + "$options --output killed.bin") + "; echo killed $n times";
        auto const run = shell(loop);
        BOOST_TEST_MESSAGE(run.output);
        BOOST_TEST(contains(run.output, "killed"));
        BOOST_TEST((read("killed.bin") == read("blocks.bin")));
    }
}

BOOST_FIXTURE_TEST_CASE(a_signal_ends_a_run_with_75_and_it_goes_on, corpus) {
    succeeds("wordmill synth --tokens 600K --seed 2 --output larger.txt --quiet");
    auto const larger = [](std::string const& options) {
        return "$WORDMILL train cbow larger.txt --size 20 --epochs 3 --deterministic --quiet " + options;
    };
    succeeds(larger("--output whole.bin"));
    // Before there is a checkpoint the signal ends it for good, with 128 + 15; on a fast machine it may be done by
    // then.
    outcome stopped{143, {}};
    auto const metrics = std::string("--metrics m.jsonl --tensorboard events --metrics-every 0.01 ");
    for (int tenths = 1; stopped.code == 143 && tenths < 30; ++tenths)
        stopped = shell("rm -rf run v.bin m.jsonl events; " + larger(metrics + "--checkpoint run --output v.bin")
                        + " & p=$!; sleep " + std::to_string(tenths / 10) + "." + std::to_string(tenths % 10)
                        + "; kill -TERM $p; wait $p");
    BOOST_TEST_CONTEXT(stopped.output) {
        if (stopped.code == 75) {
            BOOST_TEST(contains(stopped.output, "--resume"));
            BOOST_TEST(
                others({"larger.txt", "corpus.txt.gz", "truth", "run", "whole.bin", "m.jsonl", "events"}).empty());
            succeeds(larger(metrics + "--resume run --output v.bin"));
            // Its points continue where the others ended: each epoch ends once, at its share of the tokens.
            BOOST_TEST(shell("grep -c '^{.started' m.jsonl").output == "2\n");
            auto const tokens = shell("sed -n 's/.*\"corpus-tokens\":\"\\([0-9]*\\).*/\\1/p' m.jsonl | tail -1").output;
            BOOST_TEST(
                shell("sed -n 's/.*\"tokens\":\\([0-9]*\\).*epoch_loss.*/\\1/p' m.jsonl | tr '\\n' ' '; "
                      "t="
                      + tokens.substr(0, tokens.size() - 1) + "; echo \"= $t $((2*t)) $((3*t)) \"")
                    .output
                == shell("t=" + tokens.substr(0, tokens.size() - 1) + "; s=\"$t $((2*t)) $((3*t)) \"; echo \"$s= $s\"")
                       .output);
            BOOST_TEST(shell("ls events | wc -l").output == "2\n");
        } else {
            BOOST_TEST(stopped.code == 0);
        }
    }
    BOOST_TEST((read("v.bin") == read("whole.bin")));
}

BOOST_FIXTURE_TEST_CASE(what_cannot_be_trained_is_refused, corpus) {
    fails(train("--output v.bin --size 0"), 2, "--size");
    fails(train("--output v.bin --window 0"), 2, "--window");
    fails(train("--output v.bin --alpha nan"), 2, "--alpha");
    fails(train("--output v.bin --alpha -1"), 2, "--alpha");
    fails(train("--output v.bin --negative 0"), 2, "--negative");
    fails(train("--output v.bin --negative 256"), 2, "--negative");
    fails(train("--output v.bin --preset other"), 2, "expected one of wordmill, word2vec, gensim, fasttext");
    fails(train("--output v.bin --share-negatives pair"), 2, "negatives shared");
    fails(train("--output v.bin --min-count 1M"), 65, "types have count >=");
    fails("wordmill train cbow corpus.txt.gz --size 1M --memory 64M --output v.bin", 71, "--memory");
    fails(train("--output v.bin --sample 1e-12"), 65, "--sample");
    fails("gunzip -c corpus.txt.gz | wordmill train cbow - --output v.bin", 2, "--vocabulary");
    fails("wordmill train cbow corpus.txt.gz", 2, "--output");
    // before the work, which here would end with another error
    for (std::string const model : {"skipgram", "cbow", "glove", "ppmi-svd"}) {
        auto const line = "wordmill train " + model + " corpus.txt.gz --min-count 1M --output ";
        fails(line + "vectors", 2, "expected a name that ends in");
        fails(line + "v.bin --vector-format other", 2, "expected a format of vectors");
    }
    fails("wordmill train glove corpus.txt.gz --min-count 1M --output v.bin --vector-format fasttext", 2, "fasttext");
    fails(train("--output v.bin --resume nowhere"), 66, "checkpoint");
    BOOST_TEST(others({"corpus.txt.gz", "truth"}).empty());

    succeeds(train("--checkpoint run --output v.bin"));
    fails(train("--checkpoint run --output w.bin"), 73, "--resume");
    fails(train("--resume run --output w.bin --window 4"), 65, "other options");
    succeeds(train("--resume run --output w.bin")); // at its end already
    BOOST_TEST((read("w.bin") == read("v.bin")));
}

BOOST_FIXTURE_TEST_CASE(one_line_begins_a_run_and_resumes_it_where_there_is_a_checkpoint, corpus) {
    succeeds("wordmill count corpus.txt.gz --output words.tsv --quiet");
    succeeds(train("--vocabulary words.tsv --output whole.bin"));
    auto const line = train("--vocabulary words.tsv --checkpoint-every 5K --resume-or-begin run --overwrite ");
    // A run that is stopped when it has a checkpoint; on a fast machine it may be done by then.
    auto const stopped = shell(line
                               + "--output v.bin & p=$!; while [ ! -f run/checkpoint ]; do sleep 0.01; done; "
                                 "kill -TERM $p; wait $p");
    BOOST_TEST((stopped.code == 75 || stopped.code == 0), stopped.output);
    for (int i = 0; i < 2; ++i) { // the second time it is at its end already
        succeeds(line + "--output v.bin");
        BOOST_TEST((read("v.bin") == read("whole.bin")));
    }
    fails(line + "--output v.bin --window 4", 65, "other options"); // which shows that it resumes
    for (std::string const other : {"--checkpoint", "--resume"})
        fails(line + "--output v.bin " + other + " run", 2, "found " + other);
}

BOOST_FIXTURE_TEST_CASE(an_output_that_cannot_be_made_is_refused_before_the_work, corpus) {
    // Each has another fault that is found later on: no type has that count.
    write("old", "old");
    fails(train("--min-count 1M --output old"), 73, "old: exists already");
    fails(train("--min-count 1M --output v.bin --metrics old"), 73, "old: exists already");
    fails(train("--min-count 1M --output no/v.bin"), 73, "no/v.bin");
    fails(train("--min-count 1M --output v.bin --metrics no/m.jsonl"), 73, "no/m.jsonl");
    fails(train("--min-count 1M --overwrite --output v.bin --metrics ./v.bin"), 73, "the output");
    fails(train("--min-count 1M --overwrite --output v.bin --metrics corpus.txt.gz"), 73, "one of the inputs");
    fails(train("--min-count 1M --output v.bin --metrics m.jsonl --metrics-every 0"), 2, "--metrics-every");
    BOOST_TEST(read("old") == "old");
    BOOST_TEST(others({"corpus.txt.gz", "truth", "old"}).empty());
}

BOOST_FIXTURE_TEST_CASE(metrics_have_a_point_for_the_end_of_each_epoch, corpus) {
    auto const run =
        shell("$WORDMILL train skipgram corpus.txt.gz --size 20 --epochs 3 --output v.bin --metrics m.jsonl "
              "--tensorboard tb/run --metrics-every 3600");
    BOOST_REQUIRE_MESSAGE(run.code == 0, run.output);
    auto const text = read("m.jsonl");
    BOOST_TEST(std::count(text.begin(), text.end(), '\n') == 4); // the options, and one for each epoch
    BOOST_TEST(text.starts_with("{\"started\":"));
    BOOST_TEST(contains(text, "\"size\":\"20\""));
    BOOST_TEST(contains(text, "\"epoch\":3,"));
    BOOST_TEST(shell("ls tb/run | grep -c ^events.out.tfevents.").output == "1\n");
    // The loss that is said of each epoch is the one that is written, to six digits.
    BOOST_TEST(
        shell("sed -n 's/.*epoch_loss\":\\(.*\\)}/\\1/p' m.jsonl | xargs printf 'loss %g\\n'").output
        == shell("cat <<'END' | sed -n 's/.*: epoch .*: \\(loss .*\\)/\\1/p'\n" + run.output + "\nEND\n").output);
    BOOST_TEST(contains(run.output, "epoch 3 of 3: loss "));
}

BOOST_FIXTURE_TEST_CASE(metrics_that_cannot_be_written_end_the_run, corpus) {
    fails(train("--output v.bin --metrics /dev/full"), 74, "/dev/full");
    // The options fit, hundreds of points do not.
    fails("ulimit -f 4; $WORDMILL train skipgram corpus.txt.gz --size 20 --epochs 4K --quiet --metrics-every 0.01 "
          "--output v.bin --metrics m.jsonl",
          74, "m.jsonl: cannot write");
    auto const text = read("m.jsonl");
    BOOST_TEST(contains(text, "\"epoch\":1,"));
    BOOST_TEST(text.ends_with("}\n"));
    BOOST_TEST(others({"corpus.txt.gz", "truth", "m.jsonl"}).empty());
}

BOOST_FIXTURE_TEST_CASE(the_progress_line_shows_loss_and_rate, corpus,
                        *skipped_unless_shell("script -qec true /dev/null </dev/null",
                                              "script, which makes a terminal, is not installed or finds none")) {
    succeeds("gunzip -k corpus.txt.gz; wordmill count corpus.txt --min-count 5 --output v.tsv --quiet; mkfifo pipe");
    auto const run = shell("(for i in 1 2 3 4 5 6 7 8; do cat corpus.txt; done; sleep 2) >pipe & script -qec "
                           "\"$WORDMILL train skipgram pipe --vocabulary "
                           "v.tsv --size 20 --epochs 1 --output v.bin\" /dev/null </dev/null");
    BOOST_TEST_CONTEXT(run.output) {
        BOOST_TEST(contains(run.output, " M tokens/s, loss "));
        BOOST_TEST(contains(run.output, ", rate 5e-06, ")); // the text is longer than the vocabulary says
        BOOST_TEST(contains(run.output, "\r\x1b[Kwordmill: epoch 1 of 1"));
    }
}

BOOST_FIXTURE_TEST_CASE(an_index_of_all_candidates_answers_as_the_exact_search, corpus) {
    succeeds(train("--output v.bin"));
    auto const made = shell("wordmill index v.bin --output v.hnsw");
    if (made.code == 69) { // built without hnswlib
        BOOST_TEST(contains(made.output, "libhnswlib-dev"));
        return fails("wordmill nearest v.bin x --index v.hnsw", 69, "libhnswlib-dev");
    }
    BOOST_REQUIRE_MESSAGE(made.code == 0, made.output);
    BOOST_TEST(contains(made.output, "words in the index"));
    auto const word = shell("wordmill convert v.bin v.txt && sed -n 2p v.txt | cut -d' ' -f1 | tr -d '\\n'").output;
    auto const exact = shell("wordmill nearest v.bin " + word + " --top 5");
    BOOST_TEST(shell("wordmill nearest v.bin " + word + " --top 5 --index v.hnsw --ef 1000000").output == exact.output);
    auto const quick = shell("wordmill nearest v.bin " + word + " --top 5 --index v.hnsw");
    BOOST_TEST(std::count(quick.output.begin(), quick.output.end(), '\n') == 5);

    fails("wordmill index v.bin --output v.hnsw", 73, "v.hnsw");
    fails("wordmill index v.bin", 2, "--output");
    fails("wordmill index v.bin --output w.hnsw --links 1", 2, "2 to 256");
    fails("wordmill nearest v.bin " + word + " --ef 5", 2, "--index");
    fails("wordmill nearest v.bin " + word + " --index v.hnsw --max-words 5", 2, "--max-words");
    fails("wordmill nearest v.bin " + word + " --index v.bin", 65, "expected an index");
    succeeds("wordmill convert v.bin first.bin --max-words 50");
    fails("wordmill nearest first.bin " + word + " --index v.hnsw", 65, "other vectors");
}

BOOST_FIXTURE_TEST_CASE(questions_about_unknown_words_name_them, corpus) {
    succeeds(train("--output v.txt"));
    fails("wordmill nearest v.txt no-such-word", 65, "no-such-word");
    fails("wordmill analogy v.txt a b no-such-word", 65, "'");
    fails("wordmill evaluate v.txt", 2, "--similarity");
    fails("wordmill nearest missing.bin x", 66, "missing.bin");
    fails("wordmill convert v.txt v.txt", 73, "v.txt");
}

BOOST_AUTO_TEST_SUITE_END()
