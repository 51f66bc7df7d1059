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

/// `blocks` blocks of up to 50 ids below 3, with random sentence and document ends, empty ones too.
std::vector<wm::token_block> made_up_blocks(std::uint64_t seed, int blocks) {
    auto random = wm::random_key(seed).engine();
    std::vector<wm::token_block> made;
    for (int b = 0; b < blocks; ++b) {
        wm::token_block block;
        auto const n = random.below(50);
        for (std::uint32_t i = 0; i < n; ++i) {
            while (random.below(4) == 0) {
                block.sentence_ends.push_back(i);
                while (random.below(4) == 0)
                    block.document_ends.push_back(static_cast<std::uint32_t>(block.sentence_ends.size()));
            }
            block.ids.push_back(wm::id_at(random.below(3)));
        }
        block.sentence_ends.push_back(static_cast<std::uint32_t>(n));
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

BOOST_AUTO_TEST_CASE(what_is_written_is_read_whatever_the_block_size) {
    folder const dir;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        auto const path = dir / "corpus.ids";
        auto const blocks = made_up_blocks(seed, 20);
        auto const expected = flattened(all_of(blocks));
        auto const written = wm::write_encoded(all_of(blocks), path, three_words(), {.overwrite = true});
        BOOST_TEST(written.tokens == expected.ids.size());
        BOOST_TEST(written.sentences == expected.sentence_ends.size());
        for (std::size_t size : {1, 3, 64, 100000})
            BOOST_TEST((flattened(wm::read_encoded(path, three_words(), {.block_tokens = size})) == expected));
    }
}

BOOST_AUTO_TEST_CASE(a_stream_resumed_at_any_block_equals_one_that_was_not_interrupted) {
    folder const dir;
    auto const path = dir / "corpus.ids";
    (void)wm::write_encoded(all_of(made_up_blocks(7, 12)), path, three_words());
    wm::encoded_corpus const corpus(path);
    std::vector<wm::token_block> whole;
    for (auto&& block : corpus.blocks({.block_tokens = 16})) whole.push_back(std::move(block));
    for (std::size_t i = 0; i < whole.size(); ++i) {
        for (auto const& from : {whole[i].start, wm::parse_position(wm::to_text(whole[i].start))}) {
            auto at = i;
            for (auto const& block : corpus.blocks({.from = from, .block_tokens = 16})) {
                BOOST_REQUIRE(at < whole.size());
                BOOST_TEST((block.ids == whole[at].ids));
                BOOST_TEST((block.sentence_ends == whole[at].sentence_ends));
                BOOST_TEST((block.document_ends == whole[at].document_ends));
                BOOST_TEST(block.index == whole[at].index);
                BOOST_TEST(block.first_sentence == whole[at].first_sentence);
                BOOST_TEST((block.start == whole[at].start && block.next == whole[at].next));
                BOOST_TEST(block.continued == whole[at].continued);
                ++at;
            }
            BOOST_TEST(at == whole.size());
        }
        BOOST_CHECK_THROW((void)flattened(corpus.blocks({.from = whole[2].start, .block_tokens = 17})), wm::error);
    }
    BOOST_TEST(flattened(corpus.blocks({.from = whole.back().next, .block_tokens = 16})).ids.empty());
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
    BOOST_CHECK_THROW((void)wm::read_encoded(dir / "corpus.ids", wm::parse_vocabulary("a\t3\nb\t2\nd\t1\n")),
                      wm::error);
    BOOST_CHECK_THROW((void)wm::write_encoded({}, dir / "z.ids", three_words(), {.compression = wm::codec::zstd}),
                      wm::error);
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
