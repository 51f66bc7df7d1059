// Saito Goki, "Deep Learning from Scratch 2" (O'Reilly Japan 2018), chapter 6.1: a gradient that goes back through 20
// steps, each of which multiplies it by Wh^T. It explodes when the largest eigenvalue of Wh is above 1 and vanishes
// below 1; clipping bounds it. The random numbers differ from the book's, so the shapes of the curves agree, not the
// digits.
//   book_gradients [FOLDER]   also draws the norms there: gradients.svg
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <vector>
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
import wordmill.plot;

namespace {
/// The norm of all values of some matrices.
double norm(wordmill::operations<float>& ops, std::vector<wordmill::device_view<float const>> const& matrices) {
    wordmill::deferred<double> sum(ops.queue());
    for (auto const& x : matrices) ops.sum_of_squares(x, sum.target());
    return std::sqrt(sum.wait());
}

/// The norm of dh [N, H] after each step, over N as in the book.
std::vector<double> norms(float scale) {
    constexpr std::size_t lanes = 2, hidden_size = 3, steps = 20;
    auto const ops = wordmill::cpu_operations();
    wordmill::parameter<float> weights(ops, "Wh", hidden_size, hidden_size);
    fill_normal(weights, wordmill::random_key(3), 1);
    ops->scale(weights.values(), scale);
    wordmill::tensor<float> d_h(ops, lanes, hidden_size), d_before(ops, lanes, hidden_size);
    ops->fill(d_h.view(), 1);
    std::vector<double> found;
    for (std::size_t step = 0; step < steps; ++step) {
        ops->multiply(wordmill::transposed::no, d_h.view(), wordmill::transposed::yes, weights.values(), 0,
                      d_before.view());
        std::swap(d_h, d_before);
        found.push_back(norm(*ops, {d_h.view()}) / lanes);
    }
    return found;
}

void print(char const* title, std::vector<double> const& norms) {
    std::printf("%s\n", title);
    auto const largest = *std::ranges::max_element(norms);
    std::size_t risen = 0;
    for (std::size_t i = 0; i < norms.size(); ++i) {
        if (i > 0 && norms[i] > norms[i - 1]) ++risen;
        auto const bar = static_cast<std::size_t>(std::lround(60 * norms[i] / largest));
        std::printf("%2zu %12.6f %s\n", i + 1, norms[i], std::string(bar, '#').c_str());
    }
    std::printf("rose at %zu of %zu steps\n", risen, norms.size() - 1);
}

/// Two gradients with values in [-10, 10), clipped to a norm of 5 by an optimizer that would subtract them as they are.
void clip() {
    auto const ops = wordmill::cpu_operations();
    wordmill::parameter_set<float> model(ops);
    wordmill::parameter<float> gradient(ops, "drawn", 3, 3);
    for (auto const* name : {"first", "second"}) {
        auto& p = model.add(name, 3, 3);
        fill_uniform(gradient, wordmill::random_key(model.size()), 10);
        ops->copy(gradient.values(), p.add_dense().gradient);
    }
    wordmill::optimizer<float> sgd(model, {.learning_rate = 1, .max_norm = 5});
    sgd.step();
    auto const after = norm(*ops, {model.at("first").values(), model.at("second").values()}); // 0 - clipped gradient
    std::printf("norm of the gradients: %.3f, clipped: %.3f\n", sgd.norm(), after);
}
}

int main(int argc, char** argv) try {
    std::vector<wordmill::chart_curve> const curves{{.name = "dh Wh^T", .y = norms(1)},
                                                    {.name = "dh (0.5 Wh)^T", .y = norms(0.5F)}};
    for (auto const& curve : curves) print(curve.name.c_str(), curve.y);
    clip();
    if (argc > 1)
        wordmill::save_svg(argv[1] + std::string("/gradients.svg"),
                           wordmill::line_chart(curves, {.x_label = "step", .y_label = "norm of dh", .log_y = true}));
} catch (std::exception const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
}
