#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.io;
import wordmill.pipeline;
import wordmill.stream;
import wordmill.text;

namespace wm = wordmill;

namespace {
struct folder {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("wordmill-encoded-" + std::to_string(::getpid()));
    folder() { std::filesystem::create_directory(path); }
    ~folder() { std::filesystem::remove_all(path); }
    std::string operator/(char const* name) const { return (path / name).string(); }
};

wm::vocabulary three_words() { return wm::parse_vocabulary("a\t3\nb\t2\nc\t1\n"); }

/// `blocks` blocks of up to 50 ids below 3, with random sentence and document ends, empty ones too. Their indices rise
/// from `first` by 1, and every third one says that its last sentence continues.
std::vector<wm::token_block> made_up_blocks(std::uint64_t seed, int blocks, std::uint64_t first = 0) {
    auto random = wm::random_key(seed).engine();
    std::vector<wm::token_block> made;
    for (int b = 0; b < blocks; ++b) {
        wm::token_block block;
        block.index = first + static_cast<std::uint64_t>(b);
        block.continued = b % 3 == 1;
        auto const n = random.below(50);
        for (std::uint32_t i = 0; i < n; ++i) {
            while (random.below(4) == 0) {
                block.sentence_ends.push_back(i);
                while (random.below(4) == 0)
                    block.document_ends.push_back(static_cast<std::uint32_t>(block.sentence_ends.size()));
            }
            block.ids.push_back(wm::id_at(random.below(3)));
        }
        if (!block.continued) block.sentence_ends.push_back(static_cast<std::uint32_t>(n));
        made.push_back(std::move(block));
    }
    return made;
}

wm::generator<wm::token_block> all_of(std::vector<wm::token_block> blocks) {
    for (auto& block : blocks) co_yield std::move(block);
}

/// Ids, and ends counted from the start of the stream.
struct flat {
    std::vector<wm::token_id> ids;
    std::vector<std::uint64_t> sentence_ends;
    std::vector<std::uint64_t> document_ends;
    bool operator==(flat const&) const = default;

    void add(wm::token_block const& block) {
        auto const tokens = ids.size();
        auto const sentences = sentence_ends.size();
        ids.insert(ids.end(), block.ids.begin(), block.ids.end());
        for (auto end : block.sentence_ends) sentence_ends.push_back(tokens + end);
        for (auto end : block.document_ends) document_ends.push_back(sentences + end);
    }
};

flat flattened(wm::generator<wm::token_block> blocks) {
    flat all;
    for (auto const& block : blocks) all.add(block);
    return all;
}

std::string bytes_of(std::string const& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}
void put(std::string const& path, std::string_view bytes) {
    std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}
/// What is written of a block.
bool same(wm::token_block const& a, wm::token_block const& b) {
    return a.ids == b.ids && a.sentence_ends == b.sentence_ends && a.document_ends == b.document_ends
           && a.index == b.index && a.continued == b.continued;
}
/// What an error says.
std::string message(auto action) {
    try {
        action();
    } catch (wm::error const& e) {
        return e.what();
    }
    return "nothing was thrown";
}
/// Reads all of it; the kind of failure when it is refused.
int outcome(std::string const& path) {
    try {
        (void)flattened(wm::encoded_corpus(path).blocks());
    } catch (wm::error const& e) {
        return static_cast<int>(e.kind());
    }
    return 0;
}
}

BOOST_AUTO_TEST_SUITE(encoded_corpora)

BOOST_AUTO_TEST_CASE(what_is_written_is_read_block_by_block_on_any_number_of_threads) {
    folder const dir;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        auto const path = dir / "corpus.ids";
        auto const blocks = made_up_blocks(seed, 20, seed);
        auto const expected = flattened(all_of(blocks));
        auto const written = wm::write_encoded(all_of(blocks), path, three_words(), {.output = {.overwrite = true}});
        BOOST_TEST(written.tokens == expected.ids.size());
        BOOST_TEST(written.sentences == expected.sentence_ends.size());
        BOOST_TEST(written.documents == expected.document_ends.size());
        for (unsigned threads : {1, 2, 7}) {
            std::size_t at = 0;
            std::uint64_t sentences = 0;
            for (auto const& block : wm::read_encoded(path, three_words(), {.threads = threads})) {
                BOOST_REQUIRE(at < blocks.size());
                BOOST_TEST(same(block, blocks[at]));
                BOOST_TEST(block.first_sentence == sentences);
                sentences += block.sentence_ends.size();
                ++at;
            }
            BOOST_TEST(at == blocks.size());
        }
    }
}

BOOST_AUTO_TEST_CASE(a_long_corpus_is_read_in_parts_that_give_the_same_blocks) {
    folder const dir;
    std::vector<wm::token_block> blocks; // 600,000 ids in 60 blocks: several parts and chunks
    auto random = wm::random_key(4).engine();
    for (std::uint64_t b = 0; b < 60; ++b) {
        auto& block = blocks.emplace_back();
        block.index = b;
        for (std::uint32_t i = 0; i < 10000; ++i) {
            if (random.below(10) == 0) block.sentence_ends.push_back(i);
            block.ids.push_back(wm::id_at(random.below(3)));
        }
        block.sentence_ends.push_back(10000);
    }
    (void)wm::write_encoded(all_of(blocks), dir / "corpus.ids", three_words());
    for (unsigned threads : {1, 2, 7}) {
        std::size_t at = 0;
        for (auto const& block : wm::read_encoded(dir / "corpus.ids", three_words(), {.threads = threads}))
            BOOST_TEST(same(block, blocks.at(at++)));
        BOOST_TEST(at == blocks.size());
    }
}

BOOST_AUTO_TEST_CASE(several_files_are_one_stream_whose_blocks_are_numbered_on) {
    folder const dir;
    auto blocks = made_up_blocks(3, 9);
    auto const later = made_up_blocks(4, 5);
    (void)wm::write_encoded(all_of(blocks), dir / "a.ids", three_words());
    (void)wm::write_encoded({}, dir / "b.ids", three_words());
    (void)wm::write_encoded(all_of(later), dir / "c.ids", three_words());
    for (auto block : later) {
        block.index += 9;
        blocks.push_back(block);
    }
    std::vector<wm::encoded_corpus> const files{wm::encoded_corpus(dir / "a.ids"), wm::encoded_corpus(dir / "b.ids"),
                                                wm::encoded_corpus(dir / "c.ids")};
    std::vector<wm::token_block> whole;
    for (auto&& block : wm::read_encoded(files, {.threads = 2})) whole.push_back(std::move(block));
    BOOST_REQUIRE(whole.size() == blocks.size());
    for (std::size_t i = 0; i < whole.size(); ++i) {
        BOOST_TEST(same(whole[i], blocks[i]));
        for (auto const& [from, first] : {std::pair(whole[i].start, i), std::pair(whole[i].next, i + 1)}) {
            auto at = first;
            for (auto const& block : wm::read_encoded(files, {.from = from})) {
                BOOST_REQUIRE(at < whole.size());
                BOOST_TEST(same(block, whole[at]));
                BOOST_TEST((block.start == whole[at].start && block.next == whole[at].next));
                ++at;
            }
            BOOST_TEST(at == whole.size());
        }
    }
}

BOOST_AUTO_TEST_CASE(a_stream_resumed_at_any_block_equals_one_that_was_not_interrupted) {
    folder const dir;
    auto const path = dir / "corpus.ids";
    (void)wm::write_encoded(all_of(made_up_blocks(7, 12)), path, three_words());
    wm::encoded_corpus const corpus(path);
    std::vector<wm::token_block> whole;
    for (auto&& block : corpus.blocks()) whole.push_back(std::move(block));
    for (std::size_t i = 0; i < whole.size(); ++i) {
        for (auto const& from : {whole[i].start, wm::parse_position(wm::to_text(whole[i].start))}) {
            auto at = i;
            for (auto const& block : corpus.blocks({.from = from})) {
                BOOST_REQUIRE(at < whole.size());
                BOOST_TEST(same(block, whole[at]));
                BOOST_TEST(block.first_sentence == whole[at].first_sentence);
                BOOST_TEST((block.start == whole[at].start && block.next == whole[at].next));
                ++at;
            }
            BOOST_TEST(at == whole.size());
        }
    }
    BOOST_TEST(flattened(corpus.blocks({.from = whole.back().next})).ids.empty());
    (void)wm::write_encoded(all_of(made_up_blocks(8, 12)), dir / "other.ids", three_words());
    BOOST_CHECK_THROW((void)flattened(wm::encoded_corpus(dir / "other.ids").blocks({.from = whole[2].start})),
                      wm::error);
    auto between = whole[2].start;
    between.byte += 4;
    BOOST_CHECK_THROW((void)flattened(corpus.blocks({.from = between})), wm::error);
}

BOOST_AUTO_TEST_CASE(an_empty_corpus_is_a_file_too) {
    folder const dir;
    (void)wm::write_encoded({}, dir / "empty.ids", three_words());
    wm::encoded_corpus const corpus(dir / "empty.ids");
    BOOST_TEST(corpus.tokens() == 0U);
    BOOST_TEST(flattened(corpus.blocks()).ids.empty());
}

BOOST_AUTO_TEST_CASE(another_vocabulary_is_refused) {
    folder const dir;
    (void)wm::write_encoded(all_of(made_up_blocks(1, 3)), dir / "corpus.ids", three_words());
    auto const others = wm::parse_vocabulary("a\t3\nb\t2\nd\t1\n");
    auto const said = message([&] { (void)wm::read_encoded(dir / "corpus.ids", others); });
    for (auto const& part :
         {std::to_string(others.fingerprint()), std::to_string(three_words().fingerprint()), std::string("corpus.ids")})
        BOOST_TEST(said.find(part) != said.npos, said);
    BOOST_CHECK_THROW(
        (void)wm::write_encoded({}, dir / "z.ids", three_words(), {.output = {.compression = wm::codec::zstd}}),
        wm::error);
}

BOOST_AUTO_TEST_CASE(marks_of_sentence_ends_are_kept_and_asked_for) {
    folder const dir;
    wm::token_block block;
    block.ids = {wm::token_id{0}, wm::token_id{2}, wm::token_id{2}};
    block.sentence_ends = {2, 3};
    (void)wm::write_encoded(all_of({block}), dir / "marked.ids", three_words(), {.sentence_mark = "c"});
    (void)wm::write_encoded(all_of({block}), dir / "plain.ids", three_words());
    wm::encoded_corpus const marked(dir / "marked.ids");
    wm::encoded_corpus const plain(dir / "plain.ids");
    BOOST_TEST((marked.sentence_mark() == wm::token_id{2}));
    BOOST_TEST(!plain.sentence_mark());
    marked.require_sentence_mark(three_words(), "c");
    plain.require_sentence_mark(three_words(), "");
    auto const none = message([&] { plain.require_sentence_mark(three_words(), "c"); });
    BOOST_TEST(none.find("expected 'c' at the ends of sentences, found no word") != none.npos, none);
    BOOST_CHECK_THROW(marked.require_sentence_mark(three_words(), "a"), wm::error);
    BOOST_CHECK_THROW(marked.require_sentence_mark(three_words(), ""), wm::error);
    block.sentence_ends = {1, 3};
    BOOST_CHECK_THROW((void)wm::write_encoded(all_of({block}), dir / "x.ids", three_words(), {.sentence_mark = "c"}),
                      wm::contract_violation);
    BOOST_CHECK_THROW((void)wm::write_encoded({}, dir / "x.ids", three_words(), {.sentence_mark = "d"}), wm::error);
}

// The header of version 1 had the same first 32 bytes; its checksum is right here, as it was there.
BOOST_AUTO_TEST_CASE(other_versions_and_byte_orders_are_refused_with_what_to_do) {
    folder const dir;
    (void)wm::write_encoded(all_of(made_up_blocks(1, 3)), dir / "good.ids", three_words());
    auto const changed = [&](std::size_t at, char value) {
        auto bytes = bytes_of(dir / "good.ids");
        bytes[at] = value;
        auto const sum = wm::checksum_of(std::string_view(bytes).substr(0, 56));
        std::memcpy(bytes.data() + 56, &sum, sizeof sum);
        put(dir / "changed.ids", bytes);
        return message([&] { (void)wm::encoded_corpus(dir / "changed.ids"); });
    };
    auto const older = changed(8, 1);
    BOOST_TEST(older.find("expected version 2, found version 1") != older.npos, older);
    BOOST_TEST(older.find("encode the text again") != older.npos, older);
    auto const newer = changed(8, 3);
    BOOST_TEST(newer.find("found version 3") != newer.npos, newer);
    auto bytes = bytes_of(dir / "good.ids"); // as a big-endian machine would have written numbers
    for (std::size_t at : {8, 12}) std::reverse(bytes.begin() + at, bytes.begin() + at + 4);
    put(dir / "swapped.ids", bytes);
    auto const swapped = message([&] { (void)wm::encoded_corpus(dir / "swapped.ids"); });
    BOOST_TEST(swapped.find("little-endian") != swapped.npos, swapped);
}

BOOST_AUTO_TEST_CASE(an_id_beyond_the_vocabulary_is_not_written) {
    folder const dir;
    wm::token_block block;
    block.ids = {wm::token_id{3}};
    BOOST_CHECK_THROW((void)wm::write_encoded(all_of({block}), dir / "corpus.ids", three_words()),
                      wm::contract_violation);
    BOOST_TEST(!std::filesystem::exists(dir / "corpus.ids"));
}

BOOST_AUTO_TEST_CASE(a_file_cut_anywhere_or_with_any_bit_changed_is_refused) {
    folder const dir;
    (void)wm::write_encoded(all_of(made_up_blocks(2, 3)), dir / "good.ids", three_words());
    auto const good = bytes_of(dir / "good.ids");
    BOOST_TEST(outcome(dir / "good.ids") == 0);
    for (std::size_t n = 0; n < good.size(); ++n) {
        put(dir / "cut.ids", good.substr(0, n));
        BOOST_TEST(outcome(dir / "cut.ids") == 65, "cut to " << n);
    }
    for (std::size_t n = 0; n < good.size(); ++n) {
        auto bad = good;
        bad[n] = static_cast<char>(bad[n] ^ (1 << n % 8));
        put(dir / "flipped.ids", bad);
        BOOST_TEST(outcome(dir / "flipped.ids") == 65, "byte " << n);
    }
    put(dir / "longer.ids", good + std::string(64, '\0'));
    BOOST_TEST(outcome(dir / "longer.ids") == 65);
}

BOOST_AUTO_TEST_CASE(a_missing_file_or_none_to_seek_in_is_missing_input) {
    folder const dir;
    BOOST_TEST(outcome(dir / "none.ids") == 66);
    BOOST_TEST(outcome(dir.path.string()) == 66);
    BOOST_TEST(outcome("/dev/null") == 66);
}

BOOST_AUTO_TEST_CASE(a_file_cut_while_it_is_read_is_an_error_and_no_signal) {
    folder const dir;
    auto const path = dir / "corpus.ids";
    std::vector<wm::token_block> many;
    for (int i = 0; i < 20; ++i) {
        many.emplace_back();
        many.back().ids.assign(30000, wm::token_id{1});
    }
    (void)wm::write_encoded(all_of(std::move(many)), path, three_words());
    auto blocks = wm::encoded_corpus(path).blocks();
    auto at = blocks.begin();
    std::filesystem::resize_file(path, 100);
    BOOST_CHECK_THROW(while (at != blocks.end())++ at, wm::error);
}

BOOST_AUTO_TEST_SUITE_END()
