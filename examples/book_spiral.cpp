// Saito Goki, "Deep Learning from Scratch 2" (O'Reilly Japan 2018), chapter 1: three arms of a spiral, classified by
// Affine - Sigmoid - Affine - Softmax.
//   book_spiral [FOLDER]   also draws data, loss and decision boundary there: spiral.svg, loss.svg, decision.svg
#include <cmath>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <vector>
import wordmill.core;
import wordmill.nn;
import wordmill.plot;
import wordmill.stream;
import wordmill.training;

int main(int argc, char** argv) try {
    constexpr std::size_t classes = 3, per_class = 100, points = classes * per_class, hidden_size = 10;
    wordmill::random_key const key(1984);
    auto rng = key.engine();
    std::normal_distribution<float> noise(0, 0.2F);
    std::vector<float> places;
    std::vector<wordmill::token_id> labels;
    for (std::size_t i = 0; i < points; ++i) {
        auto const arm = i / per_class;
        auto const radius = static_cast<float>(i % per_class) / per_class;
        auto const angle = static_cast<float>(arm) * 4 + radius * 4 + noise(rng);
        places.insert(places.end(), {radius * std::sin(angle), radius * std::cos(angle)});
        labels.push_back(wordmill::id_at(arm));
    }

    auto const ops = wordmill::cpu_operations();
    wordmill::parameter_set<float> model(ops);
    auto& w1 = model.add("hidden.weight", 2, hidden_size);
    auto& w2 = model.add("output.weight", hidden_size, classes);
    fill_normal(w1, key.fold_in(1), 0.01);
    fill_normal(w2, key.fold_in(2), 0.01);
    wordmill::affine<float> hidden(w1, &model.add("hidden.bias", 1, hidden_size));
    wordmill::activation_layer<float> sigmoid(ops, wordmill::activation::sigmoid);
    wordmill::affine<float> output(w2, &model.add("output.bias", 1, classes));
    wordmill::softmax_loss<float> loss(ops);
    auto const predict = [&](auto x) { return output.forward(sigmoid.forward(hidden.forward(x))); };

    wordmill::labelled_rows data(ops, places, 2, labels);
    wordmill::gradient_learner sgd(model, {.learning_rate = 1}, [&](wordmill::minibatch const& batch) {
        auto const [x, targets] = data.at(batch.rows);
        auto const found = loss.forward(predict(x), targets);
        hidden.backward(sigmoid.backward(output.backward(loss.backward())));
        return found;
    });
    wordmill::trainer trainer(sgd, {.evaluation_interval = 10, .on_evaluation = [](auto const& at) {
                                        if (at.epoch % 30 == 0)
                                            std::printf("epoch %zu: loss %.3f\n", std::size_t{at.epoch},
                                                        at.loss.mean());
                                    }});
    trainer.fit(wordmill::shuffled_rows{.rows = points, .batch_size = 30, .key = key}, 300);

    if (argc < 2) return 0;
    std::filesystem::path const folder(argv[1]);
    wordmill::matrix_view<float const> const all{places.data(), points, 2, 2};
    wordmill::save_svg(folder / "spiral.svg", wordmill::scatter_chart(all, labels, {.title = "Spiral"}));
    wordmill::chart_curve curve;
    for (auto const& at : trainer.curve()) curve.y.push_back(at.loss.mean());
    wordmill::save_svg(folder / "loss.svg", wordmill::line_chart({&curve, 1}, {.title = "Loss of the spiral",
                                                                               .x_label = "iterations (x10)",
                                                                               .y_label = "loss"}));
    auto const grid = wordmill::grid_around(all);
    wordmill::tensor<float> cells(ops, grid.rows * grid.columns, 2);
    cells.assign(grid.middles());
    auto const found = wordmill::largest_columns(*ops, predict(cells.view()));
    wordmill::save_svg(folder / "decision.svg", decision_map(grid, found, all, labels, {.title = "Decision boundary"}));
} catch (std::exception const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
}
