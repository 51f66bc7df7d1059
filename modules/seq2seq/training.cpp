module;
#include <functional>
#include <string>
#include <utility>
module wordmill.seq2seq;
import wordmill.batch;
import wordmill.core;
import wordmill.nn;
import wordmill.safetensors;
import wordmill.training;
import :model;
import :training;

namespace wordmill {
seq2seq_trainer::seq2seq_trainer(seq2seq_model<float>& model, optimizer_options const& options, random_key key,
                                 step_rate rate)
    : model_(&model), optimizer_(model.parameters(), options), key_(key), rate_(std::move(rate)) {}

loss_sum seq2seq_trainer::step(sequence_batch const& batch) {
    if (rate_) optimizer_.set_learning_rate(rate_(optimizer_.steps()));
    auto const key = key_.fold_in(optimizer_.steps());
    auto const shape = random_key(batch.lanes).fold_in(batch.source_steps).fold_in(batch.target_steps).bits();
    auto const found =
        update_step(optimizer_, *model_->parameters().ops()->queue(), shape, [&] { return model_->learn(batch, key); });
    norm_ = found.norm;
    return found.loss;
}

void seq2seq_trainer::save_checkpoint(std::string const& path, note_map const& notes) const {
    auto all = notes;
    saved_tensors tensors;
    tensors.add(model_->parameters(), optimizer_, all);
    save_tensors(path, tensors.all(), all, {.output = {.overwrite = true}});
}

note_map seq2seq_trainer::load_checkpoint(std::string const& path) {
    auto const from = load_checkpoint_tensors(path);
    auto notes = from.notes;
    restore(model_->parameters(), optimizer_, from, notes);
    return notes;
}
}
