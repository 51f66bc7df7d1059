#include "shell.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace {
/// Sentences of six letters in a circle, "a b c d e f" and so on: easy to predict. After the mark of a sentence's end
/// and a few letters, the next letter is certain. Without the mark the sentence could end at any of them.
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
    auto const text = shell("wordmill lm generate model --prompt '<eos> c d' --length 3 --temperature 0").output;
    BOOST_TEST(text == "<eos> c d e f g\n");
    auto const stopped =
        shell("wordmill lm generate model --prompt '<eos> c d' --length 30 --temperature 0 --stop f").output;
    BOOST_TEST(stopped == "<eos> c d e f\n");
    auto const sentence =
        shell("wordmill lm generate model --prompt '<eos> c d' --length 300 --temperature 1 --stop '<eos>'").output;
    BOOST_TEST(sentence.find('.') == sentence.size() - 2, sentence); // where the sentence ends, nothing follows
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

// 10 letters and the end of a sentence.
BOOST_FIXTURE_TEST_CASE(models_with_a_softmax_for_large_vocabularies_are_trained_exactly_evaluated_and_write,
                        alphabet) {
    for (std::string const form : {"--softmax sampled --samples 4", "--softmax sampled --samples 4 --tied",
                                   "--softmax adaptive --cutoffs 4,8"}) {
        succeeds("wordmill lm train train.txt --epochs 14 --output model --overwrite " + form + " " + small);
        BOOST_TEST(perplexity("model") < 2, form);
        BOOST_TEST(shell("wordmill lm generate model --prompt '<eos> a b c' --length 1 --temperature 0").output
                       == "<eos> a b c d\n",
                   form);
    }
    BOOST_TEST(read("model/card.json").find("\"cutoffs\": \"4,8\"") != std::string::npos);
    fails("wordmill lm train train.txt --output other --quiet --softmax adaptive --cutoffs 4,11", 2,
          "below the vocabulary's 11");
}

// After a few letters of a segment everything is certain but where its sentence began.
BOOST_FIXTURE_TEST_CASE(a_transformer_is_trained_evaluated_and_writes_text, alphabet) {
    std::string const sizes = "--layers 2 --size 32 --batch 5 --bptt 20 --lr 0.004 --clip 1 --quiet ";
    for (std::string const form :
         {"--norm pre",
          "--norm post --activation gelu --position learned --schedule inverse-sqrt --warmup 40 --betas 0.9,0.98",
          "--heads 4 --inner 48 --position rotary --tied --dropout 0.05 --half --schedule linear --warmup 20",
          "--position none --softmax adaptive --cutoffs 4,8 --schedule cosine"}) {
        succeeds("wordmill lm train train.txt --model transformer --valid valid.txt --epochs 12 --output model "
                 "--overwrite "
                 + form + " " + sizes);
        BOOST_TEST(perplexity("model") < 1.6, form);
        BOOST_TEST(shell("wordmill lm generate model --prompt '<eos> c d' --length 3 --temperature 0").output
                       == "<eos> c d e f g\n",
                   form);
    }
    BOOST_TEST(contains(read("model/card.json"), "\"kind\": \"transformer\""));
    auto const seeded = "wordmill lm generate model --prompt a --length 50 --temperature 2 --count 2 --seed ";
    BOOST_TEST(shell(seeded + std::string("1")).output == shell(seeded + std::string("1")).output);
    BOOST_TEST(shell(seeded + std::string("1")).output != shell(seeded + std::string("2")).output);
    succeeds("wordmill lm vectors model --quiet --output v.txt");
    BOOST_TEST(read("v.txt").starts_with("11 32\n"));
}

// With segments of two tokens it does not even know the letter before the last.
BOOST_FIXTURE_TEST_CASE(a_transformer_with_a_memory_is_evaluated_with_other_lengths, alphabet) {
    auto const train = "wordmill lm train train.txt --model transformer --position rotary --epochs 8 --layers 2 "
                       "--size 32 --batch 5 --bptt 2 --lr 0.004 --schedule linear ";
    succeeds(train + std::string("--output plain --quiet"));
    auto const run = shell(train + std::string("--memory-length 16 --output remembers"));
    BOOST_TEST(run.code == 0);
    BOOST_TEST(!contains(run.output, "is not kept"), run.output); // though it guesses the first letters of a text
    BOOST_TEST(perplexity("remembers") < 1.5);
    BOOST_TEST(perplexity("plain") > 1.2 * perplexity("remembers"));
    BOOST_TEST(perplexity("remembers", "--memory-length 0") > 1.2 * perplexity("remembers"));
    BOOST_TEST(perplexity("remembers", "--memory-length 0 --bptt 18") < perplexity("remembers", "--memory-length 0"));
    succeeds("wordmill lm train train.txt --epochs 1 --output lstm " + small);
    fails("wordmill lm evaluate lstm valid.txt --memory-length 4", 2, "expected the model of a Transformer");
    succeeds("wordmill lm train train.txt --model transformer --epochs 1 --output sinusoids --size 8 --quiet");
    fails("wordmill lm evaluate sinusoids valid.txt --memory-length 4", 2, "rotary");
}

BOOST_FIXTURE_TEST_CASE(a_transformer_goes_on_from_a_checkpoint_to_the_same_bytes_on_any_number_of_threads, alphabet) {
    auto const train = "wordmill lm train train.txt --valid valid.txt --model transformer --position rotary --size 16 "
                       "--memory-length 12 --batch 5 --bptt 8 --dropout 0.1 --epochs 2 --quiet ";
    succeeds(train + std::string("--output whole --threads 1"));
    succeeds(train + std::string("--output other --threads 3 --checkpoint run --checkpoint-every 400"));
    BOOST_TEST((read("other/model.safetensors") == read("whole/model.safetensors")));
    succeeds("mv run/checkpoint.previous run/checkpoint"); // as killed before the last checkpoint
    succeeds(train + std::string("--output model --resume run"));
    BOOST_TEST((read("model/model.safetensors") == read("whole/model.safetensors")));
    auto const resume = train + std::string("--output model --overwrite --resume run ");
    fails(resume + "--heads 1", 65, "--heads: begun with '2', now '1'");
    fails(resume + "--inner 32", 65, "--inner: begun with '0', now '32'");
    fails("wordmill lm train train.txt --valid valid.txt --epochs 2 --output model --overwrite --resume run", 65,
          "the run was begun with other options");
    auto bytes = read("whole/model.safetensors");
    write("whole/model.safetensors", bytes.substr(0, bytes.size() / 2));
    fails("wordmill lm evaluate whole valid.txt", 65, "whole/model.safetensors");
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

BOOST_FIXTURE_TEST_CASE(one_line_begins_a_run_and_resumes_it_where_there_is_a_checkpoint, alphabet) {
    auto const train = "wordmill lm train train.txt --epochs 2 --dropout 0.2 " + small;
    succeeds(train + "--output whole");
    auto const line = train + "--output model --checkpoint-every 100 --resume-or-begin run --overwrite";
    succeeds(line);
    succeeds("mv run/checkpoint.previous run/checkpoint; rm -r model"); // as killed before the last checkpoint
    succeeds(line);
    BOOST_TEST((read("model/model.safetensors") == read("whole/model.safetensors")));
    fails(line + " --seed 2", 65, "other options"); // which shows that it resumes
    fails(line + " --checkpoint run", 2, "found --checkpoint");
}

BOOST_FIXTURE_TEST_CASE(what_cannot_work_is_refused_before_the_work, alphabet) {
    auto const train = [&](std::string const& options) { return "wordmill lm train train.txt --output m " + options; };
    fails(train("--layers 0"), 2, "a number of layers of 1 or more");
    fails(train("--dropout 1"), 2, "dropout ratio");
    fails(train("--lr 0 "), 2, "--lr: expected more than 0");
    fails(train("--lr nan"), 2, "--lr: expected more than 0");
    fails(train("--clip -1"), 2, "--clip");
    fails(train("--betas 0.9,0.98"), 2, "--betas: expected --optimizer adam beside them, found sgd");
    fails(train("--optimizer adam --betas x,0.98"), 2, "--betas");
    fails(train("--optimizer adam --betas 1,0.98"), 2, "--betas: expected numbers from 0 to below 1, found 1");
    fails(train("--epochs 0"), 2, "--epochs");
    fails(train("--cell qrnn"), 2, "--cell: expected one of lstm, gru, tanh");
    fails(train("--tied --embedding-size 5"), 2, "equal sizes");
    fails(train("--softmax half"), 2, "--softmax: expected one of full, sampled, adaptive");
    fails(train("--softmax sampled --samples 0"), 2, "1 sample or more, found 0");
    fails(train("--samples 5"), 2, "--samples: expected --softmax sampled, found");
    fails(train("--cutoffs 5"), 2, "expected an adaptive softmax");
    fails(train("--softmax adaptive --cutoffs 5,"), 2, "--cutoffs");
    fails(train("--softmax adaptive --cutoffs 5,5"), 2, "ascending cutoffs");
    fails(train("--softmax adaptive --cutoffs 5 --tied"), 2, "found tied");
    fails(train("--model perceptron"), 2, "--model: expected one of recurrent, transformer");
    fails(train("--heads 4"), 2, "--heads: expected --model transformer beside it, found --model recurrent");
    fails(train("--memory-length 4"), 2, "--memory-length: expected --model transformer beside it");
    auto const transformer = [&](std::string const& options) { return train("--model transformer " + options); };
    fails(transformer("--cell gru"), 2, "--cell: expected --model recurrent beside it, found --model transformer");
    fails(transformer("--embedding-size 100"), 2, "--embedding-size: expected --model recurrent");
    fails(transformer("--skip-connections"), 2, "--skip-connections: expected --model recurrent");
    fails(transformer("--heads 3"), 2, "a multiple of 3 heads, found 100");
    fails(transformer("--heads 0"), 2, "--heads");
    fails(transformer("--norm middle"), 2, "--norm: expected one of pre, post");
    fails(transformer("--position absolute"), 2, "--position: expected one of");
    fails(transformer("--activation softmax"), 2, "--activation: expected one of relu, gelu");
    fails(transformer("--memory-length 4"), 2, "rotary");
    fails(transformer("--position rotary --heads 4"), 2, "an even number of values for each head");
    fails(transformer("--bptt 0"), 2, "--bptt");
    fails(train("--patience 2"), 2, "expected --valid FILE");
    fails(train("--warmup 5"), 2,
          "--warmup: expected --schedule cosine, linear or inverse-sqrt beside it, found quarter");
    fails(train("--schedule inverse-sqrt"), 2, "--schedule inverse-sqrt: expected --warmup N beside it, found none");
    fails(train("--precision fp16"), 2, "--precision: expected one of fp32, tf32, bf16");
    fails(train("--batch 10K --quiet"), 65, "for 10,000 lanes, found 2,800");
    fails(train("--size 1M --quiet --memory 64M"), 71, "the memory budget allows");
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

BOOST_FIXTURE_TEST_CASE(the_embedding_is_written_as_word_vectors, alphabet) {
    succeeds("wordmill lm train train.txt --epochs 1 --output model " + small);
    for (std::string const name : {"v.txt", "v.bin", "v.npy", "v.safetensors"}) {
        succeeds("wordmill lm vectors model --quiet --output " + name);
        auto const found = shell("wordmill nearest " + name + " a --top 20").output;
        BOOST_TEST(std::ranges::count(found, '\n') == 10, found); // 10 letters and the sentence end, without itself
    }
    // 11 words of 16 values, after the name of the first: nothing is more frequent than a sentence's end
    BOOST_TEST(read("v.txt").starts_with("11 16\n"));
    fails("wordmill lm vectors model", 2, "--output");
    fails("wordmill lm vectors model --output v.txt", 73, "v.txt");
    fails("wordmill lm vectors nothing --output w.txt", 66, "nothing");
}

BOOST_FIXTURE_TEST_CASE(text_from_a_pipe_trains_with_a_vocabulary, alphabet) {
    succeeds("wordmill lm train train.txt --epochs 2 --output whole " + small);
    auto const train = "cat train.txt | wordmill lm train - --epochs 2 --output piped " + small;
    fails(train, 2, "can be read 2 times");
    succeeds(train + "--vocabulary whole/vocabulary.tsv");
    BOOST_TEST((read("piped/model.safetensors") == read("whole/model.safetensors")));
}

BOOST_FIXTURE_TEST_CASE(a_run_that_is_killed_again_and_again_ends_with_the_bytes_of_one_that_is_not, alphabet) {
    for (std::string const layout : {"parts", "wrap-around"}) {
        auto const train =
            "wordmill lm train train.txt --valid valid.txt --epochs 3 --dropout 0.2 --overwrite --layout " + layout
            + " " + small;
        succeeds("rm -rf run; " + train + "--output whole");
        // Each run is killed a little later than the one before, until one comes to its end; a checkpoint every step.
        auto const loop = "n=0; options='--checkpoint run'; until { $WORDMILL " + train.substr(9)
                          + "$options --checkpoint-every 50 --output killed & p=$!; "
                            "( sleep 0.0$((n % 9 + 1)); kill -9 $p 2>/dev/null ) & wait $p; } 2>/dev/null; do "
                            "n=$((n+1)); [ -e run/checkpoint ] && options='--resume run' || rm -rf run; "
                            "[ $n -lt 60 ] || break; done; "
                          + train + "$options --output killed; echo killed $n times";
        auto const run = shell(loop);
        BOOST_TEST_MESSAGE(run.output);
        BOOST_TEST(run.output.find("killed") != std::string::npos);
        BOOST_TEST((read("killed/model.safetensors") == read("whole/model.safetensors")), layout);
    }
}

// 2,799 pairs of a token and the next are 55 batches of 50, and so a pass of 2,750.
BOOST_FIXTURE_TEST_CASE(a_checkpoint_at_the_end_of_a_pass_is_that_of_the_next_one, alphabet) {
    auto const train = "wordmill lm train train.txt --epochs 3 --layout wrap-around --checkpoint-every 2750 " + small;
    succeeds(train + "--output whole");
    succeeds(train + "--output model --checkpoint run");
    succeeds("mv run/checkpoint.previous run/checkpoint"); // before the last one
    succeeds(train + "--output other --resume run");
    BOOST_TEST((read("other/model.safetensors") == read("whole/model.safetensors")));
}

BOOST_FIXTURE_TEST_CASE(a_damaged_checkpoint_gives_way_to_the_one_before_it, alphabet) {
    auto const train = "wordmill lm train train.txt --epochs 3 " + small;
    succeeds(train + "--output whole --checkpoint run");
    auto const damaged = [&](std::string const& name) {
        auto bytes = read("run/" + name);
        bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
        write("run/" + name, bytes);
    };
    damaged("checkpoint");
    auto loud = train + "--output model --resume run";
    loud.erase(loud.find("--quiet "), 8);
    auto const run = shell(loud);
    BOOST_TEST(run.code == 0, run.output);
    BOOST_TEST(run.output.find("warning") != std::string::npos);
    BOOST_TEST(run.output.find("going on from the checkpoint before it") != std::string::npos);
    BOOST_TEST((read("model/model.safetensors") == read("whole/model.safetensors")));
    damaged("checkpoint");
    damaged("checkpoint.previous");
    fails(train + "--output model --overwrite --resume run", 65, "run/checkpoint");
    succeeds("rm run/checkpoint; " + train + "--output other --overwrite --checkpoint run");
    succeeds("rm run/checkpoint; " + train + "--output other --overwrite --resume run"); // as killed between the two
    BOOST_TEST((read("other/model.safetensors") == read("whole/model.safetensors")));
}

namespace {
/// The value of a field of one JSON object of numbers.
std::string field(std::string const& json, std::string const& name) {
    auto const at = json.find("\"" + name + "\":");
    BOOST_TEST_REQUIRE(at != std::string::npos, json);
    auto const begin = at + name.size() + 3;
    return json.substr(begin, json.find_first_of(",}", begin) - begin);
}
std::string as_json(std::string const& model, std::string const& text, std::string const& options = {}) {
    auto const found = shell("wordmill lm evaluate " + model + " " + text + " --quiet --output-format json " + options);
    BOOST_TEST_REQUIRE(found.code == 0, found.output);
    return found.output;
}

/// 200 lines "a b c N" whose numbers occur once each, and 10 lines "a z b N": 4 words and the mark of the end.
struct rare_words : folder {
    rare_words() {
        std::string train, test;
        for (int i = 0; i < 200; ++i) train += "a b c " + std::to_string(i) + "\n";
        for (int i = 0; i < 10; ++i) test += "a z b " + std::to_string(900 + i) + "\n";
        write("train.txt", train);
        write("test.txt", test);
    }
};
}

// Of 50 tokens of the text 49 are predicted; 20 are "z" and numbers.
BOOST_FIXTURE_TEST_CASE(tokens_outside_the_vocabulary_are_predicted_as_the_unknown_word, rare_words) {
    succeeds("wordmill count train.txt --sentence-end '<eos>' --min-count 2 --output words.tsv --quiet");
    for (std::string const form :
         {"--min-count 2", "--max-size 5", "--vocabulary words.tsv", "--min-count 2 --softmax sampled --samples 2",
          "--min-count 2 --softmax adaptive --cutoffs 2"}) {
        auto const line = "wordmill lm train train.txt --epochs 8 --output model --overwrite " + form + " " + small;
        succeeds(line);
        auto const json = as_json("model", "test.txt");
        BOOST_TEST(field(json, "tokens") == "49", form);
        BOOST_TEST(field(json, "unknown") == "20", form);
        BOOST_TEST(field(json, "skipped_tokens") == "0", form);
        auto const text = shell("wordmill lm evaluate model test.txt --quiet").output;
        BOOST_TEST(contains(text, " of 49 tokens, 40.82 % of them unknown words"), text);
        auto const card = read("model/card.json");
        BOOST_TEST(contains(card, "\"tokens\": \"1000\""), card);
        BOOST_TEST(contains(card, "\"unknown-tokens\": \"200\""), card);
        BOOST_TEST(contains(card, "\"left-out-tokens\": \"0\""), card);
    }
    auto const loud = shell("wordmill lm train train.txt --min-count 2 --valid test.txt --epochs 1 --output model "
                            "--overwrite --size 8 --batch 5");
    BOOST_TEST(contains(loud.output, "200 of 1,000 tokens are not in the vocabulary and become its unknown word"),
               loud.output);
    BOOST_TEST(contains(loud.output, "validation text: 20 of 50 tokens"), loud.output);
}

BOOST_FIXTURE_TEST_CASE(generated_text_has_the_unknown_word_only_when_asked_for, rare_words) {
    succeeds("wordmill lm train train.txt --epochs 8 --min-count 2 --output model " + small);
    auto const generate = "wordmill lm generate model --length 200 --temperature 3 ";
    BOOST_TEST(!contains(shell(generate).output, "<unk>"));
    BOOST_TEST(contains(shell(generate + std::string("--unknown")).output, "<unk>"));
    auto const prompted = shell("wordmill lm generate model --length 1 --prompt 'a q r'").output;
    BOOST_TEST(contains(prompted, "warning: --prompt: words that are not in the model's vocabulary are read as <unk>: "
                                  "'q', 'r'"),
               prompted);
    fails("wordmill lm generate model --stop q", 65, "--stop: expected a word of the model's vocabulary, found 'q'");
    BOOST_TEST(contains(shell("wordmill lm generate model --length 1 --skip q").output, "--skip: 'q' is not in"));
}

// "a z c d <eos>" and "a b c d <eos>": of 10 tokens one is left out, and of the other 9 one begins the text.
BOOST_FIXTURE_TEST_CASE(tokens_that_a_model_without_an_unknown_word_leaves_out_are_counted, alphabet) {
    succeeds("wordmill lm train train.txt --epochs 1 --output model " + small);
    write("text.txt", "a z c d\na b c d\n");
    BOOST_TEST(field(as_json("model", "text.txt"), "tokens") == "8");
    BOOST_TEST(field(as_json("model", "text.txt"), "skipped_tokens") == "1");
    auto const text = shell("wordmill lm evaluate model text.txt --quiet").output;
    BOOST_TEST(contains(text, " of 8 known tokens; left out as unknown: 1 token, 10.00 % of the text"), text);
    write("unknown.txt", "x y z\n");
    // the mark of the sentence's end is the only one that is known
    fails("wordmill lm evaluate model unknown.txt", 65,
          "expected two tokens of the model's vocabulary or more, found 1");
    fails("wordmill lm generate model --prompt 'x y'", 65, "found none in 'x y'");
    BOOST_TEST(contains(shell("wordmill lm generate model --prompt 'x a' --length 1").output, "left out: 'x'"));
    // ids do not know how many tokens were left out
    succeeds("wordmill encode text.txt --vocabulary model/vocabulary.tsv --sentence-end '<eos>' --output text.ids "
             "--quiet");
    BOOST_TEST(field(as_json("model", "text.ids"), "skipped_tokens") == "null");
    BOOST_TEST(
        contains(shell("wordmill lm evaluate model text.ids --quiet").output, "left out when the text was encoded"));
}

// One lane for short texts; a letter and the end of its sentence are two tokens, one of which is predicted.
BOOST_FIXTURE_TEST_CASE(short_texts_have_the_perplexity_of_a_text_read_in_order, alphabet) {
    succeeds("wordmill lm train train.txt --epochs 2 --output model " + small);
    write("letter.txt", "a\n");
    BOOST_TEST(field(as_json("model", "letter.txt"), "tokens") == "1");
    BOOST_TEST(as_json("model", "valid.txt") == as_json("model", "valid.txt", "--lanes 1"));
    BOOST_TEST(as_json("model", "valid.txt") != as_json("model", "valid.txt", "--lanes 10"));
    fails("wordmill lm evaluate model letter.txt --lanes 10", 65, "for 10 lanes, found 2");
    write("empty.txt", "");
    fails("wordmill lm evaluate model empty.txt", 65, "expected two tokens");
}

BOOST_FIXTURE_TEST_CASE(a_run_that_diverges_keeps_the_model_that_was_there, alphabet) {
    auto const train = "wordmill lm train train.txt --output model --overwrite --size 16 ";
    auto const refused = [&](std::string const& options) {
        fails(train + options, 65, "training diverged at a learning rate of");
    };
    refused("--lr 1e6 --epochs 1");
    refused("--lr 1e6 --epochs 1 --batch 2K"); // one batch, whose loss is that before the update
    refused("--lr 5e3 --epochs 3 --valid valid.txt");
    refused("--lr 1e4 --clip 0 --cell tanh --epochs 2");
    refused("--optimizer adam --lr 100 --cell gru --epochs 2");
    BOOST_TEST(!std::filesystem::exists("model/model.safetensors"));
    succeeds("wordmill lm train train.txt --epochs 2 --output model " + small);
    auto const before = read("model/model.safetensors");
    refused("--lr 1e6 --epochs 2 --metrics run.jsonl --quiet");
    BOOST_TEST((read("model/model.safetensors") == before));
    auto const metrics = read("run.jsonl");
    BOOST_TEST(!contains(metrics, ":inf"));
    BOOST_TEST(!contains(metrics, ":nan"));
}

BOOST_AUTO_TEST_SUITE_END()
