// Saito Goki, "Deep Learning from Scratch 2" (O'Reilly Japan 2018), section 2.2 and appendix B: synonyms, hypernyms and
// similarity in WordNet.
//   book_thesaurus [FOLDER]   of WordNet's database; by default where it is installed
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>
import wordmill.thesaurus;

int main(int argc, char** argv) try {
    auto const environment = [](char const* name) { return std::getenv(name); };
    auto const words =
        wordmill::load_wordnet(argc > 1 ? argv[1] : wordmill::find_wordnet(wordmill::wordnet_folders(environment)));
    std::printf("synsets of car\n");
    for (auto const id : words.synsets("car")) {
        auto const synset = words.read(id);
        std::printf("  %s: %s\n", words.name(id).c_str(), synset.definition.c_str());
        for (auto const& lemma : synset.lemmas) std::printf("    %s\n", lemma.name.c_str());
    }
    auto const car = words.find("car.n.01");
    std::printf("path of hypernyms\n");
    auto const paths = wordmill::hypernym_paths(words, car);
    for (auto const id : paths.front()) std::printf("  %s\n", words.name(id).c_str());
    std::printf("path similarity to car.n.01\n");
    for (auto const* const other : {"novel.n.01", "dog.n.01", "motorcycle.n.01"})
        std::printf("  %s: %.4f\n", other, wordmill::path_similarity(words, car, words.find(other)).value_or(0));
} catch (std::exception const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
}
