#include "shell.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <string>

namespace {
/// Sentences "a b c d" .. in a circle of letters: easy to foretell.
struct alphabet : folder {
    alphabet() {
        std::string text;
        for (int i = 0; i < 400; ++i) {
            for (int k = 0; k < 6; ++k) text += std::string(k == 0 ? "" : " ") + static_cast<char>('a' + (i + k) % 10);
            text += "\n";
        }
        write("train.txt", text);
        write("valid.txt", text.substr(0, text.size() / 10 / 12 * 12));
    }
};
std::string const small = "--size 16 --batch 5 --bptt 10 --clip 5 --optimizer adam --lr 0.02 --quiet ";

double perplexity(std::string const& model, std::string const& options = {}) {
    auto const found = shell("wordmill lm evaluate " + model + " valid.txt --quiet " + options);
    BOOST_TEST_REQUIRE(found.code == 0, found.output);
    return std::stod(found.output.substr(found.output.find(' ')));
}
}

BOOST_AUTO_TEST_SUITE(lm)

// Within a sentence the next letter is certain, the first one is one of ten or, knowing the one before, certain too.
BOOST_FIXTURE_TEST_CASE(a_model_is_trained_evaluated_and_writes_text, alphabet) {
    succeeds("wordmill lm train train.txt --valid valid.txt --epochs 12 --output model " + small);
    BOOST_TEST(perplexity("model") < 1.5);
    BOOST_TEST(perplexity("model", "--lanes 1") < 1.5);
    auto const json = shell("wordmill lm evaluate model valid.txt --quiet --output-format json").output;
    BOOST_TEST(json.find("{\"perplexity\":1.") == 0U);
    BOOST_TEST(json.find("\"unknown\":0}") != std::string::npos);
    auto const text = shell("wordmill lm generate model --prompt 'c d' --length 3 --temperature 0").output;
    BOOST_TEST(text == "c d e f g\n");
    auto const stopped =
        shell("wordmill lm generate model --prompt 'c d e f g h' --length 30 --temperature 0 --stop '<eos>'").output;
    BOOST_TEST(stopped == "c d e f g h.\n");
    auto const seeded = "wordmill lm generate model --prompt a --length 20 --temperature 2 --count 2 --seed ";
    BOOST_TEST(shell(seeded + std::string("1")).output == shell(seeded + std::string("1")).output);
    BOOST_TEST(shell(seeded + std::string("1")).output != shell(seeded + std::string("2")).output);
    auto const without = shell("wordmill lm generate model --length 200 --temperature 3 --skip a b --skip c").output;
    BOOST_TEST(without.find_first_of("abc") == std::string::npos);
    for (auto const* key :
         {"\"validation-perplexity\": \"1.", "\"cell\": \"lstm\"", "\"vocabulary\": \"", "\"bptt\": \"10\""})
        BOOST_TEST(read("model/card.json").find(key) != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(every_cell_and_form_of_model_learns, alphabet) {
    for (std::string const form :
         {"--cell gru", "--cell tanh --layout wrap-around", "--layers 2 --tied --dropout 0.1 --skip-connections",
          "--layers 2 --dropout 0.1 --variational --forget-bias 1 --schedule cosine --half"}) {
        succeeds("wordmill lm train train.txt --epochs 14 --output model --overwrite " + form + " " + small);
        BOOST_TEST(perplexity("model") < 2.5, form);
    }
}

BOOST_FIXTURE_TEST_CASE(threads_change_nothing_and_a_run_that_was_stopped_goes_on_to_the_same_bytes, alphabet) {
    auto const train = "wordmill lm train train.txt --valid valid.txt --epochs 4 --dropout 0.2 " + small;
    succeeds(train + "--output whole --threads 1");
    succeeds(train + "--output other --threads 3");
    BOOST_TEST((read("other/model.safetensors") == read("whole/model.safetensors")));
    // checkpoints every few batches; the run is asked to stop at some time
    auto const begun =
        shell("$WORDMILL " + train.substr(9)
              + "--output model --checkpoint run --checkpoint-every 100 & pid=$!; "
                "while [ ! -f run/checkpoint ]; do sleep 0.01; done; sleep 0.1; kill -TERM $pid; wait $pid");
    BOOST_TEST((begun.code == 75 || begun.code == 0), begun.output);
    for (int i = 0; i < 2; ++i) // the second finds nothing left to do
        succeeds(train + "--output model --resume run");
    BOOST_TEST((read("model/model.safetensors") == read("whole/model.safetensors")));
    fails(train + "--seed 2 --output model --resume run", 65, "the run was begun with other options");
    fails(train + "--output model --checkpoint run", 73, "holds");
    write("train.txt", read("train.txt") + "a b c\n");
    fails(train + "--output model --resume run", 65, "other options or another text");
}

BOOST_FIXTURE_TEST_CASE(what_cannot_work_is_refused_before_the_work, alphabet) {
    auto const train = [&](std::string const& options) { return "wordmill lm train train.txt --output m " + options; };
    fails(train("--layers 0"), 2, "a number of layers of 1 or more");
    fails(train("--dropout 1"), 2, "dropout ratio");
    fails(train("--lr 0 "), 2, "--lr: expected more than 0");
    fails(train("--lr nan"), 2, "--lr: expected more than 0");
    fails(train("--clip -1"), 2, "--clip");
    fails(train("--epochs 0"), 2, "--epochs");
    fails(train("--cell qrnn"), 2, "--cell: expected one of lstm, gru, tanh");
    fails(train("--tied --embedding-size 5"), 2, "equal sizes");
    fails(train("--patience 2"), 2, "expected --valid FILE");
    fails(train("--batch 10K --quiet"), 65, "for 10,000 lanes, found 2,800");
    fails(train("--size 1M --quiet --memory 64M"), 71, "--memory allows");
    write("empty.txt", "");
    BOOST_TEST(shell("wordmill lm train empty.txt --output m --quiet").code != 0);
    fails("wordmill lm evaluate nothing valid.txt", 66, "nothing/vocabulary.tsv");
    fails("wordmill lm train train.txt", 2, "--output");
}

BOOST_FIXTURE_TEST_CASE(the_model_that_validates_best_is_kept_and_a_run_without_a_better_one_stops, alphabet) {
    // At this rate it gets worse soon.
    auto const run = shell("wordmill lm train train.txt --valid valid.txt --output model --batch 5 --bptt 10 --size 16 "
                           "--clip 0 --lr 30 --schedule constant --epochs 200 --patience 3");
    BOOST_TEST_REQUIRE(run.code == 0, run.output);
    double best = 1e30;
    int epochs = 0, since = 0;
    std::string const before = "of the validation text ";
    for (auto at = run.output.find(before); at != std::string::npos; at = run.output.find(before, at + 1)) {
        auto const found = std::stod(run.output.substr(at + before.size()));
        ++epochs;
        since = found < best ? 0 : since + 1;
        best = std::min(best, found);
    }
    BOOST_TEST(epochs < 200);
    BOOST_TEST(since == 3);
    BOOST_TEST(perplexity("model") == best, boost::test_tools::tolerance(0.01));
}

BOOST_FIXTURE_TEST_CASE(a_model_and_a_vocabulary_of_different_runs_do_not_go_together, alphabet) {
    succeeds("wordmill lm train train.txt --epochs 1 --output model " + small);
    succeeds("wordmill lm train valid.txt --epochs 1 --output other " + small);
    write("model/vocabulary.tsv", read("other/vocabulary.tsv"));
    fails("wordmill lm evaluate model valid.txt", 65, "expected its vocabulary");
    write("model/model.safetensors", read("other/model.safetensors").substr(0, 500));
    fails("wordmill lm generate model", 65, "safetensors");
}

BOOST_AUTO_TEST_SUITE_END()
