#include "shell.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

namespace {
struct small_files : folder {
    small_files() {
        write("v.txt", "4 2\neast 1 0\nnorth 0 1\nwest -1 0\nrare 0.6 0.8\n");
        write("run.jsonl", "{\"started\":1,\"options\":{\"size\":\"2\"}}\n"
                           "{\"seconds\":1,\"epoch\":1,\"tokens\":10,\"tokens_per_second\":10,\"loss\":1.5,"
                           "\"learning_rate\":0.025,\"limited_by\":\"training\",\"epoch_loss\":1.5}\n");
    }
    void refused(std::string const& options, int code, std::string const& part) const {
        auto const run = shell("wordmill plot " + options);
        BOOST_TEST_CONTEXT(options << ": " << run.output) {
            BOOST_TEST(run.code == code);
            BOOST_TEST(contains(run.output, part));
            BOOST_TEST(!contains(run.output, "terminate"));
        }
        BOOST_TEST(others({"v.txt", "run.jsonl"}).empty());
    }
};
}

BOOST_AUTO_TEST_SUITE(plotting)

BOOST_FIXTURE_TEST_CASE(vectors_runs_or_both_make_a_page, small_files) {
    auto const map = shell("wordmill plot v.txt --words 3 --highlight rare --output map.html && cat map.html");
    BOOST_TEST(map.code == 0);
    BOOST_TEST(map.output.starts_with("<!DOCTYPE html>"));
    BOOST_TEST(contains(map.output, "<title>v.txt</title>"));
    BOOST_TEST(contains(map.output, "\"words\":[\"east\",\"north\",\"west\",\"rare\"]"));
    BOOST_TEST(contains(map.output, "\"highlighted\":[3]"));
    BOOST_TEST(contains(map.output, "\"fitted\":3"));
    BOOST_TEST(contains(map.output, "\"runs\":[]"));
    auto const curves = shell("wordmill plot --metrics run.jsonl --metrics run.jsonl");
    BOOST_TEST(curves.code == 0);
    BOOST_TEST(contains(curves.output, "{\"map\":null,\"runs\":[{\"name\":\"run.jsonl\",\"options\":[[\"size\",\"2\"]],"
                                       "\"tokens\":[10],\"loss\":[1.5]"));
    auto const both = shell("wordmill plot v.txt --metrics run.jsonl --title 'a < b'");
    BOOST_TEST(contains(both.output, "<title>a &lt; b</title>"));
    BOOST_TEST(contains(both.output, "\"east\""));
    BOOST_TEST(contains(both.output, "\"tokens\":[10]"));
}

BOOST_FIXTURE_TEST_CASE(what_cannot_be_plotted_is_refused, small_files) {
    refused("--output p.html", 2, "expected word vectors, --metrics FILE or both");
    refused("v.txt --words 1 --output p.html", 2, "--words: expected 2 to 20000, found '1'");
    refused("v.txt --words 20001 --output p.html", 2, "--words");
    refused("--metrics run.jsonl --highlight east --output p.html", 2, "--highlight");
    refused("v.txt --highlight nowhere --output p.html", 65, "nowhere");
    refused("v.txt --metrics v.txt --output p.html", 65, "v.txt, line 1");
    refused("missing.txt --output p.html", 66, "missing.txt");
    refused("v.txt --metrics missing.jsonl --output p.html", 66, "missing.jsonl");
    refused("v.txt --output ./v.txt --overwrite", 73, "one of the inputs");
    refused("v.txt --metrics run.jsonl --output run.jsonl --overwrite", 73, "one of the inputs");
    refused("v.txt --output no/p.html", 73, "no/p.html");
    write("p.html", "old");
    BOOST_TEST(shell("wordmill plot v.txt --output p.html").code == 73);
    BOOST_TEST(read("p.html") == "old");
}

BOOST_AUTO_TEST_SUITE_END()
