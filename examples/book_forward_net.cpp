// Saito Goki, "Deep Learning from Scratch 2" (O'Reilly Japan 2018), chapter 1.2: the forward pass of ten points through
// Affine - Sigmoid - Affine, with random weights. A layer without a gradient is one operation of the device.
#include <cstddef>
#include <cstdio>
#include <exception>
import wordmill.core;
import wordmill.nn;

int main() try {
    constexpr std::size_t points = 10, inputs = 2, hidden_size = 4, classes = 3;
    auto const ops = wordmill::cpu_operations();
    wordmill::random_key const key(1);
    wordmill::parameter_set<float> drawn(ops);
    auto& x = drawn.add("x", points, inputs);
    auto& w1 = drawn.add("hidden.weight", inputs, hidden_size);
    auto& b1 = drawn.add("hidden.bias", 1, hidden_size);
    auto& w2 = drawn.add("output.weight", hidden_size, classes);
    auto& b2 = drawn.add("output.bias", 1, classes);
    for (std::size_t number = 0; auto& p : drawn) fill_normal(p, key.fold_in(number++), 1);

    wordmill::affine<float> hidden(w1, &b1), output(w2, &b2);
    wordmill::activation_layer<float> sigmoid(ops, wordmill::activation::sigmoid);
    auto const scores = output.forward(sigmoid.forward(hidden.forward(x.values())));
    auto const host = on_host(*ops, scores);
    std::printf("scores [%zu, %zu]\n", scores.rows, scores.columns);
    for (std::size_t r = 0; r < points; ++r)
        for (std::size_t c = 0; c < classes; ++c)
            std::printf("%8.4f%s", static_cast<double>(host[r * classes + c]), c + 1 < classes ? "" : "\n");
} catch (std::exception const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
}
