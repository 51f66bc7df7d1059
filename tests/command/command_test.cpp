#include "shell.hpp"

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>
import wordmill.core;
import wordmill.io;

using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(command)

// by hand: the 3, cat 2, sat 1; bytes decide between equal counts
BOOST_FIXTURE_TEST_CASE(count_writes_words_by_falling_count_then_bytes, folder) {
    write("a.txt", "the cat sat\nthe cat the");
    auto const run = shell("wordmill count a.txt --quiet");
    BOOST_TEST(run.code == 0);
    BOOST_TEST(run.output == "the\t3\ncat\t2\nsat\t1\n");
    BOOST_TEST(shell("wordmill count a.txt --quiet --min-count 2").output == "the\t3\ncat\t2\n");
    BOOST_TEST(shell("wordmill count a.txt --quiet --max-size 1").output == "the\t3\n");
    BOOST_TEST(shell("wordmill count a.txt --quiet --sentence-end '</s>'").output
               == "the\t3\n</s>\t2\ncat\t2\nsat\t1\n");
}

BOOST_FIXTURE_TEST_CASE(the_version_says_what_was_built, folder) {
    auto const run = shell("wordmill --version");
    BOOST_TEST(run.code == 0);
    BOOST_TEST(run.output.starts_with("wordmill " WORDMILL_VERSION "\ncommit: "));
    for (auto const* part : {"\ninstruction set: ", "\nCUDA: ", "\nSentencePiece: ", "\nParquet: ", "\nhnswlib: "})
        BOOST_TEST(contains(run.output, part));
    if (contains(run.output, "\nParquet: not built"))
        BOOST_TEST(contains(run.output, "\nParquet: not built (run scripts/setup.sh --parquet, then build again)"));
    else
        BOOST_TEST(contains(run.output, "\nParquet: Apache Arrow "));
    if (contains(run.output, "\nSentencePiece: not built"))
        BOOST_TEST(contains(run.output, "install libsentencepiece-dev"));
}

// By hand: the five rows of the file are "the cat sat on the mat" twice, a null, an empty one, and two lines of German.
BOOST_FIXTURE_TEST_CASE(a_column_of_parquet_is_counted_or_the_missing_reader_is_named, folder) {
    std::string const file = WORDMILL_SOURCE_DIR "/tests/corpora/parquet/nested.parquet";
    auto const info = shell("wordmill info " + file);
    BOOST_TEST(info.code == 0);
    auto const run = shell("wordmill count --quiet --field meta.text --on-bad skip " + file);
    if (contains(shell("wordmill --version").output, "Parquet: not built")) {
        BOOST_TEST(contains(info.output, "format parquet"));
        BOOST_TEST(contains(info.output, "\nParquet: not built"));
        BOOST_TEST(run.code == 69);
        BOOST_TEST(contains(run.output, "scripts/setup.sh --parquet"));
        return;
    }
    BOOST_TEST(contains(info.output, "5 rows, row groups: 1, columns meta.text (String), turns (String)"));
    BOOST_TEST(contains(info.output, "\nParquet: Apache Arrow "));
    BOOST_TEST(run.code == 0);
    BOOST_TEST(contains(run.output, "the\t4\ncat\t2\nmat\t2\non\t2\nsat\t2\nWolken\t1\nZeile\t1\nden\t1\n"));
    BOOST_TEST(shell("wordmill count --quiet --field meta.text " + file).code == 65);
    auto const other = shell("wordmill count " + file);
    BOOST_TEST(other.code == 65);
    BOOST_TEST(contains(other.output, "expected a column 'text', found meta.text (String), turns (String)"));
    BOOST_TEST(shell("cat " + file + " | wordmill count --format parquet -").code == 2);
}

BOOST_FIXTURE_TEST_CASE(nothing_to_count_is_no_failure, folder) {
    write("empty.txt", "");
    write("blank.txt", " \n\n\t\n");
    for (std::string name : {"empty.txt", "blank.txt"}) {
        auto const run = shell("wordmill count " + name + " --output v.tsv --overwrite");
        BOOST_TEST(run.code == 0);
        BOOST_TEST(contains(run.output, "0 tokens of 0 types"));
        BOOST_TEST(read("v.tsv").empty());
    }
}

BOOST_FIXTURE_TEST_CASE(exit_codes_say_what_went_wrong, folder) {
    write("a.txt", "one two\n");
    write("bad.txt", "one\ntwo\xFF\n");
    auto expect = [](std::string const& line, int code, std::string const& part) {
        auto const run = shell(line);
        BOOST_TEST_CONTEXT(line << ": " << run.output) {
            BOOST_TEST(run.code == code);
            BOOST_TEST(contains(run.output, part));
            BOOST_TEST(!contains(run.output, "terminate"));
        }
    };
    expect("wordmill", 2, "subcommand");
    expect("wordmill count a.txt --colour blue", 2, "--colour");
    expect("wordmill count a.txt --threads -1", 2, "threads: expected 0 (automatic) or more");
    expect("wordmill count a.txt --threads two", 2, "--threads: expected a whole number");
    expect("wordmill count a.txt --memory lots", 2, "--memory: expected a size");
    expect("wordmill count a.txt --memory 4000T", 71, "asked for");
    expect("wordmill count a.txt --tokenizer chef", 2, "whitespace");
    expect("wordmill count a.txt --max-bad 101%", 2, "--max-bad");
    expect("wordmill count a.txt --block 0", 2, "--block");
    expect("wordmill count bad.txt", 65, "bad.txt, line 2, byte 7");
    expect("wordmill count missing.txt", 66, "missing.txt");
    expect("wordmill count '*.none'", 66, "*.none");
    expect("wordmill count a.txt --output /nowhere/v.tsv", 73, "/nowhere");
    expect("wordmill count a.txt --output a.txt --overwrite", 73, "the output is one of the inputs");
    expect("wordmill count a.txt --output bad.txt", 73, "bad.txt");
    expect("wordmill count a.txt --output /dev/full", 74, "/dev/full");
    expect("wordmill encode a.txt --vocabulary missing.tsv --output a.ids", 66, "missing.tsv");
    expect("wordmill encode a.txt --vocabulary a.txt --output a.ids", 65, "a.txt, line 1");
    BOOST_TEST(others({"a.txt", "bad.txt"}).empty());
}

BOOST_FIXTURE_TEST_CASE(bad_lines_are_skipped_quarantined_or_limited, folder) {
    write("bad.txt", "one\ntwo\xFF\none\n");
    BOOST_TEST(shell("wordmill count bad.txt --quiet --on-bad skip").output == "one\t2\n");
    BOOST_TEST(shell("wordmill count bad.txt --quiet --on-bad quarantine --quarantine side.txt").output == "one\t2\n");
    BOOST_TEST(read("side.txt") == "bad.txt, line 2, byte 7\ttwo\xFF\n");
    BOOST_TEST(shell("wordmill count bad.txt --quiet --on-bad skip --max-bad 0").code == 65);
    BOOST_TEST(shell("wordmill count bad.txt --quiet --utf8 replace").output == "one\t2\ntwo\xEF\xBF\xBD\t1\n");
}

BOOST_FIXTURE_TEST_CASE(generated_pairs_have_the_format_of_the_book_and_depend_on_the_seed, folder) {
    BOOST_REQUIRE(shell("wordmill synth addition --pairs 2K --seed 3 --output a.txt --quiet").code == 0);
    // every line is a sum by arithmetic, as awk works it out; 13 characters as in the book's file
    BOOST_TEST(
        shell("awk -F'[+_]' '$1 + $2 != $3 + 0 || length($0) != 12 { print; n++ } END { print NR, n + 0 }' a.txt")
            .output
        == "2000 0\n");
    BOOST_TEST(shell("wordmill synth addition --pairs 2K --seed 3 --quiet | cmp - a.txt").code == 0);
    BOOST_TEST(shell("wordmill synth addition --pairs 2K --seed 4 --quiet | cmp -s - a.txt").code == 1);
    BOOST_TEST(shell("wordmill synth dates --pairs 300 --quiet | grep -cE '^.{29}_[0-9]{4}-[0-9]{2}-[0-9]{2}$'").output
               == "300\n");
    BOOST_TEST(shell("wordmill synth dates --pairs 10 --output a.txt --quiet").code == 73);
    auto const misplaced = shell("wordmill synth --seed 3 addition --output b.txt");
    BOOST_TEST(misplaced.code == 2);
    BOOST_TEST(misplaced.output.find("synth addition: expected its options after its name, found --seed before it")
               != std::string::npos);
    BOOST_TEST(others({"a.txt"}).empty());
}

BOOST_FIXTURE_TEST_CASE(every_codec_and_thread_count_gives_the_same_vocabulary_and_ids, folder) {
    BOOST_REQUIRE(shell("wordmill synth --tokens 200K --seed 3 --output corpus.txt --quiet").code == 0);
    BOOST_REQUIRE(
        shell("for c in gz zst bz2 xz; do wordmill synth --tokens 200K --seed 3 --output corpus.txt.$c --quiet; done")
            .code
        == 0);
    BOOST_REQUIRE(shell("wordmill count corpus.txt --quiet --threads 1 --output v.tsv").code == 0);
    BOOST_REQUIRE(shell("wordmill encode corpus.txt --quiet --threads 1 --vocabulary v.tsv --output ids").code == 0);
    for (std::string suffix : {"", ".gz", ".zst", ".bz2", ".xz"})
        for (std::string threads : {"1", "2", "7"}) {
            BOOST_TEST_CONTEXT("codec '" << suffix << "', threads " << threads) {
                auto const run =
                    shell("wordmill count corpus.txt" + suffix + " --quiet --overwrite --threads " + threads
                          + " --output w.tsv && wordmill encode corpus.txt" + suffix + " --quiet --overwrite --threads "
                          + threads + " --vocabulary v.tsv --output w.ids");
                BOOST_TEST(run.code == 0);
                BOOST_TEST(run.output.empty());
                BOOST_TEST((read("w.tsv") == read("v.tsv")));
                BOOST_TEST((read("w.ids") == read("ids")));
            }
        }
}

BOOST_FIXTURE_TEST_CASE(a_budget_far_below_the_types_gives_the_same_counts, folder) {
    BOOST_REQUIRE(shell("wordmill synth --tokens 1M --one-use 0.5 --output corpus.txt --quiet").code == 0);
    BOOST_REQUIRE(shell("wordmill count corpus.txt --quiet --output v.tsv").code == 0);
    auto const run = shell("wordmill count corpus.txt --memory 8M --threads 2 --output w.tsv");
    BOOST_TEST(run.code == 0);
    BOOST_TEST(contains(run.output, "runs spilled"));
    BOOST_TEST((read("w.tsv") == read("v.tsv")));
}

BOOST_FIXTURE_TEST_CASE(cat_shows_any_stage_and_resumes_behind_any_sentence, folder) {
    write("a.txt", "You say goodbye and I say hello.\nHello\x1b[31m world\n");
    BOOST_TEST(shell("wordmill cat a.txt --stage words --tokenizer book --sentences 1").output
               == "you say goodbye and i say hello .\n");
    write("v.tsv", "say\t2\nYou\t1\n");
    BOOST_TEST(shell("wordmill cat a.txt --stage ids --vocabulary v.tsv").output == "1 0 0\n\n");
    auto const positions = shell("wordmill cat a.txt --positions --sentences 1").output;
    auto const position = positions.substr(0, positions.find('\t'));
    BOOST_TEST(shell("wordmill cat a.txt --from '" + position + "'").output == "Hello\x1b[31m world\n");
}

BOOST_FIXTURE_TEST_CASE(pipes_and_standard_input_are_read_once, folder) {
    BOOST_TEST(shell("printf 'b a\\na' | wordmill count - --quiet").output == "a\t2\nb\t1\n");
    BOOST_TEST(shell("printf 'b a\\na' | gzip | wordmill count - --quiet").output == "a\t2\nb\t1\n");
    BOOST_TEST(shell("mkfifo pipe; printf 'b a\\na' > pipe & wordmill count pipe --quiet").output == "a\t2\nb\t1\n");
}

BOOST_FIXTURE_TEST_CASE(every_file_is_read_as_what_it_is_and_a_mixture_is_noted, folder) {
    std::filesystem::create_directory(root / "d");
    write("d/README.md", "words of lines\n");
    write("d/x.jsonl", "{\"text\": \"of json\", \"id\": 12345678901234567890123}\n");
    write("d/y.json", "[{\"text\": \"of\"},\n {\"text\": \"arrays\"}]\n");
    write("d/.gitattributes", "hidden\n");
    auto const counted = shell("wordmill count d");
    BOOST_TEST(counted.code == 0);
    BOOST_TEST(counted.output.starts_with("of\t3\narrays\t1\njson\t1\nlines\t1\nwords\t1\n"), counted.output);
    BOOST_TEST(counted.output.find("1 x formats are mixed: read as lines; d/README.md") != std::string::npos);
    BOOST_TEST(counted.output.find("2 x formats are mixed: read as jsonl; d/x.jsonl") != std::string::npos);
    auto const info = shell("wordmill info d").output;
    BOOST_TEST(info.find("d/README.md: 15 B, codec none, format lines (text") != std::string::npos, info);
    BOOST_TEST(info.find("format jsonl (JSON lines: the first line is a JSON object)") != std::string::npos, info);
    BOOST_TEST(info.find("format jsonl (a JSON array") != std::string::npos, info);
}

BOOST_FIXTURE_TEST_CASE(archives_are_refused_before_they_become_words, folder) {
    write("a.txt", "words\n");
    write("b.png", "\x89PNG\r\n\x1a\n....");
    auto const late = shell("wordmill cat a.txt b.png"); // before the first word
    BOOST_TEST(late.code == 65);
    BOOST_TEST(late.output.starts_with("wordmill: error: b.png, byte 0: expected text, found a PNG image"),
               late.output);
    for (std::string const make : {"tar -cf t a.txt", "tar -czf t a.txt", "tar -cjf t a.txt", "tar -cJf t a.txt"}) {
        auto const made = shell(make);
        BOOST_TEST_REQUIRE(made.code == 0, made.output);
        for (std::string const line : {"wordmill count t", "cat t | wordmill count -", "wordmill count a.txt t"}) {
            auto const counted = shell(line);
            BOOST_TEST(counted.code == 65, make + "; " + line);
            BOOST_TEST(counted.output.find("a tar archive (unpack it first") != std::string::npos, counted.output);
        }
        BOOST_TEST(shell("wordmill info t").output.find("refused: expected text, found a tar archive")
                   != std::string::npos);
    }
}

BOOST_FIXTURE_TEST_CASE(a_redirected_file_is_a_file_and_what_was_read_of_it_is_gone, folder) {
    write("a.jsonl", "{\"text\": \"one\"}\n{\"text\": \"two\"}\n{\"text\": \"three\"}\n");
    BOOST_TEST(shell("wordmill cat - < a.jsonl").output == "one\ntwo\nthree\n");
    BOOST_TEST(shell("wordmill info - < a.jsonl").output.find("/dev/stdin: 50 B, codec none, format jsonl")
               != std::string::npos);
    auto const positions = shell("wordmill cat - --positions --block 1 --sentences 1 < a.jsonl").output;
    auto const position = positions.substr(0, positions.find('\t'));
    BOOST_TEST(shell("wordmill cat - --from '" + position + "' < a.jsonl").output == "two\nthree\n");
    BOOST_TEST(shell("(read first; wordmill cat -) < a.jsonl").output == "two\nthree\n");
    BOOST_TEST(shell("cat a.jsonl | wordmill cat -").output == "one\ntwo\nthree\n");
    write("mac.txt", "one\rtwo\rthree");
    BOOST_TEST(shell("wordmill count mac.txt --quiet").output == "one\t1\nthree\t1\ntwo\t1\n");
}

BOOST_FIXTURE_TEST_CASE(names_are_bytes, folder) {
    auto const name = "a b\n\xFF.txt"s;
    write(name, "one\n");
    write("-x.txt", "two\n");
    BOOST_TEST(shell("wordmill count . --quiet").output == "one\t1\ntwo\t1\n");
    BOOST_TEST(shell("wordmill count --quiet -- -x.txt").output == "two\t1\n");
}

BOOST_FIXTURE_TEST_CASE(a_signal_stops_a_run_that_waits_for_input_and_leaves_nothing, folder) {
    BOOST_REQUIRE(mkfifo("pipe", 0600) == 0);
    pid_t const child = fork();
    BOOST_REQUIRE(child >= 0);
    if (child == 0) {
        execl(WORDMILL_COMMAND, "wordmill", "count", "pipe", "--quiet", "--output", "v.tsv", nullptr);
        _exit(127);
    }
    std::FILE* const pipe = std::fopen("pipe", "wb"); // opens when the child does
    BOOST_REQUIRE(pipe != nullptr);
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    kill(child, SIGINT);
    int status = 0;
    waitpid(child, &status, 0);
    std::fclose(pipe);
    BOOST_REQUIRE(WIFEXITED(status));
    BOOST_TEST(WEXITSTATUS(status) == 130);
    BOOST_TEST(others({"pipe"}).empty());
}

BOOST_FIXTURE_TEST_CASE(json_logs_are_lines_of_json, folder) {
    write("a.txt", "one two\r\n");
    auto const run = shell("wordmill count a.txt --log-format json --output v.tsv");
    BOOST_TEST(run.code == 0);
    BOOST_TEST(contains(run.output, "\"byte\":{\"read\":9,\"delivered\":8,\"dropped\":1}"));
    BOOST_TEST(contains(run.output, "\"reason\":\"carriage return\",\"count\":1"));
    auto const failed = shell("wordmill count missing.txt --log-format json");
    BOOST_TEST(failed.code == 66);
    BOOST_TEST(failed.output.starts_with("{\"level\":\"error\",\"message\":\"missing.txt"));
}

BOOST_FIXTURE_TEST_CASE(a_closed_output_pipe_ends_quietly_enough, folder) {
    BOOST_REQUIRE(shell("wordmill synth --tokens 300K --output corpus.txt --quiet").code == 0);
    auto const run = shell("wordmill cat corpus.txt | head -n 1 | wc -l");
    BOOST_TEST(contains(run.output, "1"));
    BOOST_TEST(!contains(run.output, "terminate"));
}

BOOST_FIXTURE_TEST_CASE(few_threads_files_and_little_stack_are_enough, folder) {
    BOOST_REQUIRE(shell("wordmill synth --tokens 100K --output corpus.txt.zst --quiet").code == 0);
    auto const reference = shell("wordmill count corpus.txt.zst --quiet").output;
    BOOST_TEST((shell("ulimit -n 16; wordmill count corpus.txt.zst --quiet").output == reference));
    BOOST_TEST((shell("ulimit -s 512; wordmill count corpus.txt.zst --quiet").output == reference));
    BOOST_TEST((shell("taskset -c 0 \"" WORDMILL_COMMAND "\" count corpus.txt.zst --quiet").output == reference));
    BOOST_TEST((shell("wordmill count corpus.txt.zst --quiet --threads 1000").output == reference));
}

BOOST_FIXTURE_TEST_CASE(info_says_what_a_file_is_by_its_content, folder) {
    write("misnamed.gz", "{\"text\": \"one two\"}\n");
    auto const run = shell("wordmill info misnamed.gz");
    BOOST_TEST(run.code == 0);
    BOOST_TEST(contains(run.output, "codec none, format jsonl"));
    BOOST_TEST(contains(run.output, "device: "));
    BOOST_TEST(shell("wordmill count misnamed.gz --quiet").output == "one\t1\ntwo\t1\n");
}

BOOST_FIXTURE_TEST_CASE(phrases_are_found_and_joined_by_every_command_that_reads_words, folder) {
    write("corpus.txt", "new york city is big\nnew york city is new\nthe city is old\nnew york city\n");
    auto const found =
        shell("wordmill phrases corpus.txt --score npmi --threshold 0.6 --min-count 2 --passes 2 --quiet");
    BOOST_REQUIRE_MESSAGE(found.code == 0, found.output);
    // 17 tokens: new 4, york 3, city 4, is 3; new york, york city, city is 3 times. All three have
    // ln(3 * 17 / (4 * 3)) / ln(17 / 3) and come by bytes. Joined, new_york and city_is occur 3 times, together 2
    // times, among 11: ln(2 * 11 / 9) / ln(11 / 2) = 0.52 is too little for the second pass.
    BOOST_TEST(found.output
               == "city_is\tcity\tis\t0.834151\t3\t4\t3\t1\n"
                  "new_york\tnew\tyork\t0.834151\t3\t4\t3\t1\n"
                  "york_city\tyork\tcity\t0.834151\t3\t3\t4\t1\n");
    write("phrases.tsv", "new_york\tnew\tyork\t1\t3\t4\t3\t1\nnew_york_city\tnew_york\tcity\t1\t3\t3\t4\t2\n");
    BOOST_TEST(shell("wordmill cat corpus.txt --stage words --phrases phrases.tsv --sentences 2").output
               == "new_york_city is big\nnew_york_city is new\n");
    BOOST_TEST(shell("wordmill count corpus.txt --phrases phrases.tsv --min-count 2 --quiet").output
               == "is\t3\nnew_york_city\t3\n");
    BOOST_TEST(
        shell("wordmill count corpus.txt --phrases phrases.tsv --quiet --output v.tsv && wordmill encode corpus.txt "
              "--phrases phrases.tsv --vocabulary v.tsv --output ids --quiet && wordmill cat corpus.txt --stage ids "
              "--phrases phrases.tsv --vocabulary v.tsv --sentences 1")
            .output
        == "1 0 2\n"); // is, new_york_city, big
    BOOST_TEST(
        shell(
            "wordmill train cbow corpus.txt --phrases phrases.tsv --min-count 1 --size 2 --epochs 1 --sample 0 --quiet "
            "--output v.txt && grep -c ^new_york_city v.txt")
            .output
        == "1\n");
    BOOST_TEST(shell("cat corpus.txt | wordmill phrases -").code == 2);
    BOOST_TEST(shell("wordmill phrases corpus.txt --threshold x").code == 2);
    BOOST_TEST(shell("wordmill phrases corpus.txt --score x").code == 2);
    BOOST_TEST(shell("wordmill phrases corpus.txt --min-count 100").code == 65);
    BOOST_TEST(shell("wordmill count corpus.txt --phrases corpus.txt").code == 65);
    BOOST_TEST(shell("wordmill count corpus.txt --phrases missing").code == 66);
}

BOOST_AUTO_TEST_SUITE_END()
