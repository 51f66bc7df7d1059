#include <atomic>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <vector>
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
#include "tensors.hpp"

using wordmill::activation;
using wordmill::recurrent_cell;
using wordmill::token_id;

namespace {
std::atomic<std::size_t> allocations{0};
}

void* operator new(std::size_t size) {
    ++allocations;
    if (auto* const memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}
void* operator new(std::size_t size, std::align_val_t alignment) {
    ++allocations;
    auto const step = static_cast<std::size_t>(alignment);
    if (auto* const memory = std::aligned_alloc(step, (size + step - 1) / step * step)) return memory;
    throw std::bad_alloc();
}
void* operator new(std::size_t size, std::align_val_t alignment, std::nothrow_t const&) noexcept {
    ++allocations;
    auto const step = static_cast<std::size_t>(alignment);
    return std::aligned_alloc(step, (size + step - 1) / step * step);
}
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {
/// Takes training steps of a model of every layer, and compares what was allocated by then.
template <class T> void check(std::shared_ptr<wordmill::operations<T>> const& ops) {
    constexpr std::size_t lanes = 2;
    constexpr std::size_t size = 8;
    wordmill::parameter_set<T> set(ops);
    auto const add_wave = [&](char const* name, std::size_t rows, std::size_t columns, double phase) -> auto& {
        auto& p = set.add(name, rows, columns);
        std::vector<T> values;
        for (auto const value : wave(rows * columns, phase)) values.push_back(static_cast<T>(value));
        p.assign(values);
        return p;
    };
    auto& table = add_wave("the table of embeddings and logits", 50, size, 1);
    auto& samples = add_wave("the table of negative samples", 50, size, 2);
    auto& weights = add_wave("the weights of the affine layer", size, 2 * size, 3);
    auto& bias = add_wave("the bias of the affine layer", 1, 2 * size, 4);
    std::vector<std::unique_ptr<wordmill::recurrent<T>>> recurrents;
    for (auto const cell : {recurrent_cell::tanh, recurrent_cell::lstm, recurrent_cell::gru}) {
        auto const name = "the recurrent layer " + std::to_string(recurrents.size());
        auto const gates = wordmill::gates_of(cell) * size;
        wordmill::recurrent_parameters<T> const parameters{set.add(name + " input", size, gates),
                                                           set.add(name + " hidden", size, gates),
                                                           set.add(name + " bias", 1, gates)};
        recurrents.push_back(std::make_unique<wordmill::recurrent<T>>(
            wordmill::recurrent_options{.cell = cell, .stateful = true}, parameters));
    }
    wordmill::embedding<T> embedding(table);
    wordmill::dropout<T> dropout(ops);
    wordmill::affine<T> affine(weights, &bias);
    wordmill::affine<T> back(weights, nullptr, wordmill::transposed::yes);
    wordmill::activation_layer<T> tanh(ops, activation::tanh);
    wordmill::negative_sampling_loss<T> sampled(samples);
    wordmill::projection_loss<T> loss(table, nullptr, wordmill::transposed::yes);
    wordmill::softmax_loss<T> other_loss(ops);
    wordmill::sampled_softmax_loss<T> some(table, add_wave("the bias of the sampled softmax", 50, 1, 5), 20);
    wordmill::adaptive_softmax_loss<T> adaptive(
        {add_wave("the head of the adaptive softmax", size, 4, 6),
         add_wave("the bias of the adaptive softmax", 1, 4, 7),
         {{add_wave("the projection of the cluster", size, 2, 8), add_wave("the weights of the cluster", 2, 50, 9)}}});
    auto const of_gates = [&](std::string const& name, std::size_t inputs, std::size_t hidden) {
        return wordmill::recurrent_parameters<T>{set.add(name + " input", inputs, 4 * hidden),
                                                 set.add(name + " hidden", hidden, 4 * hidden),
                                                 set.add(name + " bias", 1, 4 * hidden)};
    };
    wordmill::bidirectional<T> encoder({}, of_gates("the layer forwards", size, size / 2),
                                       of_gates("the layer backwards", size, size / 2));
    wordmill::recurrent<T> decoder({}, of_gates("the decoder", size, size));
    std::vector<std::unique_ptr<wordmill::attention<T>>> attentions;
    using wordmill::attention_kind;
    for (auto const kind : {attention_kind::dot, attention_kind::general, attention_kind::additive}) {
        auto const name = "the attention " + std::to_string(attentions.size());
        attentions.push_back(std::make_unique<wordmill::attention<T>>(
            kind, wordmill::add_attention(kind, {.query = size, .key = size}, name, set, wordmill::random_key(9)),
            ops));
    }
    std::vector const order{token_id{1}, token_id{0}};
    wordmill::mirrored<std::uint32_t> lengths(ops->queue());
    (void)lengths.assign(std::vector<std::uint32_t>{2, 1});
    std::vector<std::unique_ptr<wordmill::turing_machine<T>>> machines;
    for (auto const controller : {wordmill::machine_controller::lstm, wordmill::machine_controller::feed_forward}) {
        wordmill::turing_machine_options const options{
            .controller = controller, .inputs = size, .hidden = size / 2, .slots = 5, .width = size / 2};
        auto const name = "the machine " + std::to_string(machines.size());
        machines.push_back(std::make_unique<wordmill::turing_machine<T>>(
            options, wordmill::add_turing_machine(options, name, set, wordmill::random_key(8))));
    }
    /// An encoder and a decoder that goes step by step.
    auto const translate = [&](wordmill::device_view<T const> x) {
        auto const steps = x.rows / lanes;
        auto const step_of = [&](wordmill::device_view<T const> all, std::size_t t) {
            return rows_of(all, t * lanes, lanes);
        };
        auto const values = encoder.forward(x, lanes, lengths.device());
        decoder.set_state(encoder.state());
        decoder.begin(steps, lanes);
        for (auto const& attention : attentions) attention->attend_to(values, lanes, lengths.device(), steps);
        for (std::size_t t = 0; t < steps; ++t) {
            auto const query = decoder.forward_steps(step_of(x, t), t);
            for (auto const& attention : attentions) (void)attention->forward(query, t);
        }
        decoder.begin_backward();
        for (auto t = steps; t-- > 0;) {
            for (auto const& attention : attentions) (void)attention->backward(step_of(x, t), t);
            (void)decoder.backward_steps(step_of(x, t), t);
        }
        (void)encoder.backward(attentions.front()->d_values(), decoder.d_state());
    };
    wordmill::transformer_encoder<T> transformer_encoder(
        {.layers = 2, .heads = 2, .size = size, .inner = 2 * size, .inner_activation = activation::gelu},
        "the encoder of the Transformer", set, wordmill::random_key(10));
    wordmill::transformer_decoder<T> transformer_decoder({.layers = 2,
                                                          .heads = 2,
                                                          .size = size,
                                                          .inner = 2 * size,
                                                          .positions = wordmill::position_kind::rotary,
                                                          .memory = 2,
                                                          .source_size = size},
                                                         "the decoder of the Transformer", set,
                                                         wordmill::random_key(11));
    /// A Transformer that trains on a sequence, and then decodes one step more.
    auto const transform = [&](wordmill::device_view<T const> x) {
        wordmill::pass const training{true, wordmill::random_key(12)};
        auto const steps = x.rows / lanes;
        auto const values = transformer_encoder.forward(x, lanes, lengths.device(), training);
        transformer_decoder.attend_to(values, lanes, lengths.device(), steps);
        (void)transformer_decoder.forward(x, 0, training);
        (void)transformer_decoder.backward(x);
        (void)transformer_encoder.backward(transformer_decoder.d_values());
        transformer_decoder.carry();
        transformer_decoder.attend_to(values, lanes, lengths.device(), steps);
        (void)transformer_decoder.forward(rows_of(x, 0, lanes));
        transformer_decoder.reorder(order);
        (void)transformer_decoder.weights(1, 0);
        transformer_decoder.forget();
    };
    auto const step = [&](std::span<token_id const> ids) {
        set.begin_step();
        auto x = dropout.forward(embedding.forward(ids), {true, wordmill::random_key(1)}, lanes);
        translate(x);
        transform(x);
        for (auto const& layer : recurrents) x = layer->forward(x, lanes);
        for (auto const& machine : machines) x = machine->forward(x, lanes);
        x = back.forward(tanh.forward(affine.forward(x)));
        (void)other_loss.forward(x, ids);
        (void)other_loss.backward();
        (void)sampled.forward(x, ids, ids);
        (void)sampled.backward();
        (void)some.forward(x, ids, wordmill::random_key(2));
        (void)adaptive.forward(x, ids);
        (void)loss.forward(x, ids);
        auto d_x = affine.backward(tanh.backward(back.backward(loss.backward())));
        for (std::size_t i = machines.size(); i-- > 0;) d_x = machines[i]->backward(d_x);
        for (std::size_t i = recurrents.size(); i-- > 0;) d_x = recurrents[i]->backward(d_x);
        embedding.backward(dropout.backward(d_x));
        (void)set.gradient_norm();
    };
    std::vector<token_id> ids;
    for (std::size_t i = 0; i < 6 * lanes; ++i) ids.push_back(wordmill::id_at(7 * i % size));
    step(ids);
    step(ids); // a layer with a state copies it only now
    auto const before = allocations.load();
    step(ids);
    step(std::span(ids).first(2 * lanes));
    step(ids);
    BOOST_TEST(allocations.load() == before);
    BOOST_TEST(before > 0u);
}
}

BOOST_AUTO_TEST_SUITE(allocations_of_layers)

BOOST_AUTO_TEST_CASE(a_training_step_after_the_first_allocates_nothing) {
    check(reference_of()); // its tensors are allocated by operator new too
    for (unsigned const threads : {1U, 2U}) check(wordmill::cpu_operations(threads));
}

BOOST_AUTO_TEST_SUITE_END()
