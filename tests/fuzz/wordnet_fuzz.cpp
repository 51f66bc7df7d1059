#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.thesaurus;

namespace {
/// The files of the input: each follows a line "== data.noun" and the like.
wordmill::wordnet database_of(std::string_view input) {
    std::map<std::string, std::string, std::less<>> files;
    std::string* file = &files[""];
    while (!input.empty()) {
        auto const length = input.find('\n');
        auto const line = input.substr(0, length == std::string_view::npos ? length : length + 1);
        if (line.starts_with("== "))
            file = &files[std::string(line.substr(3, line.find('\n') - 3))];
        else
            *file += line;
        input.remove_prefix(line.size());
    }
    wordmill::wordnet_files all;
    constexpr std::string_view suffixes[] = {"noun", "verb", "adj", "adv"};
    for (std::size_t i = 0; i < 4; ++i) {
        std::string const suffix(suffixes[i]);
        all.data[i] = files["data." + suffix];
        all.index[i] = files["index." + suffix];
        all.exceptions[i] = files[suffix + ".exc"];
    }
    return wordmill::wordnet(std::move(all));
}

void check(bool holds) {
    if (!holds) std::abort();
}

void check_synset(wordmill::wordnet const& words, wordmill::synset_id id) {
    auto const read = words.read(id);
    check(read.id == id && !read.lemmas.empty() && read.pointers == words.pointers(id));
    auto const name = words.name(read);
    check(words.find(name) == id);
    for (auto const& lemma : read.lemmas)
        for (auto const found : words.synsets(lemma.name)) (void)words.read(found);
    for (auto const& path : wordmill::hypernym_paths(words, id)) check(path.back() == id);
    for (auto const above : wordmill::hypernyms(words, id)) {
        auto const score = wordmill::path_similarity(words, id, above);
        check(!score || (*score > 0 && *score <= 1));
        (void)wordmill::wu_palmer_similarity(words, id, above);
        (void)wordmill::leacock_chodorow_similarity(words, id, above);
    }
}
}

/// Every synset that is read is found again by its name, and similarities are in their range.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    try {
        auto const words = database_of({reinterpret_cast<char const*>(data), size});
        (void)words.version();
        for (auto const& [name, pos] : wordmill::parts_of_speech) {
            for (auto const id : words.all(pos)) try {
                    check_synset(words, id);
                } catch (wordmill::error const&) {}
            for (std::string const word : {"dogs", "looking up", "a_b-c", "boxesful"}) try {
                    (void)words.synsets(word, pos);
                } catch (wordmill::error const&) {}
        }
    } catch (wordmill::error const&) {}
    return 0;
}
