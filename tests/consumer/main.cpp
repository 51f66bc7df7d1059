#include <coroutine>
#include <cstddef>
#include <cstdio>
#include <utility>
import wordmill.core;
import wordmill.compute;
import wordmill.pipeline;

wordmill::generator<wordmill::text_block> hello() {
    wordmill::text_block block;
    block.text = "You say goodbye and I say hello.\n";
    co_yield std::move(block);
}

int main() {
    auto const counts = wordmill::count_words(hello(), wordmill::book_tokenizer(), {.threads = 2});
    wordmill::vocabulary const words(counts);
    std::size_t ids = 0;
    for (auto const& block :
         hello() | wordmill::parallel(wordmill::encode(wordmill::book_tokenizer(), words), {.threads = 2}))
        ids += block.ids.size();
    std::printf("%zu tokens of %zu types, CUDA: %s\n", ids, words.size(), wordmill::query_cuda().reason.c_str());
    return ids == 8 && words.size() == 7 ? 0 : 1;
}
