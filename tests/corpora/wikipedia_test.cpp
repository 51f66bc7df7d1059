#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.stream;
import wordmill.text;
#include "reading.hpp"

using namespace std::string_literals;

namespace {
using wordmill::bad_data_policy;
using wordmill::failure;
using wordmill::wikipedia_options;

std::string const head =
    "<mediawiki xmlns=\"http://www.mediawiki.org/xml/export-0.10/\" version=\"0.10\" xml:lang=\"en\">\n"
    "  <siteinfo>\n    <sitename>W</sitename>\n    <namespaces>\n      <namespace key=\"0\" />\n"
    "      <namespace key=\"6\">File</namespace>\n    </namespaces>\n  </siteinfo>\n";
std::string const tail = "</mediawiki>\n";

std::string page(std::string_view title, std::string_view text, std::string_view more = "<ns>0</ns>") {
    return "  <page>\n    <title>" + std::string(title) + "</title>\n    " + std::string(more)
           + "\n    <id>1</id>\n    <revision>\n      <id>2</id>\n      <model>wikitext</model>\n"
             "      <text bytes=\"9\" xml:space=\"preserve\">"
           + std::string(text) + "</text>\n    </revision>\n  </page>\n";
}

corpus_reading read_dump(std::string_view bytes, wikipedia_options options = {}) {
    scratch_folder const folder;
    put_file(folder / "dump.xml", bytes);
    return read_all(wordmill::read_wikipedia(inputs({folder / "dump.xml"}), std::move(options)));
}

wikipedia_options skipping() {
    wikipedia_options options;
    options.on_bad = bad_data_policy::skip;
    return options;
}
}

BOOST_AUTO_TEST_SUITE(wikipedia)

BOOST_AUTO_TEST_CASE(a_page_is_a_document_of_plain_text) {
    auto const dump = head + page("A", "''One'' [[x|two]] &amp;lt; &lt;br/&gt;three.\n\n== H ==\n{{t}}")
                      + page("B &amp; C", "") + tail;
    auto r = read_dump(dump);
    BOOST_TEST(r.error == "");
    BOOST_TEST(r.documents == documents({"One two < three.\nH\n", ""}), boost::test_tools::per_element());
    wikipedia_options titles;
    titles.titles = true;
    r = read_dump(dump, titles);
    BOOST_TEST(r.documents == documents({"A\nOne two < three.\nH\n", "B & C\n"}), boost::test_tools::per_element());
}

// The names of "siteinfo" are those of the wiki's language; keys 6, 14 and -2 are files, categories and media.
BOOST_AUTO_TEST_CASE(the_dump_names_its_own_namespaces_also_after_a_resume) {
    auto const info =
        "<mediawiki version=\"0.11\">\n<siteinfo><namespaces>\n<namespace key=\"-2\">Средина</namespace>\n"
        "<namespace key=\"1\">Razgovor</namespace>\n<namespace case=\"first-letter\" key=\"6\">Фото_арх"
        "</namespace>\n<namespace key=\"14\">Рубрика &amp; тема</namespace></namespaces></siteinfo>\n"s;
    auto const text = "x[[Фото арх:A|thumb|200px|Caption]] [[Razgovor:A|talk]][[средина:b]][[рубрика &amp; ТЕМА:c]]"s;
    scratch_folder const folder;
    put_file(folder / "dump.xml", info + page("A", text) + page("B", text) + page("C", text) + tail);
    wikipedia_options options;
    options.block_bytes = 1;
    auto const whole = read_all(wordmill::read_wikipedia(inputs({folder / "dump.xml"}), options));
    BOOST_TEST(whole.error == "");
    BOOST_TEST(whole.documents == documents({"x talk\n", "x talk\n", "x talk\n"}), boost::test_tools::per_element());
    options.from = whole.ends.at(0);
    auto const rest = read_all(wordmill::read_wikipedia(inputs({folder / "dump.xml"}), options));
    BOOST_TEST(rest.documents == documents({"x talk\n", "x talk\n"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(redirects_other_namespaces_and_other_models_are_counted) {
    auto const dump =
        head + page("A", "a") + page("R", "#REDIRECT [[A]]", "<ns>0</ns>\n<redirect title=\"A\" />")
        + page("Old", "#redirect [[A]]", "") + page("Talk:A", "t", "<ns>1</ns>") + page("B", "b", "")
        + "<page><title>M</title><ns>0</ns><revision><model>javascript</model><text>x</text></revision></page>"
          "<page><title>D</title><ns>0</ns><revision><text deleted=\"deleted\" /></revision></page>"
          "<page><title>N</title><ns>0</ns></page>"
        + tail;
    wikipedia_options options;
    auto r = read_dump(dump, options);
    BOOST_TEST(r.documents == documents({"a\n", "b\n"}), boost::test_tools::per_element());
    BOOST_TEST(options.counts.read_count("record") == 8U);
    BOOST_TEST(options.counts.dropped_count("record", "redirect") == 2U);
    BOOST_TEST(options.counts.dropped_count("record", "other namespace") == 1U);
    BOOST_TEST(options.counts.dropped_count("record", "not wikitext") == 1U);
    BOOST_TEST(options.counts.dropped_count("record", "no text") == 2U);
    BOOST_TEST(options.counts.balanced("record"));
    BOOST_TEST(options.counts.balanced("byte"));
    wikipedia_options talk;
    talk.namespaces = {1};
    BOOST_TEST(read_dump(dump, talk).documents == documents({"t\n"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_last_revision_counts) {
    auto const r = read_dump(head
                             + "<page><title>A</title><revision><text>old</text></revision>"
                               "<revision><text>new</text></revision></page>"
                             + tail);
    BOOST_TEST(r.documents == documents({"new\n"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_dump_cut_anywhere_delivers_its_complete_pages_and_then_fails) {
    auto const first = head + page("A", "a");
    auto const second = first + page("B", "b b &amp; \xED\x95\x9C");
    auto const whole = second + tail;
    for (std::size_t length = 0; length < whole.size() - 1; ++length) {
        BOOST_TEST_CONTEXT("cut after byte " << length) {
            auto const r = read_dump(whole.substr(0, length));
            BOOST_TEST((r.kind == failure::bad_data));
            auto const end_of = [](std::string const& s) { return s.size() - 1; }; // "</page>" without its line end
            std::size_t const pages = length < end_of(first) ? 0 : length < end_of(second) ? 1 : 2;
            BOOST_TEST(r.documents.size() == pages);
            if (length > head.size() + 10 && length < end_of(first)) {
                BOOST_TEST(r.error.find("ends inside a page") != std::string::npos, r.error);
                auto options = skipping();
                auto const skipped = read_dump(whole.substr(0, length), options);
                BOOST_TEST(skipped.error == "");
                BOOST_TEST(options.counts.balanced("record"));
                BOOST_TEST(options.counts.balanced("byte"));
            }
        }
    }
    wikipedia_options cut;
    cut.allow_truncated = true;
    auto const r = read_dump(second.substr(0, second.size() - 30), cut);
    BOOST_TEST(r.error == "");
    BOOST_TEST(r.documents == documents({"a\n"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(damage_is_refused_with_its_place_or_passed_to_the_next_page) {
    struct damage {
        std::string xml;
        std::string says;
        std::uint64_t line; ///< counted from the first line of the damage
    };
    std::vector<damage> const cases{
        {"  <page>\n<title>X</titel>\n</page>\n", "mismatched tag", 2},
        {"  <page>\n<title>X</title>\n<text>a < b</text></page>\n", "not well-formed", 3},
        {"  <page>\n<title>X</title>\n<text>a &nbsp; b</text></page>\n", "undefined entity", 3},
        {"  <page>\n<title>X</title>\n<text>\xFF</text></page>\n", "not well-formed", 3},
        {"  <page>\n<title>X</title>\n<text>&#0;</text></page>\n", "invalid character number", 3},
        {"  <page>\n<title>X</title>\n", "page inside a page", 3},
        {"  </page>\n", "mismatched tag", 1},
        {"  "
         "<page><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>"
         "<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a></"
         "page>\n",
         "nested deeper", 1},
    };
    auto const before = head + page("A", "a");
    auto const lines = static_cast<std::uint64_t>(std::count(before.begin(), before.end(), '\n'));
    for (auto const& d : cases) {
        auto const dump = before + d.xml + page("B", "b") + page("C", "c") + tail;
        BOOST_TEST_CONTEXT(d.xml.substr(0, 60)) {
            auto const r = read_dump(dump);
            BOOST_TEST(r.documents == documents({"a\n"}), boost::test_tools::per_element());
            BOOST_TEST((r.kind == failure::bad_data));
            BOOST_TEST(r.error.find(d.says) != std::string::npos, r.error);
            BOOST_TEST(r.where.line.value_or(0) == lines + d.line);
            BOOST_TEST(r.where.byte.value_or(0) >= before.size());
            auto options = skipping();
            auto const skipped = read_dump(dump, options);
            BOOST_TEST(skipped.error == "");
            BOOST_TEST(skipped.documents == documents({"a\n", "b\n", "c\n"}), boost::test_tools::per_element());
            BOOST_TEST(options.counts.dropped_count("record") == 1U);
            BOOST_TEST(options.counts.balanced("record"));
            BOOST_TEST(options.counts.balanced("byte"));
        }
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_export_is_named) {
    auto const fails_with = [](std::string_view bytes, std::string const& says) {
        for (auto const& options : {wikipedia_options{}, skipping()}) {
            auto const r = read_dump(bytes, options);
            BOOST_TEST((r.kind == failure::bad_data));
            BOOST_TEST(r.error.find(says) != std::string::npos, r.error);
        }
    };
    fails_with("<!DOCTYPE html>\n<html><head><meta charset=utf-8></head><body>404</body></html>", "an HTML page");
    fails_with("<HTML><body>404</body></HTML>", "fetch it again");
    fails_with("", "an empty file");
    fails_with("just words\n", "no XML");
    fails_with("<rss><channel/></rss>", "the root element 'rss'");
    fails_with("\xFF\xFE<", "UTF-16");
}

BOOST_AUTO_TEST_CASE(entities_and_external_files_are_never_loaded) {
    std::string laughs = "<?xml version=\"1.0\"?>\n<!DOCTYPE mediawiki [\n<!ENTITY a0 \"ha\">\n";
    for (int i = 1; i < 40; ++i)
        laughs += "<!ENTITY a" + std::to_string(i) + " \"&a" + std::to_string(i - 1) + ";&a" + std::to_string(i - 1)
                  + ";\">\n";
    laughs += "]>\n" + head + page("A", "&a39;") + tail;
    auto r = read_dump(laughs);
    BOOST_TEST((r.kind == failure::bad_data));
    BOOST_TEST(r.error.find("document type") != std::string::npos, r.error);
    r = read_dump("<!DOCTYPE mediawiki [<!ENTITY f SYSTEM \"file:///etc/passwd\">]>" + head + page("A", "&f;") + tail);
    BOOST_TEST(r.error.find("document type") != std::string::npos, r.error);
    BOOST_TEST(r.documents.empty());
}

BOOST_AUTO_TEST_CASE(pages_above_the_limit_are_bad_records) {
    auto options = skipping();
    options.max_record_bytes = 5000;
    auto const dump = head + page("A", "a") + page("Big", std::string(6000, 'x'))
                      + page("Huge", std::string(9000000, 'x')) + page("B", "b") + tail;
    auto r = read_dump(dump, options);
    BOOST_TEST(r.documents == documents({"a\n", "b\n"}), boost::test_tools::per_element());
    BOOST_TEST(options.counts.dropped_count("record", "a page above the limit") == 2U);
    BOOST_TEST(options.counts.balanced("byte"));
    options.on_bad = bad_data_policy::strict;
    r = read_dump(dump, options);
    BOOST_TEST(r.documents == documents({"a\n"}), boost::test_tools::per_element());
    BOOST_TEST((r.kind == failure::bad_data));
    r = read_dump(head + page("A", "a") + "<page " + std::string(9000000, ' ') + ">", options);
    BOOST_TEST(r.error.find("a tag above the limit") != std::string::npos, r.error);
}

BOOST_AUTO_TEST_CASE(an_unknown_schema_version_is_noted) {
    wikipedia_options options;
    BOOST_TEST(read_dump("<mediawiki version=\"0.99\">" + page("A", "a") + tail, options).documents.size() == 1U);
    BOOST_TEST(options.counts.note_count("unknown export schema version 0.99") == 1U);
    wikipedia_options known;
    (void)read_dump(head + tail, known);
    BOOST_TEST(known.counts.notes().empty());
}

namespace {
std::string varied_dump(std::size_t pages) {
    std::string dump = head;
    for (std::size_t i = 0; i < pages; ++i) {
        if (i % 6 == 5) dump += "<page>\n<title>broken</titel>\n";
        auto const word = "word" + std::to_string(i);
        std::string text;
        for (std::size_t j = 0; j < i * i % 17; ++j)
            text += "'''" + word + "''' {{t|[[a]]}}" + (j % 3 == 0 ? "\n\n" : " ");
        dump += page(word, text, i % 4 == 1 ? "<ns>1</ns>" : i % 5 == 2 ? "<redirect/>" : "<ns>0</ns>");
    }
    return dump + tail;
}

void resumes_everywhere(std::vector<wordmill::input_file> const& files, std::size_t block_bytes) {
    auto options = skipping();
    options.block_bytes = block_bytes;
    auto const whole = read_all(wordmill::read_wikipedia(files, options));
    BOOST_TEST(whole.error == "");
    BOOST_TEST(whole.documents.size() > 20U);
    for (std::size_t i = 0; i < whole.ends.size(); ++i) {
        auto resumed = options;
        resumed.from = wordmill::parse_position(to_text(whole.ends[i]));
        auto const rest = read_all(wordmill::read_wikipedia(files, resumed));
        std::vector<std::string> const expected(whole.blocks.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                                whole.blocks.end());
        BOOST_TEST(rest.blocks == expected, boost::test_tools::per_element());
    }
}
}

BOOST_AUTO_TEST_CASE(interrupted_and_resumed_at_every_page_is_uninterrupted) {
    scratch_folder const folder;
    auto const dump = varied_dump(40);
    put_file(folder / "a", dump);
    put_file(folder / "cut", dump.substr(0, dump.size() / 2));
    put_file(folder / "z", dump);
    for (std::size_t const block_bytes : {1U, 500U})
        resumes_everywhere(inputs({folder / "a", folder / "cut", folder / "z"}), block_bytes);
}

BOOST_AUTO_TEST_CASE(a_multistream_dump_resumes_inside_its_streams) {
    scratch_folder const folder;
    auto const dump = varied_dump(40);
    std::string stored;
    for (std::size_t begin = 0; begin < dump.size(); begin += 1000) {
        auto const part = folder / "part" + std::to_string(begin);
        wordmill::output_file out(part, {.compression = wordmill::codec::bzip2});
        out.write(std::string_view(dump).substr(begin, 1000));
        out.commit();
        stored += file_bytes(part);
    }
    put_file(folder / "dump.bz2", stored);
    put_file(folder / "dump", dump);
    auto const plain = read_all(wordmill::read_wikipedia(inputs({folder / "dump"}), skipping()));
    auto const packed = read_all(wordmill::read_wikipedia(inputs({folder / "dump.bz2"}), skipping()));
    BOOST_TEST(packed.error == "");
    BOOST_TEST(packed.documents == plain.documents, boost::test_tools::per_element());
    resumes_everywhere(inputs({folder / "dump.bz2"}), 1);
}

BOOST_AUTO_TEST_CASE(blocks_do_not_depend_on_threads) {
    scratch_folder const folder;
    put_file(folder / "a", varied_dump(10000)); // several batches
    auto options = skipping();
    options.block_bytes = 3000;
    auto const one = read_all(wordmill::read_wikipedia(inputs({folder / "a"}), options));
    BOOST_TEST(one.documents.size() > 5000U);
    for (unsigned const threads : {2U, 7U}) {
        options.threads = threads;
        BOOST_TEST((read_all(wordmill::read_wikipedia(inputs({folder / "a"}), options)).blocks == one.blocks));
    }
}

BOOST_AUTO_TEST_SUITE_END()
