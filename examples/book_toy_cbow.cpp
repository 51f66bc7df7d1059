// Saito Goki, "Deep Learning from Scratch 2" (O'Reilly Japan 2018), chapter 3: SimpleCBOW and SimpleSkipGram, with a
// softmax over all seven words.
//   book_toy_cbow [FOLDER]   also draws the losses there: toy_loss.svg
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <span>
#include <string>
#include <vector>
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
import wordmill.pipeline;
import wordmill.plot;
import wordmill.stream;
import wordmill.training;

namespace {
char const* const words[] = {"you", "say", "goodbye", "and", "i", "hello", "."};
constexpr std::size_t vocabulary = 7, size = 5, batch = 3;

/// Prints losses and the vectors of the words; the losses of each epoch.
wordmill::chart_curve train(wordmill::dense_windows const& windows, bool is_cbow) {
    auto const ops = wordmill::cpu_operations();
    wordmill::parameter_set<float> model(ops);
    auto &w_in = model.add("in", vocabulary, size), &w_out = model.add("out", size, vocabulary);
    for (std::uint64_t number = 0; auto& p : model) fill_normal(p, wordmill::random_key(++number), 0.01);
    wordmill::embedding<float> in(w_in); // of one-hot rows it is the product with the weights
    wordmill::affine<float> out(w_out);
    wordmill::softmax_loss<float> loss(ops);
    wordmill::tensor<float> h(ops, batch, size), d_contexts(ops, 2 * batch, size);
    wordmill::gradient_learner adam(
        model, {.kind = wordmill::optimizer_kind::adam}, [&](wordmill::minibatch const& some) {
            std::vector<wordmill::token_id> targets, contexts; // left and right of each window, one after the other
            for (std::size_t i : {0, 1})
                for (auto const row : some.rows) {
                    targets.push_back(windows.targets[index(row)]);
                    contexts.push_back(windows.contexts[2 * index(row) + i]);
                }
            if (!is_cbow) { // each of the contexts from the target
                auto const found = loss.forward(out.forward(in.forward(targets)), contexts);
                in.backward(out.backward(loss.backward()));
                return found;
            }
            auto const rows = in.forward(contexts); // the target from the mean of its contexts
            ops->fill(h.view(), 0);
            for (std::size_t i : {0, 1}) ops->add(rows_of(rows, i * batch, batch), 0.5F, h.view());
            auto const found = loss.forward(out.forward(h.view()), std::span(targets).first(batch));
            auto const d_h = out.backward(loss.backward());
            ops->fill(d_contexts.view(), 0);
            for (std::size_t i : {0, 1}) ops->add(d_h, 0.5F, rows_of(d_contexts.view(), i * batch, batch));
            in.backward(d_contexts.view());
            return found;
        });
    wordmill::trainer trainer(adam, {.evaluation_interval = 0}); // one point an epoch
    trainer.fit(wordmill::shuffled_rows{.rows = windows.targets.size(), .batch_size = batch}, 1000);
    wordmill::chart_curve curve{.name = is_cbow ? "CBOW" : "skip-gram"};
    std::puts(curve.name.c_str());
    for (auto const& at : trainer.curve()) {
        curve.y.push_back(at.loss.mean());
        if (at.epoch == 1 || at.epoch % 250 == 0) std::printf("epoch %d: loss %.3f\n", int(at.epoch), at.loss.mean());
    }
    for (std::size_t i = 0; auto const value : w_in.host_values()) {
        if (i % size == 0) std::printf("%-8s", words[i / size]);
        std::printf(" %7.3f%s", static_cast<double>(value), ++i % size == 0 ? "\n" : "");
    }
    return curve;
}
}

int main(int argc, char** argv) try {
    std::vector<wordmill::token_id> corpus; // You say goodbye and I say hello.
    for (std::size_t word : {0, 1, 2, 3, 4, 1, 5, 6}) corpus.push_back(wordmill::id_at(word));
    auto const windows = wordmill::contexts_and_targets(corpus, 1);
    std::vector<wordmill::chart_curve> const curves{train(windows, true), train(windows, false)};
    if (argc > 1)
        wordmill::save_svg(argv[1] + std::string("/toy_loss.svg"),
                           wordmill::line_chart(curves, {.title = "Toy corpus", .x_label = "epoch"}));
} catch (std::exception const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
}
