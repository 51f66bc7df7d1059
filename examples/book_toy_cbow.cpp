// "Deep Learning from Scratch 2", chapter 3: SimpleCBOW and SimpleSkipGram, with a softmax over all seven words.
#include <cstddef>
#include <cstdio>
#include <exception>
#include <memory>
#include <span>
#include <vector>
import wordmill.core;
import wordmill.nn;
import wordmill.pipeline;

namespace {
char const* const words[] = {"you", "say", "goodbye", "and", "i", "hello", "."};
constexpr std::size_t vocabulary = 7, size = 5, batch = 3;

/// Of rows that come in pairs, one a side of each window: those of one side.
template <class T> wordmill::matrix_view<T> side(wordmill::matrix_view<T> rows, std::size_t which) {
    return {rows.data + which * size, batch, size, 2 * size};
}

void train(wordmill::dense_windows const& windows, bool is_cbow) {
    auto const ops = wordmill::cpu_operations();
    wordmill::parameter_set<float> model(ops);
    auto& w_in = model.add("in", vocabulary, size);
    auto& w_out = model.add("out", size, vocabulary);
    fill_normal(w_in, wordmill::random_key(1), 0.01);
    fill_normal(w_out, wordmill::random_key(2), 0.01);
    wordmill::embedding<float> in(w_in); // of one-hot rows it is the product with the weights
    wordmill::affine<float> out(w_out);
    wordmill::softmax_loss<float> loss(ops);
    wordmill::optimizer<float> adam(model, {.kind = wordmill::optimizer_kind::adam});
    wordmill::tensor<float> h(ops, batch, size), d_pairs(ops, 2 * batch, size);
    std::printf("%s\n", is_cbow ? "CBOW" : "skip-gram");
    for (int epoch = 1; epoch <= 1000; ++epoch) {
        wordmill::loss_sum total;
        for (std::size_t first = 0; first < windows.targets.size(); first += batch) {
            auto const targets = std::span(windows.targets).subspan(first, batch);
            auto const contexts = std::span(windows.contexts).subspan(2 * first, 2 * batch);
            model.begin_step();
            if (is_cbow) { // the target from the mean of its contexts
                auto const pairs = in.forward(contexts);
                ops->fill(h.view(), 0);
                ops->fill(d_pairs.view(), 0);
                for (std::size_t i : {0, 1}) ops->add(side(pairs, i), 0.5F, h.view());
                total += loss.forward(out.forward(h.view()), targets);
                auto const d_h = out.backward(loss.backward());
                for (std::size_t i : {0, 1}) ops->add(d_h, 0.5F, side(d_pairs.view(), i));
                in.backward(d_pairs.view());
            } else { // each of the contexts from the target
                std::vector<wordmill::token_id> twice;
                for (auto const target : targets) twice.insert(twice.end(), 2, target);
                total += loss.forward(out.forward(in.forward(twice)), contexts);
                in.backward(out.backward(loss.backward()));
            }
            adam.step();
        }
        if (epoch == 1 || epoch % 250 == 0) std::printf("epoch %d: loss %.3f\n", epoch, total.mean());
    }
    auto const vectors = w_in.host_values();
    for (std::size_t i = 0; i < vectors.size(); ++i) {
        if (i % size == 0) std::printf("%-8s", words[i / size]);
        std::printf(" %7.3f%s", static_cast<double>(vectors[i]), (i + 1) % size == 0 ? "\n" : "");
    }
}
}

int main() try {
    std::vector<wordmill::token_id> corpus; // You say goodbye and I say hello.
    for (std::size_t word : {0, 1, 2, 3, 4, 1, 5, 6}) corpus.push_back(wordmill::id_at(word));
    train(wordmill::contexts_and_targets(corpus, 1), true);
    train(wordmill::contexts_and_targets(corpus, 1), false);
} catch (std::exception const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
}
