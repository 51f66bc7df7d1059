#include <boost/test/unit_test.hpp>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.pipeline;
import wordmill.stream;
import wordmill.text;

namespace wm = wordmill;

namespace {
/// Two texts of many small blocks, of made-up words, and their ids: of both in one file, and of each.
struct folder {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("wordmill-any-corpus-" + std::to_string(::getpid()));
    wm::vocabulary words;

    folder() {
        std::filesystem::create_directory(path);
        auto random = wm::random_key(9).engine();
        for (std::string const name : {"a.txt", "b.txt"}) {
            std::ofstream file(path / name);
            for (int i = 0; i < 3000; ++i)
                file << 'w' << random.below(20) * random.below(20) << (random.below(8) == 0 ? "\n" : " ");
        }
        words =
            wm::vocabulary(wm::count_words(text("a.txt b.txt").text({}), wm::whitespace_tokenizer()), {.min_count = 5});
        for (auto const& [of, to] : {std::pair("a.txt b.txt", "all.ids"), {"a.txt", "a.ids"}, {"b.txt", "b.ids"}})
            (void)wm::write_encoded(text(of).ids(words, {}), (path / to).string(), words);
    }
    ~folder() { std::filesystem::remove_all(path); }

    [[nodiscard]] std::vector<wm::input_file> inputs(std::string const& names) const {
        std::vector<std::string> paths;
        for (std::size_t at = 0; at < names.size();) {
            auto const end = std::min(names.find(' ', at), names.size());
            paths.push_back((path / names.substr(at, end - at)).string());
            at = end + 1;
        }
        return wm::find_inputs(paths);
    }
    [[nodiscard]] wm::any_corpus text(std::string const& names) const {
        wm::corpus_options how;
        how.block_bytes = 500;
        return wm::any_corpus(inputs(names), how);
    }
    [[nodiscard]] wm::any_corpus ids(std::string const& names) const { return wm::any_corpus(inputs(names)); }
};

std::vector<wm::token_block> all_of(wm::generator<wm::token_block> blocks) {
    std::vector<wm::token_block> all;
    for (auto&& block : blocks) all.push_back(std::move(block));
    return all;
}
bool same(std::vector<wm::token_block> const& a, std::vector<wm::token_block> const& b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (a[i].ids != b[i].ids || a[i].sentence_ends != b[i].sentence_ends || a[i].document_ends != b[i].document_ends
            || a[i].index != b[i].index || a[i].first_sentence != b[i].first_sentence
            || a[i].continued != b[i].continued || a[i].dropped != b[i].dropped)
            return false;
    return true;
}
}

BOOST_AUTO_TEST_SUITE(corpora_of_text_or_ids)

BOOST_AUTO_TEST_CASE(content_says_what_a_corpus_is) {
    folder const dir;
    BOOST_TEST(!dir.text("a.txt").encoded());
    BOOST_TEST(dir.ids("all.ids").encoded());
    std::filesystem::copy_file(dir.path / "a.ids", dir.path / "misnamed.txt");
    std::ofstream(dir.path / "empty.txt").close();
    BOOST_TEST(dir.ids("empty.txt misnamed.txt").encoded());
    BOOST_CHECK_THROW((void)dir.ids("a.ids b.txt"), wm::error);
    BOOST_CHECK_THROW((void)dir.ids("a.ids").text({}), wm::error);
    BOOST_CHECK_THROW((void)all_of(dir.ids("b.txt a.ids").ids(dir.words, {})), wm::error);
}

// The subsampled blocks show that random draws are those of the text, too.
BOOST_AUTO_TEST_CASE(ids_give_the_blocks_of_the_text_on_any_number_of_threads) {
    folder const dir;
    wm::subsample const stage(dir.words, {.threshold = 1e-3, .key = wm::random_key(3)});
    auto const expected = all_of(dir.text("a.txt b.txt").ids(dir.words, {.threads = 1}));
    auto const sampled = all_of(dir.text("a.txt b.txt").ids(dir.words, {.threads = 1}, stage));
    BOOST_TEST(expected.size() > 40U);
    for (std::string const names : {"all.ids", "a.ids b.ids"})
        for (unsigned threads : {1U, 2U, 7U}) {
            BOOST_TEST(same(all_of(dir.ids(names).ids(dir.words, {.threads = threads})), expected));
            BOOST_TEST(same(all_of(dir.ids(names).ids(dir.words, {.threads = threads}, stage)), sampled));
        }
    for (std::size_t i = 0; auto const& block : all_of(dir.ids("a.ids b.ids").ids(dir.words, {}))) {
        ++i;
        auto const rest = all_of(dir.ids("a.ids b.ids").ids(dir.words, {.from = block.next}));
        BOOST_TEST(same(rest, {expected.begin() + static_cast<std::ptrdiff_t>(i), expected.end()}));
    }
}

BOOST_AUTO_TEST_CASE(what_a_pass_reads_is_counted_and_watched) {
    folder const dir;
    wm::tally counts;
    wm::monitor const watch;
    std::size_t tokens = 0;
    std::size_t seen = 0;
    auto const count = [&seen] [[clang::coro_wrapper]] (auto source) {
        ++seen;
        return source;
    };
    auto const pass = [](wm::token_block block) { return block; };
    for (auto const& block : dir.ids("all.ids").ids(dir.words, {.watch = watch, .counts = counts}, pass, count))
        tokens += block.ids.size();
    BOOST_TEST(counts.read_count("token") == tokens);
    BOOST_TEST(counts.balanced("token"));
    BOOST_TEST(watch.stored() > 4 * tokens);
    BOOST_TEST(seen == 1U);
    auto stopped = watch;
    stopped.request_stop();
    BOOST_CHECK_THROW((void)all_of(dir.ids("all.ids").ids(dir.words, {.watch = watch})), wm::error);
}

BOOST_AUTO_TEST_CASE(ids_of_another_vocabulary_are_refused_before_anything_is_read) {
    folder const dir;
    auto const others = wm::parse_vocabulary("a\t3\n");
    BOOST_CHECK_THROW((void)dir.ids("all.ids").ids(others, {}), wm::error);
    BOOST_CHECK_THROW(dir.ids("all.ids").require(others), wm::error);
    BOOST_CHECK_THROW(dir.ids("all.ids").require_sentence_mark(dir.words, "w0"), wm::error);
    dir.ids("all.ids").require_sentence_mark(dir.words, "");
    dir.text("a.txt").require(others);
}

namespace {
std::string described(wm::any_corpus const& corpus) {
    std::string text;
    for (auto const& [key, value] : corpus.description()) text += key + " " + value + "\n";
    return text;
}
}

BOOST_FIXTURE_TEST_CASE(corpora_that_give_other_blocks_have_other_descriptions, folder) {
    auto const description = [&](auto change, wm::tokenizer_maker split = {}) {
        wm::corpus_options how;
        change(how);
        return described(wm::any_corpus(inputs("a.txt"), how, std::move(split)));
    };
    auto const usual = description([](wm::corpus_options&) {});
    std::vector<std::string> const others{
        description([](auto& how) { how.block_bytes = 500; }),
        description([](auto& how) { how.on_bad = wm::bad_data_policy::skip; }),
        description([](auto& how) { how.utf8 = wm::utf8_policy::keep; }),
        description([](auto& how) { how.max_record_bytes = 10; }),
        description([](auto& how) { how.allow_truncated = true; }),
        description([](auto& how) { how.allow_garbage = true; }),
        description([](auto& how) { how.blank_line_ends_document = true; }),
        description([](auto& how) { how.file_ends_document = false; }),
        description([](auto& how) { how.lone_cr_ends_line = false; }),
        description([](auto& how) { how.format = wm::corpus_format::lines; }),
        description([](auto& how) { how.field = "body"; }),
        description([](auto&) {}, [](wm::tally const&) { return wm::unicode_words(); }),
        description([](auto&) {},
                    [](wm::tally const&) {
                        return wm::join_phrases(wm::whitespace_tokenizer(), wm::phrase_table(std::vector<wm::phrase>{
                                                                                {.first = "w1", .second = "w2"}}));
                    }),
        described(wm::any_corpus(inputs("b.txt"))),
        described(wm::any_corpus(inputs("a.txt b.txt"))),
        described(wm::any_corpus(inputs("b.txt a.txt"))),
        described(ids("a.ids")),
        described(ids("b.ids")),
        described(ids("a.ids b.ids")),
    };
    for (std::size_t i = 0; i < others.size(); ++i) {
        BOOST_TEST((others[i] != usual), "number " << i);
        for (std::size_t j = 0; j < i; ++j) BOOST_TEST((others[i] != others[j]), "numbers " << i << " and " << j);
    }
    // What decides nothing: threads, memory, limits that end the run, and where the files are.
    BOOST_TEST((description([](auto& how) {
                    how.threads = 7;
                    how.memory_bytes = 1 << 20;
                    how.max_bad = 3;
                    how.quarantine_path = "q";
                    how.limits.max_expansion = 10;
                })
                == usual));
    std::filesystem::copy(path / "a.txt", path / "moved.txt");
    BOOST_TEST((described(wm::any_corpus(inputs("moved.txt"))) == usual));
    std::filesystem::copy(path / "a.ids", path / "moved.ids");
    BOOST_TEST((described(ids("moved.ids")) == described(ids("a.ids"))));
}

BOOST_FIXTURE_TEST_CASE(a_corpus_may_be_split_otherwise_and_ids_stay_as_they_are, folder) {
    auto const letters = [](wm::tally const& counts) { return wm::characters({}, {.counts = counts}); };
    auto const split = text("a.txt").split_by(letters);
    BOOST_TEST(split.description().at("tokenizer") == "characters");
    wm::vocabulary const known(wm::count_words(split.text({}), split.split({})), {});
    BOOST_TEST(known.find("w").has_value());
    for (auto const& type : known.counts()) BOOST_TEST(type > 0U);
    for (std::size_t i = 0; i < known.size(); ++i) BOOST_TEST(known.word(wm::id_at(i)).size() == 1U);
    auto const expected = all_of(ids("a.ids").ids(words, {}));
    auto const found = all_of(ids("a.ids").split_by(letters).ids(words, {}));
    BOOST_TEST_REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) BOOST_TEST((found[i].ids == expected[i].ids));
}

BOOST_AUTO_TEST_SUITE_END()
