module wordmill.recipes:word2vec_gpu;
import :word2vec;
import wordmill.batch;
import wordmill.core;
import wordmill.pipeline;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;
import wordmill.word2vec;

namespace wordmill::detail {
/// Chooses the device before any work: whether a GPU is to train. Tells the reason where a usable GPU does not.
/// `failure::usage` when CUDA is asked for and the options are for the CPU only, `failure::unavailable` when there is
/// no usable GPU, or one without the memory for any model.
[[nodiscard]] bool wants_gpu(word2vec_recipe const& how);

/// The twin of a model on a GPU. Empty where the device was to be chosen and its memory is too small, which is told.
/// `failure::unavailable` with the plan in bytes when CUDA was asked for.
[[nodiscard]] std::optional<word2vec_on_cuda> gpu_twin(word2vec_model const& model, vocabulary const& words,
                                                       noise_distribution const& noise, word2vec_recipe const& how);

/// Blocks whose ids are on a GPU, from their headers and their edges. Checks `watch` for a request to stop.
template <class Held> generator<token_block> held_blocks(std::vector<Held> held,
                                                         std::vector<word2vec_on_cuda::edges> edges, monitor watch,
                                                         std::uint64_t stored_bytes) {
    for (std::size_t i = 0; i < held.size(); ++i) {
        watch.check();
        watch.add_stored(stored_bytes * (i + 1) / held.size() - stored_bytes * i / held.size());
        co_yield edges_of_block(held[i].header, edges[i].first, edges[i].last, held[i].ends_sentence, held[i].tokens);
    }
}
}
