module;
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
module wordmill.recipes;
import :language_evaluation;
import :language_model_folder;
import wordmill.core;
import wordmill.language_model;
import wordmill.pipeline;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
language_scores evaluate_language_model(folder_model& loaded, any_corpus const& corpus,
                                        language_evaluation_options const& options, pass_options const& pass) {
    auto const unknown = loaded.words.unknown();
    corpus.require_sentence_mark(loaded.words, loaded.text.sentence_end);
    stored_ids const ids(corpus.ids(loaded.words, pass), options.temporary_folder, pass.watch);
    language_scores found{.models_unknown = unknown.has_value()};
    if (unknown || !corpus.encoded()) found.left_out = pass.counts.dropped_count("token", "unknown");
    if (ids.size() < 2)
        throw error(
            failure::bad_data,
            "language model: expected two tokens of the model's vocabulary or more, found " + std::to_string(ids.size())
                + (found.left_out.value_or(0) > 0 ? " and " + format_count(*found.left_out) + " unknown ones" : ""));
    found.lanes = options.lanes == 0 ? evaluation_lanes(ids.size()) : options.lanes;
    found.score = evaluate_perplexity(
        loaded.model,
        bptt_batches(ids, {.lanes = found.lanes,
                           .steps = options.steps == 0 ? evaluation_steps(loaded.model.options()) : options.steps,
                           .progress = pass.watch}),
        unknown);
    return found;
}
}
