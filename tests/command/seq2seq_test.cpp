#include "shell.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace {
std::vector<std::string> lines_of(std::string const& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1)
        lines.push_back(text.substr(at, end - at));
    return lines;
}

/// 300 words of one to four letters with their reversals, in each of the layouts; 30 more for validation.
struct reversals : folder {
    reversals() {
        std::string separated, sources, targets, objects, valid_sources, valid_targets;
        unsigned state = 1;
        for (int i = 0; i < 330; ++i) {
            std::string word;
            for (int k = 0; k < 1 + i % 4; ++k)
                word += static_cast<char>('a' + (state = state * 1103515245U + 12345U) / 65536U % 5U);
            std::string const back(word.rbegin(), word.rend());
            if (i < 300) {
                separated += word + "_" + back + "\n";
                sources += word + "\n";
                targets += back + "\n";
                objects += R"({"q":")" + word + R"(","answer":{"text":")" + back + "\"}}\n";
            } else {
                valid_sources += word + "\n";
                valid_targets += back + "\n";
            }
        }
        write("pairs.txt", separated);
        write("train.src", sources);
        write("train.tgt", targets);
        write("pairs.jsonl", objects);
        write("valid.src", valid_sources);
        write("valid.tgt", valid_targets);
    }
};
std::string const size = "--size 16 --embedding-size 8 --batch 16 --attention dot --lr 0.02 --quiet ";
std::string const separated = "wordmill seq2seq train pairs.txt --separator _ ";

/// Output without the messages on standard error.
std::string output_of(std::string const& line) {
    auto const run = shell(line + " 2>messages");
    BOOST_TEST_REQUIRE(run.code == 0, line << ": " << run.output);
    return run.output;
}
double number_in(std::string const& json, std::string const& name) {
    auto const at = json.find("\"" + name + "\":");
    BOOST_TEST_REQUIRE(at != std::string::npos, json);
    return std::stod(json.substr(at + name.size() + 3));
}
}

BOOST_AUTO_TEST_SUITE(seq2seq)

BOOST_FIXTURE_TEST_CASE(a_model_is_trained_evaluated_and_translates_line_by_line, reversals) {
    succeeds(separated + "--valid-share 10% --epochs 20 --output model --metrics run.jsonl " + size);
    BOOST_TEST(contains(read("run.jsonl"), "\"epoch_scores\":{\"exact match\":"));
    auto const json = output_of("wordmill seq2seq evaluate model valid.src valid.tgt --output-format json");
    BOOST_TEST(number_in(json, "pairs") == 30);
    BOOST_TEST(number_in(json, "exact_match") > 0.8);
    BOOST_TEST(number_in(json, "perplexity") < 2);
    BOOST_TEST(number_in(json, "empty_sources") == 0);
    auto const text = output_of("wordmill seq2seq evaluate model valid.src valid.tgt --show 2");
    BOOST_TEST(
        text.starts_with("Q " + lines_of(read("valid.src"))[0] + "\nT " + lines_of(read("valid.tgt"))[0] + "\n"));
    for (auto const* part :
         {"---\n", "exact match ", "token accuracy ", "token error rate ", "perplexity ", "BLEU ", "chrF ", " of 30\n"})
        BOOST_TEST(contains(text, part), text);

    write("input", "ab\n\nedc\n   \nxyz\n{\"a\":1}\nabcd");
    auto const one = lines_of(output_of("wordmill seq2seq translate model input"));
    BOOST_TEST_REQUIRE(one.size() == 7U);
    BOOST_TEST(one[0] == "ba");
    BOOST_TEST(one[1] == "");
    BOOST_TEST(one[2] == "cde");
    BOOST_TEST(contains(read("messages"), "unknown"));
    auto const three = lines_of(output_of("wordmill seq2seq translate model input --beam 4 --n-best 3"));
    BOOST_TEST_REQUIRE(three.size() == 21U);
    BOOST_TEST(three[0] == "ba");
    for (std::size_t const i : {3U, 4U, 5U}) BOOST_TEST(three[i] == "");
    BOOST_TEST(three[6] == "cde");
    auto const objects =
        lines_of(output_of("wordmill seq2seq translate model input --beam 2 --n-best 2 --format json"));
    BOOST_TEST_REQUIRE(objects.size() == 7U);
    BOOST_TEST(objects[0].starts_with(R"({"source":"ab","targets":[{"text":"ba","score":)"), objects[0]);
    BOOST_TEST(objects[1].starts_with(R"({"source":"","targets":[{"text":"",)"), objects[1]);
    BOOST_TEST(lines_of(output_of("wordmill seq2seq translate model input --threads 3 --batch 1")) == one,
               boost::test_tools::per_element());
    BOOST_TEST(lines_of(output_of("cat input | wordmill seq2seq translate model - --threads 1")) == one,
               boost::test_tools::per_element());
    write("nothing", "");
    BOOST_TEST(output_of("wordmill seq2seq translate model nothing") == "");
    succeeds("wordmill seq2seq translate model input --output found.txt --quiet");
    BOOST_TEST(lines_of(read("found.txt")) == one, boost::test_tools::per_element());
    fails("wordmill seq2seq translate model input --output found.txt", 73, "found.txt");
}

BOOST_FIXTURE_TEST_CASE(pairs_of_every_layout_give_the_same_model, reversals) {
    succeeds(separated + "--epochs 2 --output model " + size);
    auto const expected = read("model/model.safetensors");
    succeeds("wordmill seq2seq train train.src train.tgt --epochs 2 --output parallel " + size);
    succeeds("wordmill seq2seq train pairs.jsonl --source-field q --target-field answer.text --epochs 2 --output jsonl "
             + size);
    succeeds(
        "gzip -k pairs.txt; wordmill seq2seq train pairs.txt.gz --separator _ --threads 3 --epochs 2 --output gzip "
        + size);
    for (std::string const name : {"parallel", "jsonl", "gzip"})
        BOOST_TEST((read(name + "/model.safetensors") == expected), name);
    auto const run = shell("wordmill seq2seq train train.src train.tgt --valid valid.src valid.tgt --epochs 1 "
                           "--output valid --size 8");
    BOOST_TEST(run.code == 0, run.output);
    BOOST_TEST(contains(run.output, "of 30 validation pairs"), run.output);
    write("short", "a\n");
    fails("wordmill seq2seq train train.src short --epochs 1 --output m " + size, 65, "300");
    BOOST_TEST(!std::filesystem::exists("m/model.safetensors"));
}

BOOST_FIXTURE_TEST_CASE(attention_is_drawn_as_an_image_and_as_a_page, reversals) {
    succeeds(separated + "--epochs 1 --output model " + size);
    write("input", "ab\n\nedc\n");
    succeeds("wordmill seq2seq attention model input --output map.svg --quiet");
    BOOST_TEST(contains(read("map.svg"), "<svg"));
    succeeds("wordmill seq2seq attention model input --output maps.html --title 'Two & more' --quiet");
    BOOST_TEST(contains(read("maps.html"), "Two &amp; more"));
    fails("wordmill seq2seq attention model input --output maps.html", 73, "maps.html");
    write("nothing", "\n\n");
    fails("wordmill seq2seq attention model nothing --output none.html", 65, "expected a line with tokens");
    fails("wordmill seq2seq attention model input --output m.html --maps 0", 2, "--maps");
    BOOST_TEST(!std::filesystem::exists("none.html"));
    succeeds(separated + "--epochs 1 --output plain --size 8 --quiet");
    fails("wordmill seq2seq attention plain input --output m.html", 2, "expected a model with attention");
}

BOOST_FIXTURE_TEST_CASE(a_transformer_is_trained_evaluated_and_translates_line_by_line, reversals) {
    auto const train = separated
                       + "--model transformer --layers 2 --size 32 --heads 4 --batch 16 --lr 0.005 "
                         "--schedule inverse-sqrt --warmup 60 --epochs 60 --quiet ";
    succeeds(train + "--output model --threads 1");
    succeeds(train + "--output other --threads 3 --checkpoint run --checkpoint-every 500");
    BOOST_TEST((read("other/model.safetensors") == read("model/model.safetensors")));
    succeeds("mv run/checkpoint.previous run/checkpoint"); // as killed before the last checkpoint
    succeeds(train + "--output resumed --resume run");
    BOOST_TEST((read("resumed/model.safetensors") == read("model/model.safetensors")));
    fails(train + "--output resumed --overwrite --resume run --norm post", 65, "--norm: begun with 'pre', now 'post'");
    auto const evaluate = "wordmill seq2seq evaluate model valid.src valid.tgt --output-format json --beam ";
    for (auto const* beam : {"1", "3"}) {
        auto const json = output_of(evaluate + std::string(beam));
        BOOST_TEST(number_in(json, "exact_match") > 0.8); // six seeds gave 0.9 to 0.93
        BOOST_TEST(number_in(json, "perplexity") < 2);
    }
    write("input", "ab\n\nedc\n");
    auto const one = lines_of(output_of("wordmill seq2seq translate model input"));
    BOOST_TEST_REQUIRE(one.size() == 3U);
    BOOST_TEST(one[0] == "ba");
    BOOST_TEST(one[1] == "");
    BOOST_TEST(one[2] == "cde");
    auto const drawn = [&](std::string const& options) {
        succeeds("wordmill seq2seq attention model input --overwrite --output map.svg --quiet " + options);
        return read("map.svg");
    };
    auto const mean = drawn("--title T");
    BOOST_TEST(contains(mean, "<svg"));
    BOOST_TEST((drawn("--title T --layer 2") != mean));
    BOOST_TEST((drawn("--title T --layer 2 --head 1") != drawn("--title T --layer 2 --head 2")));
    BOOST_TEST(contains(drawn("--layer 2 --head 1"), ">Layer 2, head 1<"));
    BOOST_TEST(contains(drawn("--layer 1"), ">Layer 1<"));
    BOOST_TEST(contains(drawn("--head 3"), ">Head 3<"));
    fails("wordmill seq2seq attention model input --output m.svg --layer 3", 2,
          "--layer: expected from 1 to 2, found 3");
    fails("wordmill seq2seq attention model input --output m.svg --head 0", 2, "--head");
    succeeds(separated + "--epochs 1 --output plain " + size);
    fails("wordmill seq2seq attention plain input --output m.svg --head 1", 2,
          "--head: expected the model of a transformer");
    auto const bytes = read("model/model.safetensors");
    write("model/model.safetensors", bytes.substr(0, bytes.size() / 2));
    fails("wordmill seq2seq translate model input", 65, "model/model.safetensors");
}

BOOST_FIXTURE_TEST_CASE(a_transformer_with_learned_positions_reads_no_longer_sequences, reversals) {
    succeeds(separated
             + "--model transformer --position learned --max-positions 6 --size 8 --epochs 1 --output model "
               "--quiet");
    write("input", "abcdea\n");
    BOOST_TEST(lines_of(output_of("wordmill seq2seq translate model input")).at(0).size() <= 5U);
    write("input", "abcdeab\n");
    fails("wordmill seq2seq translate model input", 2, "at most 6 positions, found 7");
    fails(separated + "--model transformer --position learned --max-positions 4 --size 8 --output m --quiet", 2,
          "at most 4 positions, found 5"); // with the begin token
}

BOOST_FIXTURE_TEST_CASE(options_out_of_range_are_usage_errors_that_name_them, reversals) {
    for (auto const* const option : {"--layers 0",
                                     "--size 0",
                                     "--embedding-size 0",
                                     "--dropout 1",
                                     "--dropout -0.1",
                                     "--label-smoothing 1",
                                     "--forget-bias inf",
                                     "--cell qrnn",
                                     "--start middle",
                                     "--attention full",
                                     "--attention-output sum",
                                     "--attention-output combined",
                                     "--input-feeding",
                                     "--bidirectional --size 15",
                                     "--batch 0",
                                     "--window 0",
                                     "--optimizer best",
                                     "--lr 0",
                                     "--lr nan",
                                     "--betas 0.9",
                                     "--betas 0.9,1",
                                     "--betas 0.9,0.98 --optimizer sgd",
                                     "--clip -1",
                                     "--schedule cosine",
                                     "--schedule plateau",
                                     "--warmup 0 --schedule inverse-sqrt",
                                     "--decay 0",
                                     "--decay 1.5",
                                     "--epochs 0",
                                     "--patience 2",
                                     "--valid-share 100%",
                                     "--valid-share -1%",
                                     "--max-ratio 0.5",
                                     "--max-source -1",
                                     "--min-count x",
                                     "--tokenizer none",
                                     "--target-tokenizer none",
                                     "--letters big",
                                     "--normalize nfx",
                                     "--pairs rows",
                                     "--model perceptron",
                                     "--heads 4",
                                     "--max-positions 9",
                                     "--peeky --model transformer",
                                     "--attention dot --model transformer",
                                     "--bidirectional --model transformer",
                                     "--norm middle --model transformer",
                                     "--position absolute --model transformer",
                                     "--max-positions 0 --model transformer --position learned",
                                     "--precision fp16",
                                     "--utf8 maybe"}) {
        std::string const line(option);
        fails(separated + "--output m " + line, 2, line.substr(0, line.find(' ')));
    }
    fails("wordmill seq2seq train pairs.txt", 2, "--output");
    BOOST_TEST(!std::filesystem::exists("m"));
    succeeds(separated + "--epochs 1 --output model " + size);
    for (auto const* const option : {"--beam 0", "--n-best 0", "--n-best 2", "--length-alpha -1", "--length-alpha nan",
                                     "--batch 0", "--max-length x", "--format rows", "--utf8 maybe"}) {
        std::string const line(option);
        fails("wordmill seq2seq translate model pairs.txt " + line, 2, line.substr(0, line.find(' ')));
    }
    for (auto const* const option : {"--beam 0", "--bleu-tokenizer x", "--show x", "--output-format rows"}) {
        std::string const line(option);
        fails("wordmill seq2seq evaluate model pairs.txt --separator _ " + line, 2, line.substr(0, line.find(' ')));
    }
}

BOOST_FIXTURE_TEST_CASE(damaged_models_are_refused_and_models_are_not_replaced_unasked, reversals) {
    succeeds(separated + "--epochs 1 --output model " + size);
    auto const model = read("model/model.safetensors"), words = read("model/target.tsv");
    fails(separated + "--epochs 1 --output model " + size, 73, "model");
    BOOST_TEST((read("model/model.safetensors") == model));
    succeeds(separated + "--epochs 1 --output model --overwrite --seed 2 " + size);
    BOOST_TEST((read("model/model.safetensors") != model));
    write("model/model.safetensors", model.substr(0, model.size() / 2));
    auto const refused = [](int code, std::string const& part) {
        fails("wordmill seq2seq translate model train.src", code, part);
        fails("wordmill seq2seq evaluate model train.src train.tgt", code, part);
        fails("wordmill seq2seq attention model train.src --output map.svg", code, part);
    };
    refused(65, "model/model.safetensors");
    write("model/model.safetensors", model);
    auto other = words;
    other[other.rfind('\t') - 1] = 'z';
    write("model/target.tsv", other);
    refused(65, "expected its target vocabulary");
    std::filesystem::remove("model/target.tsv");
    refused(66, "model/target.tsv");
    fails("wordmill seq2seq translate nothing train.src", 66, "nothing");
    write("bad.txt", "a_b\nno separator\n");
    fails("wordmill seq2seq train bad.txt --separator _ --output m --epochs 1 --quiet", 65, "line 2");
    fails("wordmill seq2seq evaluate nothing", 2, "inputs");
}

BOOST_FIXTURE_TEST_CASE(a_run_that_was_stopped_is_resumed_to_the_same_bytes, reversals) {
    auto const train =
        separated + "--valid-share 20% --window 64 --epochs 6 --dropout 0.1 --batch 4 --size 16 --quiet ";
    succeeds(train + "--output whole --threads 1");
    succeeds(train + "--output other --threads 3");
    BOOST_TEST((read("other/model.safetensors") == read("whole/model.safetensors")));
    auto const begun = shell("$WORDMILL " + train.substr(9)
                             + "--output model --checkpoint run --checkpoint-every 50 & pid=$!; "
                               "while [ ! -f run/checkpoint ] && kill -0 $pid; do sleep 0.01; done; "
                               "kill -TERM $pid; wait $pid");
    BOOST_TEST((begun.code == 75 || begun.code == 0), begun.output);
    for (int i = 0; i < 2; ++i) // the second finds nothing left to do
        succeeds(train + "--output model --resume run");
    BOOST_TEST((read("model/model.safetensors") == read("whole/model.safetensors")));
    fails(train + "--output model --checkpoint run", 73, "holds");
    auto const resume = train + "--output model --resume run ";
    fails(resume + "--seed 2", 65, "--seed: begun with '1', now '2'");
    fails(resume + "--reverse", 65, "--reverse: begun with 'no', now 'yes'");
    fails(resume + "--tokenizer graphemes", 65, "tokenizer: begun with 'characters', now 'graphemes'");
    fails(resume + "--label-smoothing 0.1", 65, "--label-smoothing: begun with '0', now '0.1'");
}

BOOST_FIXTURE_TEST_CASE(a_run_that_diverges_keeps_the_model_that_was_there, reversals) {
    auto const diverges =
        separated + "--epochs 2 --output model --size 16 --overwrite --optimizer sgd --lr 1e5 --clip 0 ";
    fails(diverges, 65, "training diverged at a learning rate of");
    BOOST_TEST(!std::filesystem::exists("model/model.safetensors"));
    succeeds(separated + "--epochs 1 --output model " + size);
    auto const before = read("model/model.safetensors");
    fails(diverges + "--metrics run.jsonl", 65, "training diverged");
    BOOST_TEST((read("model/model.safetensors") == before));
    BOOST_TEST(!contains(read("run.jsonl"), ":nan"));
}

BOOST_FIXTURE_TEST_CASE(pipes_are_read_once_and_left_out_pairs_are_counted, reversals) {
    fails("cat pairs.txt | wordmill seq2seq train - --separator _ --epochs 1 --output model " + size, 2,
          "can be read 2 times");
    // of four lengths in turn, one is above the limit
    auto const run = shell(separated + "--max-source 3 --epochs 1 --output model --size 8");
    BOOST_TEST(run.code == 0, run.output);
    BOOST_TEST(contains(run.output, "source of more than 3 tokens"), run.output);
    BOOST_TEST(contains(run.output, "75"), run.output);
    auto const text = output_of("cat pairs.txt | wordmill seq2seq evaluate model - --separator _ --output-format json");
    BOOST_TEST(number_in(text, "pairs") == 300);
}

BOOST_AUTO_TEST_SUITE_END()
