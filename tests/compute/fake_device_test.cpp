#include <boost/test/unit_test.hpp>
#include <cmath>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>
import wordmill.batch;
import wordmill.compute;
import wordmill.core;
import wordmill.language_model;
import wordmill.nn;
#include "../io/failure_of.hpp"
#include "fake_device.hpp"

namespace wm = wordmill;

namespace {
struct fake_device {
    std::shared_ptr<fake_queue> queue = std::make_shared<fake_queue>();
    std::shared_ptr<wm::operations<float>> ops = std::make_shared<fake_operations<float>>(queue);
};

/// The signal that ends a process which does `work`; 0 when none does.
template <class Work> int signal_of(Work const& work) {
    auto const child = fork();
    if (child == 0) {
        std::signal(SIGSEGV, SIG_DFL);
        work();
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

std::vector<float> wave(std::size_t count, double phase) {
    std::vector<float> values(count);
    for (std::size_t i = 0; i < count; ++i)
        values[i] = static_cast<float>(std::sin(1.7 * static_cast<double>(i) + phase));
    return values;
}
wm::parameter<float>& add_wave(wm::parameter_set<float>& set, std::string const& name, std::size_t rows,
                               std::size_t columns) {
    auto& p = set.add(name, rows, columns);
    p.assign(wave(rows * columns, static_cast<double>(set.size())));
    return p;
}

/// What a computation leaves on a device; asked for without waiting, read afterwards.
struct results {
    std::vector<std::function<std::vector<double>()>> later{};
    void add(wm::parameter_set<float>& set) {
        for (auto& p : set) {
            later.emplace_back([&p] { return doubles(p.host_values()); });
            later.emplace_back([&p] { return doubles(p.host_gradient()); });
        }
    }
    void add(wm::operations<float> const& ops, wm::device_view<float const> x) {
        later.emplace_back([&ops, x] { return doubles(on_host(ops, x)); });
    }
    void add(wm::deferred<wm::loss_sum> const& loss) {
        later.emplace_back([loss] {
            auto const& value = loss.wait();
            return std::vector{value.sum, static_cast<double>(value.count)};
        });
    }
    static std::vector<double> doubles(std::vector<float> const& x) { return {x.begin(), x.end()}; }
    [[nodiscard]] std::vector<std::vector<double>> read() const {
        std::vector<std::vector<double>> all;
        for (auto const& one : later) all.push_back(one());
        return all;
    }
};

void same_bits(std::vector<std::vector<double>> const& found, std::vector<std::vector<double>> const& expected) {
    BOOST_TEST_REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        BOOST_TEST(found[i] == expected[i], boost::test_tools::per_element());
        for (auto const value : found[i]) BOOST_TEST_REQUIRE(std::isfinite(value));
    }
}

/// `make(ops)` makes an object whose `run(results&)` puts work in the queue: it leaves on the fake device what it
/// leaves on the reference, and does not wait for anything.
template <class Make> void same_on_the_fake_device(Make const& make) {
    auto const on_reference = make(wm::reference_operations<float>());
    results expected;
    on_reference->run(expected);
    fake_device const fake;
    auto const on_fake = make(fake.ops);
    results found;
    {
        fake_queue::no_waits const scope(*fake.queue);
        on_fake->run(found);
    }
    BOOST_TEST(fake.queue->asked() > 0U);
    BOOST_TEST(fake.queue->waits() == 0U);
    same_bits(found.read(), expected.read());
}

wm::bptt_batch batch_of(std::size_t lanes, std::size_t steps, std::size_t vocabulary) {
    wm::bptt_batch batch;
    batch.lanes = lanes;
    batch.steps = steps;
    for (std::size_t i = 0; i < lanes * steps; ++i) {
        batch.inputs.push_back(wm::id_at(i * i % vocabulary));
        batch.targets.push_back(i % 7 == 3 ? wm::no_token : wm::id_at((i + 1) * (i + 1) % vocabulary));
        batch.counted += i % 7 == 3 ? 0 : 1;
    }
    return batch;
}
}

BOOST_AUTO_TEST_SUITE(faults_on_the_fake_device)

BOOST_AUTO_TEST_CASE(a_host_that_touches_device_memory_is_caught) {
    fake_device const fake;
    wm::tensor<float> x(fake.ops, 2, 3), y(fake.ops, 2, 3);
    fake.queue->wait();
    auto const reference = wm::reference_operations<float>();
    // The reference's code runs on the host, with views of another device.
    BOOST_TEST(signal_of([&] { reference->fill(x.view(), 1); }) == SIGSEGV);
    BOOST_TEST(signal_of([&] { reference->copy(x.view(), y.view()); }) == SIGSEGV);
    BOOST_TEST(signal_of([&] { fake.ops->fill(x.view(), 1); }) == 0);
}

BOOST_AUTO_TEST_CASE(a_result_that_is_read_without_a_wait_is_caught) {
    fake_device const fake;
    wm::tensor<float> x(fake.ops, 1, 2);
    x.assign(std::vector<float>{3, 4});
    std::vector<float> found(2, 0);
    fake.queue->download(x.view(), found);
    BOOST_TEST((std::isnan(found[0]) && std::isnan(found[1]))); // and not the value
    fake.queue->wait();
    BOOST_TEST((found == std::vector<float>{3, 4}));
    wm::deferred<double> squares(fake.queue);
    fake.ops->sum_of_squares(x.view(), squares.target());
    squares.request();
    BOOST_TEST(!squares.ready());
    BOOST_CHECK_THROW((void)squares.value(), wm::contract_violation);
    fake.queue->wait();
    BOOST_TEST(squares.value() == 25.0);
}

BOOST_AUTO_TEST_CASE(a_call_that_waits_where_it_should_be_queued_is_caught) {
    fake_device const fake;
    wm::tensor<float> x(fake.ops, 1, 2);
    wm::parameter_set<float> set(fake.ops);
    add_wave(set, "p", 1, 2);
    wm::deferred<double> number(fake.queue);
    fake_queue::no_waits const scope(*fake.queue);
    fake.ops->fill(x.view(), 1);
    BOOST_CHECK_THROW((void)x.values(), std::logic_error);
    BOOST_CHECK_THROW((void)set.gradient_norm(), std::logic_error);
    BOOST_CHECK_THROW((void)number.wait(), std::logic_error);
    BOOST_TEST(fake.queue->waits() == 0U);
}

BOOST_AUTO_TEST_CASE(work_that_was_asked_for_before_a_release_still_finds_the_memory) {
    fake_device const fake;
    wm::tensor<float> kept(fake.ops, 1, 2);
    {
        wm::tensor<float> gone(fake.ops, 1, 2);
        gone.assign(std::vector<float>{5, 6});
        fake.ops->copy(gone.view(), kept.view());
    }
    BOOST_TEST((kept.values() == std::vector<float>{5, 6}));
    wm::device_view<float const> view;
    {
        wm::tensor<float> const gone(fake.ops, 1, 2);
        view = gone.view();
    }
    BOOST_TEST(std::isnan(on_host(*fake.ops, view)[0])); // what comes after does not
}

BOOST_AUTO_TEST_CASE(what_goes_while_the_device_still_writes_to_it_waits) {
    fake_device const fake;
    wm::parameter_set<float> set(fake.ops);
    add_wave(set, "p", 1, 2);
    {
        wm::deferred<double> number(fake.queue);
        number.request();
        (void)number.target();
        BOOST_TEST(fake.queue->waits() == 0U);
    }
    BOOST_TEST(fake.queue->waits() == 1U);
    {
        wm::optimizer<float> sgd(set, {});
        sgd.step();
    }
    BOOST_TEST(fake.queue->waits() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(work_on_the_fake_device)

namespace {
/// An encoder of lanes of different lengths, and a decoder that attends to it and goes step by step.
struct encoder_and_decoder {
    static constexpr std::size_t lanes = 2, steps = 3, size = 4;
    encoder_and_decoder(std::shared_ptr<wm::operations<float>> device, wm::attention_kind kind)
        : ops(std::move(device)), set(ops), of_kind(kind) {
        (void)lengths.assign(std::vector<std::uint32_t>{3, 1});
        x.assign(wave(steps * lanes * size, 1));
        d.assign(wave(steps * lanes * size, 2));
    }
    void run(results& out) {
        set.begin_step();
        auto const values = encoder.forward(x.view(), lanes, lengths.device());
        attention.attend_to(values, lanes, lengths.device(), steps);
        ops->repeat_rows(encoder.state().hidden, repeated.view());
        decoder.set_state({rows_of(repeated.view(), 0, lanes), encoder.state().cells});
        decoder.begin(steps, lanes);
        for (std::size_t t = 0; t < steps; ++t)
            (void)attention.forward(decoder.forward_steps(step_of(repeated.view(), t), t), t);
        out.add(*ops, attention.weights());
        decoder.begin_backward();
        for (auto t = steps; t-- > 0;) (void)decoder.backward_steps(attention.backward(step_of(d.view(), t), t), t);
        out.add(*ops, encoder.backward(attention.d_values(), decoder.d_state()));
        ops->sum_steps(d.view(), 0, rows_of(repeated.view(), 0, lanes));
        out.add(*ops, repeated.view());
        out.add(set);
    }
    static wm::device_view<float const> step_of(wm::device_view<float const> all, std::size_t t) {
        return rows_of(all, t * lanes, lanes);
    }
    wm::recurrent_parameters<float> parameters(std::string const& name, std::size_t inputs, std::size_t hidden) {
        return {add_wave(set, name + " input", inputs, 4 * hidden), add_wave(set, name + " hidden", hidden, 4 * hidden),
                add_wave(set, name + " bias", 1, 4 * hidden)};
    }

    std::shared_ptr<wm::operations<float>> ops;
    wm::parameter_set<float> set;
    wm::attention_kind of_kind;
    wm::mirrored<std::uint32_t> lengths{ops->queue()};
    wm::tensor<float> x{ops, steps* lanes, size}, d{ops, steps* lanes, size}, repeated{ops, steps* lanes, size};
    wm::bidirectional<float> encoder{{.cell = wm::recurrent_cell::lstm},
                                     parameters("forwards", size, size / 2),
                                     parameters("backwards", size, size / 2)};
    wm::recurrent<float> decoder{{.cell = wm::recurrent_cell::lstm}, parameters("decoder", size, size)};
    wm::attention<float> attention{
        of_kind, wm::add_attention(of_kind, {.query = size, .key = size}, "attention", set, wm::random_key(3)), ops};
};

/// A neural Turing machine over sequences of two numbers of lanes.
struct machine_steps {
    static constexpr std::size_t lanes = 2, steps = 3;
    machine_steps(std::shared_ptr<wm::operations<float>> device, wm::machine_controller controller)
        : ops(std::move(device)),
          set(ops),
          options{.controller = controller, .inputs = 4, .hidden = 3, .slots = 5, .width = 2, .read_heads = 2} {
        x.assign(wave(steps * lanes * 4, 1));
        d.assign(wave(steps * lanes * 7, 2));
    }
    void run(results& out) {
        wm::device_view<float const> y, d_x;
        for (std::size_t const some : {1, 2}) { // lanes
            set.begin_step();
            y = machine.forward(rows_of(x.view(), 0, steps * some), some);
            d_x = machine.backward(rows_of(d.view(), 0, steps * some));
        }
        out.add(*ops, y);
        out.add(*ops, d_x);
        out.add(*ops, machine.added());
        out.add(*ops, machine.weightings());
        out.add(*ops, machine.memory());
        out.add(set);
    }

    std::shared_ptr<wm::operations<float>> ops;
    wm::parameter_set<float> set;
    wm::turing_machine_options options;
    wm::turing_machine<float> machine{options, wm::add_turing_machine(options, "machine", set, wm::random_key(3))};
    wm::tensor<float> x{ops, steps* lanes, 4}, d{ops, steps* lanes, 7};
};

/// A Transformer that trains on a sequence, remembers its end and decodes two steps more, with lanes that move.
struct transformer_steps {
    static constexpr std::size_t lanes = 2, steps = 3, size = 4;
    explicit transformer_steps(std::shared_ptr<wm::operations<float>> device) : ops(std::move(device)), set(ops) {
        (void)lengths.assign(std::vector<std::uint32_t>{3, 1});
        x.assign(wave(steps * lanes * size, 1));
        d.assign(wave(steps * lanes * size, 2));
    }
    void run(results& out) {
        set.begin_step();
        wm::pass const training{.training = true, .key = wm::random_key(5)};
        auto const values = encoder.forward(x.view(), lanes, lengths.device(), training);
        decoder.attend_to(values, lanes, lengths.device(), steps);
        out.add(*ops, decoder.forward(d.view(), 0, training));
        (void)decoder.backward(x.view());
        out.add(*ops, encoder.backward(decoder.d_values()));
        out.add(set);
        decoder.carry();
        decoder.attend_to(values, lanes, lengths.device(), 2);
        (void)decoder.forward(rows_of(d.view(), 0, lanes));
        decoder.reorder(std::vector{wm::id_at(1), wm::id_at(0)});
        (void)decoder.forward(rows_of(d.view(), lanes, lanes), 1);
        out.add(*ops, decoder.weights(0, 1));
        out.add(*ops, decoder.self_weights(1, 0));
    }

    std::shared_ptr<wm::operations<float>> ops;
    wm::parameter_set<float> set;
    wm::mirrored<std::uint32_t> lengths{ops->queue()};
    wm::tensor<float> x{ops, steps* lanes, size}, d{ops, steps* lanes, size};
    wm::transformer_encoder<float> encoder{
        {.layers = 2, .heads = 2, .size = size, .inner = 6, .norm = wm::norm_placement::after},
        "encoder",
        set,
        wm::random_key(1)};
    wm::transformer_decoder<float> decoder{{.layers = 2,
                                            .heads = 2,
                                            .size = size,
                                            .inner = 6,
                                            .inner_activation = wm::activation::gelu,
                                            .positions = wm::position_kind::rotary,
                                            .memory = 2,
                                            .source_size = size},
                                           "decoder",
                                           set,
                                           wm::random_key(2)};
};

/// All layers, one after the other, and losses on top.
struct many_layers {
    static constexpr std::size_t lanes = 2, size = 4, words = 9;
    explicit many_layers(std::shared_ptr<wm::operations<float>> device) : ops(std::move(device)), set(ops) {}
    void run(results& out) {
        std::vector<wm::token_id> const ids{wm::id_at(3), wm::id_at(0), wm::id_at(3), wm::id_at(8)};
        std::vector<wm::token_id> const targets{wm::id_at(1), wm::no_token, wm::id_at(7), wm::id_at(2)};
        for (int step = 0; step < 3; ++step) {
            set.begin_step();
            auto x = drop.forward(embed.forward(ids), {true, wm::random_key(1)}, lanes);
            for (auto const& layer : recurrents) x = layer->forward(x, lanes);
            x = both.forward(x, lanes);
            x = back.forward(tanh.forward(up.forward(x)));
            auto const plain = softmax.forward(x, std::vector<wm::token_id>(4, wm::id_at(2)));
            out.add(*ops, softmax.backward());
            auto const marks = sigmoid.forward(x, std::vector<std::uint8_t>(4 * size, 1));
            auto const negative = negatives.forward(x, ids, ids);
            auto const some = sampled.forward(x, targets, wm::random_key(2));
            auto const clusters = adaptive.forward(x, targets);
            auto const full = loss.forward(x, targets);
            for (auto const& one : {plain, marks, negative, some, clusters, full}) one.request();
            auto d = both.backward(up.backward(tanh.backward(back.backward(loss.backward()))));
            for (auto i = recurrents.size(); i-- > 0;) d = recurrents[i]->backward(d);
            embed.backward(drop.backward(d));
            (void)negatives.backward();
            adam.step(full.source());
            if (step == 2)
                for (auto const& one : {plain, marks, negative, some, clusters, full}) out.add(one);
        }
        out.add(*ops, sampled.logits(embed.forward(ids)));
        out.later.emplace_back([this] { return std::vector{adam.norm()}; });
        out.add(set);
        for (auto const& m : adam.moments()) out.add(*ops, m.values);
    }

    std::shared_ptr<wm::operations<float>> ops;
    wm::parameter_set<float> set;
    std::vector<std::unique_ptr<wm::recurrent<float>>> recurrents = every_cell();
    wm::parameter<float>& table = add_wave(set, "table", words, size);
    wm::embedding<float> embed{table};
    wm::dropout<float> drop{ops};
    wm::affine<float> up{add_wave(set, "up", 2 * size, 5), &add_wave(set, "up.bias", 1, 5)};
    wm::activation_layer<float> tanh{ops, wm::activation::tanh};
    wm::affine<float> back{add_wave(set, "back", size, 5), nullptr, wm::transposed::yes};
    wm::bidirectional<float> both{{.cell = wm::recurrent_cell::lstm}, parameters("forwards"), parameters("backwards")};
    wm::softmax_loss<float> softmax{ops};
    wm::sigmoid_loss<float> sigmoid{ops};
    wm::negative_sampling_loss<float> negatives{add_wave(set, "negatives", words, size)};
    wm::sampled_softmax_loss<float> sampled{table, add_wave(set, "sampled.bias", words, 1), 5};
    wm::adaptive_softmax_loss<float> adaptive{
        {add_wave(set, "head", size, 4),
         add_wave(set, "head.bias", 1, 4),
         {{add_wave(set, "down", size, 2), add_wave(set, "cluster", 2, words - 3)}}}};
    wm::projection_loss<float> loss{table, nullptr, wm::transposed::yes};
    wm::optimizer<float> adam{set, {.kind = wm::optimizer_kind::adam, .max_norm = 1}};

    wm::recurrent_parameters<float> parameters(std::string const& name,
                                               wm::recurrent_cell cell = wm::recurrent_cell::lstm) {
        auto const gates = wm::gates_of(cell) * size;
        return {add_wave(set, name + ".input", size, gates), add_wave(set, name + ".hidden", size, gates),
                add_wave(set, name + ".bias", 1, gates)};
    }
    std::vector<std::unique_ptr<wm::recurrent<float>>> every_cell() {
        std::vector<std::unique_ptr<wm::recurrent<float>>> layers;
        for (auto const cell : {wm::recurrent_cell::tanh, wm::recurrent_cell::lstm, wm::recurrent_cell::gru})
            layers.push_back(
                std::make_unique<wm::recurrent<float>>(wm::recurrent_options{.cell = cell, .stateful = true},
                                                       parameters(std::to_string(layers.size()), cell)));
        return layers;
    }
};

/// Whole steps of training a language model.
struct language_steps {
    language_steps(std::shared_ptr<wm::operations<float>> device, wm::language_model_options const& options,
                   wm::optimizer_kind kind)
        : ops(std::move(device)),
          model(options, ops, wm::random_key(1)),
          optimizer(model.parameters(), {.kind = kind, .max_norm = 0.25}) {}
    void run(results& out) {
        auto const batch = batch_of(3, 4, model.options().vocabulary_size);
        for (std::uint64_t step = 0; step < 3; ++step) {
            auto const loss = model.learn(batch, wm::random_key(2).fold_in(step));
            optimizer.step(loss.source());
            loss.request();
            if (step == 2) out.add(loss);
        }
        out.later.emplace_back([this] { return std::vector{optimizer.norm()}; });
        out.add(model.parameters());
        out.add(model.evaluate(batch));
    }

    std::shared_ptr<wm::operations<float>> ops;
    wm::language_model<float> model;
    wm::optimizer<float> optimizer;
};
}

BOOST_AUTO_TEST_CASE(layers_losses_and_optimizers_leave_the_bits_of_the_reference) {
    same_on_the_fake_device([](auto ops) { return std::make_unique<many_layers>(std::move(ops)); });
}

BOOST_AUTO_TEST_CASE(encoders_and_decoders_with_attention_leave_the_bits_of_the_reference) {
    using kind = wm::attention_kind;
    for (auto const one : {kind::dot, kind::scaled_dot, kind::general, kind::additive})
        same_on_the_fake_device([one](auto ops) { return std::make_unique<encoder_and_decoder>(std::move(ops), one); });
}

BOOST_AUTO_TEST_CASE(neural_turing_machines_leave_the_bits_of_the_reference) {
    for (auto const controller : {wm::machine_controller::lstm, wm::machine_controller::feed_forward})
        same_on_the_fake_device([controller](auto ops) { return std::make_unique<machine_steps>(ops, controller); });
}

BOOST_AUTO_TEST_CASE(transformers_leave_the_bits_of_the_reference) {
    same_on_the_fake_device([](auto ops) { return std::make_unique<transformer_steps>(std::move(ops)); });
}

BOOST_AUTO_TEST_CASE(steps_of_every_optimizer_leave_the_bits_of_the_reference) {
    using kind = wm::optimizer_kind;
    for (auto const one : {kind::sgd, kind::momentum, kind::nesterov, kind::adagrad, kind::rmsprop, kind::adam})
        same_on_the_fake_device([one](auto ops) {
            return std::make_unique<language_steps>(
                std::move(ops), wm::language_model_options{.vocabulary_size = 7, .embedding_size = 3, .hidden_size = 3},
                one);
        });
}

BOOST_AUTO_TEST_CASE(training_steps_of_language_models_wait_for_nothing_and_leave_the_bits_of_the_reference) {
    wm::language_model_options const small{.vocabulary_size = 11, .embedding_size = 4, .hidden_size = 4, .layers = 2};
    auto better = small, sampled = small, adaptive = small, gru = small;
    better.dropout = 0.5;
    better.tied = better.skip = true;
    better.forget_bias = 1;
    sampled.softmax = wm::softmax_kind::sampled;
    sampled.samples = 4;
    adaptive.softmax = wm::softmax_kind::adaptive;
    adaptive.cutoffs = {3, 6};
    gru.cell = wm::recurrent_cell::gru;
    gru.dropout = 0.25;
    gru.dropout_per_sequence = true;
    for (auto const& options : {small, better, sampled, adaptive, gru})
        same_on_the_fake_device([&](auto ops) {
            return std::make_unique<language_steps>(std::move(ops), options, wm::optimizer_kind::sgd);
        });
}

BOOST_AUTO_TEST_CASE(a_gradient_that_is_not_finite_changes_nothing_and_is_told_when_somebody_looks) {
    fake_device const fake;
    wm::parameter_set<float> set(fake.ops);
    auto& p = add_wave(set, "p", 1, 2);
    auto& q = add_wave(set, "q", 1, 2);
    auto const before = p.host_values();
    wm::optimizer<float> sgd(set, {.learning_rate = 1});
    {
        fake_queue::no_waits const scope(*fake.queue);
        fake.ops->fill(p.add_dense().gradient, 1);
        fake.ops->fill(q.add_dense().gradient, INFINITY);
        sgd.step();
    }
    BOOST_TEST(failure_of([&] { (void)sgd.norm(); }).says("found one of 'q'"));
    BOOST_TEST((p.host_values() == before));
    BOOST_TEST(sgd.steps() == 0U);
}

BOOST_AUTO_TEST_CASE(a_trainer_waits_at_the_end_of_a_step_and_its_state_is_carried_over) {
    auto const run = [](std::shared_ptr<wm::operations<float>> ops, fake_queue const* queue) {
        wm::language_model<float> model({.vocabulary_size = 7, .embedding_size = 3, .hidden_size = 3}, std::move(ops),
                                        wm::random_key(1));
        wm::language_trainer trainer(model, {.learning_rate = 0.5, .max_norm = 1}, wm::random_key(2));
        auto const batch = batch_of(2, 3, 7);
        std::vector<double> numbers;
        for (int step = 0; step < 3; ++step) {
            auto const before = queue != nullptr ? queue->waits() : 0;
            numbers.push_back(trainer.step(batch).sum);
            numbers.push_back(trainer.gradient_norm());
            if (queue != nullptr) BOOST_TEST(queue->waits() - before <= 2U); // for the norm, and for the loss
            model.set_state(model.state());
        }
        auto const logits = model.next_logits(std::vector{wm::id_at(1), wm::id_at(2)});
        numbers.insert(numbers.end(), logits.begin(), logits.end());
        return numbers;
    };
    fake_device const fake;
    BOOST_TEST(run(fake.ops, fake.queue.get()) == run(wm::reference_operations<float>(), nullptr),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
