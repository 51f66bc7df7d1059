module;
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
module wordmill.seq2seq;
import wordmill.core;
import wordmill.nn;
import wordmill.training;
import :options;

namespace wordmill {
void seq2seq_options::check() const {
    auto const refuse = [](std::string const& text) {
        throw error(failure::usage, "sequence-to-sequence model: " + text);
    };
    for (auto const& [size, what] :
         {std::pair(source_vocabulary, "a source vocabulary"), std::pair(target_vocabulary, "a target vocabulary"),
          std::pair(embedding_size, "an embedding size"), std::pair(hidden_size, "a hidden size"),
          std::pair(layers, "a number of layers")})
        if (size == 0) refuse(std::string("expected ") + what + " of 1 or more, found 0");
    if (shared_embedding && source_vocabulary != target_vocabulary)
        refuse("a shared embedding: expected one vocabulary, found one of " + std::to_string(source_vocabulary)
               + " and one of " + std::to_string(target_vocabulary));
    if (bidirectional && hidden_size % 2 != 0)
        refuse("two directions: expected an even hidden size, half of it for each direction, found "
               + std::to_string(hidden_size));
    if (!(dropout >= 0 && dropout < 1))
        refuse("expected a dropout ratio from 0 to below 1, found " + format_short(dropout));
    if (!(label_smoothing >= 0 && label_smoothing < 1))
        refuse("expected a label smoothing from 0 to below 1, found " + format_short(label_smoothing));
    if (!std::isfinite(forget_bias)) refuse("expected a finite forget bias");
    if (transformer) {
        if (embedding_size != hidden_size)
            refuse("transformer: expected equal sizes of embeddings and layers, found " + std::to_string(embedding_size)
                   + " and " + std::to_string(hidden_size));
        if (bidirectional || skip || peeky || attention)
            refuse("transformer: expected none of two directions, skip connections, a peeky decoder and another "
                   "attention, found one");
        if (transformer->memory > 0)
            refuse("transformer: expected no memory, found one of " + std::to_string(transformer->memory)
                   + " positions");
        (void)encoder_stack();
    }
    if (!attention && output == attention_output::combined)
        refuse("a combined output: expected attention beside it, found none");
    if (!attention && input_feeding) refuse("input feeding: expected attention beside it, found none");
}

transformer_options seq2seq_options::encoder_stack() const { return transformer->stack(layers, hidden_size, dropout); }

transformer_options seq2seq_options::decoder_stack() const {
    auto stack = encoder_stack();
    stack.source_size = hidden_size;
    return stack;
}

std::uint64_t seq2seq_options::weights() const {
    auto const h = hidden_size, gates = gates_of(cell);
    auto const recurrent = [&](std::uint64_t inputs, std::uint64_t size) {
        return checked_product(checked_sum(checked_sum(inputs, size), 1), checked_product(gates, size));
    };
    std::uint64_t values = checked_product(source_vocabulary, embedding_size);
    if (!shared_embedding) values = checked_sum(values, checked_product(target_vocabulary, embedding_size));
    if (transformer) {
        values = checked_sum(values, checked_sum(weights_of(encoder_stack()), weights_of(decoder_stack())));
        return checked_sum(values, checked_product(target_vocabulary, projected_size() + 1));
    }
    for (std::size_t l = 0; l < layers; ++l) {
        auto const encoded = l == 0 ? embedding_size : h;
        values = checked_sum(values, bidirectional ? 2 * recurrent(encoded, h / 2) : recurrent(encoded, h));
        values = checked_sum(values, recurrent(l == 0 ? decoder_input() : h, h));
    }
    auto const square = checked_product(h, h);
    if (attention == attention_kind::general) values = checked_sum(values, square);
    if (attention == attention_kind::additive) values = checked_sum(values, 2 * square + 2 * h);
    if (combines()) values = checked_sum(values, checked_product(joined_size(), h));
    return checked_sum(values, checked_product(target_vocabulary, projected_size() + 1));
}

std::uint64_t seq2seq_options::memory_bytes() const { return checked_product(weights(), 8); }

namespace {
/// Numbers that a GPU keeps for each token of a source and of a target, and for each pair.
struct kept_numbers {
    std::uint64_t of_source = 0;
    std::uint64_t of_target = 0;
    std::uint64_t of_pair = 0;
    std::uint64_t of_model = 0;
};
kept_numbers kept_by(seq2seq_options const& o, std::size_t source_tokens) {
    auto const h = o.hidden_size;
    if (o.transformer) {
        auto const stack = o.encoder_stack();
        // As in a language model; and of attention to the source: keys and values there, and those of lanes that move,
        // queries, contexts, their projection, and what is normalised and added, here; and gradients, of one layer.
        auto const layer = 13 * h + 3 * stack.inner + stack.heads, all = 22 * h + stack.inner + 10;
        return {all + 4 * h + o.layers * (layer + 6 * h), all + 7 * h + o.layers * (layer + 6 * h + stack.heads)};
    }
    // The embedding, its dropout and gradient; of each layer its gates, hidden values, cells, r h, dropout, sums of a
    // skip connection and the gradient of its input; and what two directions read and write turned around.
    auto const layer = (gates_of(o.cell) + (o.bidirectional ? 16 : 10)) * h;
    // Of attention: keys, their gradient, and that of the encoder's outputs.
    auto const of_source = 4 * o.embedding_size + o.layers * layer + (o.attention ? 3 * h : 0) + 4;
    // What is joined for the projection and its gradient; of attention: queries, contexts, and their gradients.
    auto const of_target = 4 * o.embedding_size + 2 * o.decoder_input() + o.layers * layer + 3 * o.joined_size() + 4 * h
                           + (o.attention ? 10 * h + 2 * source_tokens : 0) + 10;
    kept_numbers kept{of_source, of_target, (6 * o.layers + 6) * h};
    if (o.cell == recurrent_cell::gru) return kept;
    // What cuDNN keeps of each row, its copies of the weights, and memory to try its plans.
    auto const gates = gates_of(o.cell) * h;
    kept.of_source += o.layers * (2 * gates + 2 * h) + o.embedding_size;
    kept.of_target += o.layers * (2 * gates + 2 * h) + o.decoder_input();
    kept.of_model = checked_product(6 * gates, o.decoder_input() + 2 * o.layers * h + o.layers);
    return kept;
}
}

std::uint64_t seq2seq_options::working_bytes(std::size_t pairs, std::size_t source_tokens,
                                             std::size_t target_tokens) const {
    auto const sources = checked_product(pairs, source_tokens), targets = checked_product(pairs, target_tokens + 1);
    auto const kept = kept_by(*this, source_tokens);
    auto const values =
        checked_sum(checked_sum(checked_product(sources, kept.of_source), checked_product(targets, kept.of_target)),
                    checked_sum(checked_product(pairs, kept.of_pair), kept.of_model));
    return cuda_step_bytes(values, 4 + 4 * layers, targets, target_vocabulary);
}
}
