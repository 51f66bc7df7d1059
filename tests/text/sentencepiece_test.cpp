#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>
#ifdef WORDMILL_HAVE_SENTENCEPIECE
#include <sentencepiece_trainer.h>
#endif
import wordmill.core;
import wordmill.text;
#include "../skipped.hpp"
#include "tokenized.hpp"

using words = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(sentencepiece)

#ifndef WORDMILL_HAVE_SENTENCEPIECE
BOOST_AUTO_TEST_CASE(a_build_without_sentencepiece_names_the_package) {
    BOOST_TEST(!wordmill::sentencepiece_available());
    BOOST_CHECK_EXCEPTION((void)wordmill::tokenizer_named("sentencepiece:x.model"), wordmill::error,
                          [](wordmill::error const& e) {
                              return e.kind() == wordmill::failure::unavailable
                                     && e.hint().find("libsentencepiece-dev") != std::string::npos;
                          });
}
#else
namespace {
words const sentences{"the quick brown fox jumps over the lazy dog", "", "the dog sleeps  and the fox runs",
                      "unseen zebra 한국어", "a"};

/// A folder with corpus.txt and a model trained on it, removed at the end.
struct trained_model {
    std::filesystem::path folder;

    trained_model() {
        auto pattern = (std::filesystem::temp_directory_path() / "wordmill-sentencepiece-XXXXXX").string();
        BOOST_REQUIRE(mkdtemp(pattern.data()) != nullptr);
        folder = pattern;
        std::ofstream corpus(folder / "corpus.txt");
        for (int i = 0; i < 50; ++i)
            for (auto const& each : sentences)
                if (each.find("zebra") == std::string::npos) corpus << each << '\n';
        corpus.close();
        auto const status = ::sentencepiece::SentencePieceTrainer::Train(
            "--input=" + (folder / "corpus.txt").string() + " --model_prefix=" + (folder / "m").string()
            + " --vocab_size=60 --hard_vocab_limit=false --minloglevel=2 --num_threads=1");
        BOOST_REQUIRE_MESSAGE(status.ok(), status.ToString());
    }
    trained_model(trained_model const&) = delete;
    ~trained_model() { std::filesystem::remove_all(folder); }
    std::string path() const { return (folder / "m.model").string(); }
};

std::string joined(char const* separator, words const& parts) {
    std::string text;
    for (auto const& part : parts) text += part + separator;
    return text;
}

/// The output of the package's `spm_encode` for a file: the pieces of a line, separated by spaces.
std::string by_spm_encode(trained_model const& model, std::string const& text) {
    std::ofstream(model.folder / "in.txt") << text;
    auto const command = "spm_encode --model=" + model.path() + " --output=" + (model.folder / "out.txt").string() + " "
                         + (model.folder / "in.txt").string() + " 2>/dev/null";
    BOOST_REQUIRE(std::system(command.c_str()) == 0);
    std::ifstream file(model.folder / "out.txt");
    return {std::istreambuf_iterator<char>(file), {}};
}
}

BOOST_AUTO_TEST_CASE(every_sentence_is_cut_into_pieces) {
    trained_model const model;
    auto const block = wordmill::sentencepiece(model.path())(block_of(joined("\n", sentences)));
    BOOST_TEST(block.sentence_ends.size() == sentences.size());
    BOOST_TEST(block.words.size() > sentences.size());
}

BOOST_AUTO_TEST_CASE(pieces_are_those_of_spm_encode,
                     *skipped_unless_shell("command -v spm_encode", "spm_encode is not installed")) {
    trained_model const model;
    auto const text = joined("\n", sentences);
    auto const block = wordmill::sentencepiece(model.path())(block_of(text));
    std::string found;
    for (auto const& word : words_and_ends(block))
        found += word == "\n" ? word : (found.empty() || found.back() == '\n' ? "" : " ") + word;
    auto const expected = by_spm_encode(model, text);
    BOOST_REQUIRE(!expected.empty());
    BOOST_TEST(found == expected);
}

BOOST_AUTO_TEST_CASE(pieces_are_joined_to_the_text_with_single_blanks) {
    trained_model const model;
    auto const split = wordmill::sentencepiece(model.path());
    for (auto const& [sentence, expected] :
         {std::pair{sentences[0], sentences[0]}, {sentences[2], "the dog sleeps and the fox runs"}, {"", ""}}) {
        auto const block = split(block_of(sentence + "\n"));
        std::vector<std::string_view> pieces;
        for (std::size_t i = 0; i < block.words.size(); ++i) pieces.push_back(block.word(i));
        BOOST_TEST(split.join(pieces) == expected);
    }
}

BOOST_AUTO_TEST_CASE(a_tokenizer_is_described_by_the_content_of_its_model_not_by_its_path) {
    trained_model const model;
    auto const described = [](std::string const& path) {
        return wordmill::sentencepiece(path).description().at("tokenizer");
    };
    auto const moved = (model.folder / "moved.model").string();
    std::filesystem::copy_file(model.path(), moved);
    BOOST_TEST(described(moved) == described(model.path()));
    std::ofstream(moved, std::ios::binary | std::ios::app) << "\x50\x01"; // a field that the library ignores
    BOOST_TEST(described(moved) != described(model.path()));
}

BOOST_AUTO_TEST_CASE(pieces_of_a_sentence_do_not_depend_on_a_cut_at_a_space) {
    trained_model const model;
    auto const tokenize = wordmill::sentencepiece(model.path());
    auto const whole = words_and_ends(tokenize(block_of("the quick brown fox\n")));
    auto head = block_of("the quick ");
    head.continued = true;
    auto found = words_and_ends(tokenize(head));
    for (auto const& word : words_and_ends(tokenize(block_of("brown fox\n")))) found.push_back(word);
    BOOST_TEST(found == whole, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_model_that_is_none_is_refused) {
    trained_model const model;
    BOOST_CHECK_EXCEPTION((void)wordmill::sentencepiece((model.folder / "corpus.txt").string()), wordmill::error,
                          [](wordmill::error const& e) { return e.kind() == wordmill::failure::bad_data; });
    BOOST_CHECK_EXCEPTION((void)wordmill::sentencepiece((model.folder / "nothing").string()), wordmill::error,
                          [](wordmill::error const& e) { return e.kind() == wordmill::failure::no_input; });
    BOOST_CHECK_EXCEPTION((void)wordmill::sentencepiece(model.folder.string()), wordmill::error,
                          [](wordmill::error const& e) { return e.kind() == wordmill::failure::no_input; });
}
#endif

BOOST_AUTO_TEST_SUITE_END()
