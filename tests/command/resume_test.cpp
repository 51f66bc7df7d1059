// A run goes on only with the text and the options that it was begun with.
#include "shell.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>
#include <vector>

namespace {
struct records : folder {
    records() {
        succeeds("wordmill synth --tokens 20K --seed 1 --output words.txt --truth truth --quiet");
        succeeds("sed 's/.*/{\"text\": \"&\", \"body\": \"&\"}/' words.txt > text.jsonl; "
                 "wordmill phrases words.txt --threshold 1 --output p.tsv --quiet; head -n 1 p.tsv > q.tsv");
    }

    /// The run of `begun` ends; gone on with, each other line is refused and names the option with both values.
    static void refuses(std::string const& begun, std::vector<std::pair<std::string, std::string>> const& others) {
        succeeds("rm -rf run v.bin model; " + begun + " --checkpoint run");
        for (auto const& [options, message] : others) {
            BOOST_TEST_CONTEXT(options) {
                auto const run = shell(begun + " --overwrite --resume run " + options);
                BOOST_TEST(run.code == 65);
                BOOST_TEST(contains(run.output, "the run was begun with other options or another text: "), run.output);
                BOOST_TEST(contains(run.output, message), run.output);
            }
        }
        succeeds(begun + " --overwrite --resume run --threads 1");
    }
};

std::vector<std::pair<std::string, std::string>> const other_readings{
    {"--tokenizer unicode", "--tokenizer: begun with 'whitespace', now 'unicode'"},
    {"--tokenizer graphemes", "--tokenizer: begun with 'whitespace', now 'graphemes'"},
    {"--field body", "--field: begun with 'text', now 'body'"},
    {"--max-token 3", "--max-token: begun with '4096', now '3'"},
    {"--long-tokens drop", "--long-tokens: begun with 'cut', now 'drop'"},
    {"--sentence-end '<end>'", "--sentence-end: begun with"},
    {"--block 1K", "--block: begun with '65536', now '1024'"},
    {"--on-bad skip", "--on-bad: begun with 'strict', now 'skip'"},
    {"--utf8 keep", "--utf8: begun with 'strict', now 'keep'"},
    {"--max-record 1M", "--max-record: begun with '67108864', now '1048576'"},
    {"--format jsonl", "--format: begun with 'auto', now 'jsonl'"},
    {"--blank-line-documents", "--blank-line-documents: begun with 'no', now 'yes'"},
    {"--keep-lone-cr", "--keep-lone-cr: begun with 'no', now 'yes'"},
    {"--allow-truncated", "--allow-truncated: begun with 'no', now 'yes'"},
    {"--allow-garbage", "--allow-garbage: begun with 'no', now 'yes'"},
    {"--seed 2", "--seed: begun with '1', now '2'"},
    {"--min-count 2", "--min-count: begun with"},
    {"--max-size 9", "--max-size: begun with '0', now '9'"},
};
std::vector<std::pair<std::string, std::string>> with(std::vector<std::pair<std::string, std::string>> more) {
    more.insert(more.end(), other_readings.begin(), other_readings.end());
    return more;
}
}

BOOST_AUTO_TEST_SUITE(resuming)

BOOST_FIXTURE_TEST_CASE(skip_gram_goes_on_with_the_same_reading_only, records) {
    refuses("wordmill train skipgram text.jsonl --size 4 --epochs 1 --output v.bin --quiet",
            with({{"--phrases p.tsv", "--phrases: begun with none, now 'table"},
                  {"--window 4", "--window: begun with '5', now '4'"},
                  {"--fixed-window", "--fixed-window: begun with 'no', now 'yes'"},
                  {"--cross-sentences", "--cross-sentences: begun with 'no', now 'yes'"},
                  {"--sample 0.00010001", "--sample: begun with '0.0001', now '0.00010001'"},
                  {"--alpha 0.02500001", "--alpha: begun with"},
                  {"--negative 4", "--negative: begun with '5', now '4'"},
                  {"--share-negatives batch", "--share-negatives: begun with 'window', now 'batch'"},
                  {"--hs", "--hs: begun with none, now 'yes'"},
                  {"--maxn 4", "--maxn: begun with none, now '4'"},
                  {"--deterministic", "--deterministic: begun with 'no', now 'yes'"},
                  {"--preset word2vec", "--sample: begun with"}}));
    fails("wordmill train cbow text.jsonl --size 4 --epochs 1 --output v.bin --overwrite --resume run", 65,
          "kind of model: begun with 'skipgram', now 'cbow'");
    fails("wordmill train skipgram text.jsonl --size 5 --epochs 1 --output v.bin --overwrite --resume run", 65,
          "--size: begun with '4', now '5'");
}

BOOST_FIXTURE_TEST_CASE(options_of_a_tokenizer_and_of_phrases_are_compared, records) {
    refuses("wordmill train skipgram text.jsonl --size 4 --epochs 1 --output v.bin --quiet --tokenizer unicode "
            "--phrases p.tsv",
            {{"--letters keep", "--letters: begun with 'lower', now 'keep'"},
             {"--normalize nfkc", "--normalize: begun with 'nfc', now 'nfkc'"},
             {"--keep-punctuation", "--keep-punctuation: begun with 'no', now 'yes'"}});
    succeeds("cp p.tsv copy.tsv; cp q.tsv p.tsv");
    auto const train = std::string("wordmill train skipgram text.jsonl --size 4 --epochs 1 --output v.bin --quiet ")
                       + "--overwrite --resume run --tokenizer unicode --phrases ";
    fails(train + "p.tsv", 65, "--phrases: begun with 'table ");
    succeeds(train + "copy.tsv");
}

BOOST_FIXTURE_TEST_CASE(glove_goes_on_with_the_same_reading_only, records) {
    refuses("wordmill train glove text.jsonl --size 4 --epochs 1 --output v.bin --quiet",
            with({
                {"--shrink-window", "--shrink-window: begun with 'no', now 'yes'"},
                {"--cross-sentences", "--cross-sentences: begun with 'no', now 'yes'"},
                {"--left 2", "--left: begun with none, now '2'"},
                {"--weights flat", "--weights: begun with 'harmonic', now 'flat'"},
                {"--x-max 50", "--x-max: begun with '10', now '50'"},
            }));
}

BOOST_FIXTURE_TEST_CASE(a_language_model_goes_on_with_the_same_reading_only, records) {
    refuses("wordmill lm train text.jsonl --size 4 --epochs 1 --output model --quiet",
            with({{"--cell gru", "--cell: begun with 'lstm', now 'gru'"},
                  {"--lr 19", "--lr: begun with '20', now '19'"},
                  {"--batch 10", "--batch: begun with '20', now '10'"},
                  {"--valid words.txt", "validation: input text: begun with none, now '1 file of "},
                  {"--softmax sampled", "--softmax: begun with none, now 'sampled'"}}));
}

BOOST_FIXTURE_TEST_CASE(a_run_goes_on_from_a_copy_of_the_files_elsewhere_but_not_from_other_content, records) {
    std::string const train = "$WORDMILL train skipgram --size 4 --epochs 2 --deterministic --quiet ";
    succeeds(train + "text.jsonl --output whole.bin");
    succeeds(train + "text.jsonl --output v.bin --checkpoint run --checkpoint-every 2K");
    succeeds("mv run/checkpoint.previous run/checkpoint; mkdir elsewhere; cp text.jsonl elsewhere/a.jsonl");
    auto const resume = train + "elsewhere/a.jsonl --output v.bin --overwrite --checkpoint-every 2K --resume run";
    succeeds("cp -r run again; " + resume + " --threads 3; mv v.bin first.bin; rm -r run; mv again run");
    BOOST_TEST((read("first.bin") == read("whole.bin")));
    succeeds("sed -i '1s/[a-z]/#/' elsewhere/a.jsonl"); // as many bytes
    fails(resume, 65, "input text: begun with '1 file of ");
    fails(train + "text.jsonl text.jsonl --output v.bin --overwrite --resume run", 65, "now '2 files of ");
}

BOOST_FIXTURE_TEST_CASE(a_run_that_is_begun_or_gone_on_with_is_refused_another_vocabulary, records) {
    succeeds("wordmill count words.txt --output v.tsv --quiet; head -n 50 v.tsv > few.tsv");
    auto const line = std::string("wordmill train skipgram words.txt --size 4 --epochs 1 --output v.bin --overwrite ")
                      + "--quiet --resume-or-begin run --vocabulary ";
    succeeds(line + "v.tsv");
    succeeds(line + "v.tsv");
    fails(line + "few.tsv", 65, "vocabulary fingerprint: begun with");
}

BOOST_FIXTURE_TEST_CASE(options_of_reading_text_are_refused_with_ids, records) {
    succeeds("wordmill count words.txt --output v.tsv --quiet; "
             "wordmill encode words.txt --vocabulary v.tsv --output all.ids --quiet");
    for (std::string const command : {"train skipgram", "train cbow", "train glove", "train ppmi-svd", "cooccur"})
        for (std::string const option :
             {"--tokenizer unicode", "--letters lower", "--phrases p.tsv", "--field body", "--on-bad skip",
              "--sentence-end '</s>'", "--block 1K", "--keep-lone-cr", "--keep-blanks"})
            fails("wordmill " + command + " all.ids --vocabulary v.tsv --output x.bin " + option, 2,
                  option.substr(0, option.find(' ')) + ": expected text, found an encoded corpus");
    fails("wordmill lm train all.ids --vocabulary v.tsv --sentence-end '' --output x.bin --tokenizer unicode", 2,
          "--tokenizer: expected text");
    for (std::string const command : {"train skipgram", "train glove", "cooccur --vocabulary v.tsv", "lm train"})
        fails("wordmill " + command + " words.txt --output x.bin --from line=1", 2, "--from: expected no position");
    BOOST_TEST(others({"words.txt", "text.jsonl", "truth", "p.tsv", "q.tsv", "v.tsv", "all.ids"}).empty());
}

BOOST_AUTO_TEST_SUITE_END()
