// Trains word vectors with one call, asks for neighbours and saves the vectors.
#include <cstdio>
#include <vector>
import wordmill;

int main(int, char** argv) {
    auto const corpus = wordmill::read("corpora/data/english.txt"); // or many files, any codec and format
    auto const vectors = wordmill::train_skip_gram(
        corpus, {.dimension = 50, .epochs = 50, .learning_rate = 0.2, .words = {.min_count = 2}});
    for (auto const& n : wordmill::nearest(vectors, "they", {.top = 5}))
        std::printf("%-12s %.3f\n", n.word.c_str(), n.score);
    wordmill::save_vectors(vectors, argv[1]); // the name tells the format: vectors.bin, .txt, .npy, .safetensors
}
