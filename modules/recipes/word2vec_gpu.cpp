module;
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>
module wordmill.recipes;
import :running;
import :word2vec;
import :word2vec_gpu;
import wordmill.batch;
import wordmill.compute;
import wordmill.core;
import wordmill.pipeline;
import wordmill.text;
import wordmill.word2vec;

namespace wordmill::detail {
namespace {
std::string why_cpu_only(word2vec_recipe const& how) {
    if (how.subwords.any()) return "subwords";
    if (how.hierarchical_softmax) return "hierarchical softmax";
    if (how.deterministic) return "a deterministic result";
    if (how.radius > word2vec_on_cuda::most_sides)
        return "windows of more than " + format_count(word2vec_on_cuda::most_sides) + " words on a side";
    return {};
}

/// Whether the GPU has the memory that is needed; with CUDA asked for, it is an error if not.
bool fits(std::uint64_t needed, std::string const& what, word2vec_recipe const& how) {
    auto const free = query_cuda_memory();
    if (needed <= free) return true;
    auto const plan = format_bytes(needed) + " of its memory for " + what;
    if (how.device == compute_device::cuda)
        throw error(failure::unavailable,
                    "CUDA: expected a GPU with " + plan + ", found " + format_bytes(free) + " free", {},
                    "raise --min-count, lower --size or --max-size, or train on the CPU");
    tell(how.run.on_message, "the CPU trains: a GPU needs " + plan + "; " + format_bytes(free) + " are free");
    return false;
}
}

bool wants_gpu(word2vec_recipe const& how) {
    if (how.device == compute_device::cpu) return false;
    auto const reason = why_cpu_only(how);
    if (how.device == compute_device::cuda && !reason.empty())
        throw error(failure::usage, "CUDA: expected options that a GPU trains with, found " + reason, {},
                    "train on the CPU");
    auto const choice = choose_device(how.device);
    if (choice.cuda && !reason.empty()) tell(how.run.on_message, "the CPU trains: " + reason);
    if (!choice.cuda || !reason.empty()) return false;
    return fits(word2vec_on_cuda::memory_bytes({.vocabulary_size = 1, .dimension = how.dimension}, {}),
                "blocks on their way", how);
}

std::optional<word2vec_on_cuda> gpu_twin(word2vec_model const& model, vocabulary const& words,
                                         noise_distribution const& noise, word2vec_recipe const& how) {
    subsample const keeps(words, {.threshold = how.subsampling});
    word2vec_on_cuda_tables tables{.counts = words.counts(), .keep_below = keeps.keep_below()};
    auto const columns = noise.columns();
    for (std::size_t i = 0; i < words.size(); ++i) {
        tables.noise.push_back({columns[i].threshold, columns[i].alias});
        tables.after.push_back(static_cast<std::uint32_t>(index(noise.after(id_at(i)))));
        tables.noise_probabilities.push_back(noise.probability(id_at(i)));
    }
    auto const kept = kept_tokens(tables.counts, tables.keep_below);
    word2vec_on_cuda_options const options{.negatives = how.negative,
                                           .sharing = how.sharing,
                                           .before = how.radius,
                                           .behind = how.radius,
                                           .shrink = how.shrink,
                                           .cross_sentences = how.cross_sentences,
                                           .in_flight = how.in_flight > 0 ? how.in_flight : windows_in_flight(kept),
                                           .kept_tokens = kept};
    auto const needed = word2vec_on_cuda::memory_bytes(model.options(), options);
    auto const what = format_count(words.size()) + " types of " + std::to_string(how.dimension)
                      + " dimensions and blocks on their way";
    if (!fits(needed, what, how)) return {};
    tell(how.run.on_message, "on the GPU: " + format_bytes(needed) + " for " + what + ", "
                                 + format_count(options.in_flight) + " windows at a time");
    return std::optional<word2vec_on_cuda>(std::in_place, model, options, tables);
}
}
