// "Deep Learning from Scratch 2", chapter 1: three arms of a spiral told apart by Affine - Sigmoid - Affine - Softmax.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <random>
#include <span>
#include <vector>
import wordmill.core;
import wordmill.nn;

int main() try {
    constexpr std::size_t classes = 3, per_class = 100, points = classes * per_class, batch = 30, hidden_size = 10;
    auto const ops = wordmill::cpu_operations();
    wordmill::random_key const key(1984);
    auto rng = key.engine();
    std::normal_distribution<float> noise(0, 0.2F);
    std::vector<float> places;
    std::vector<wordmill::token_id> labels, order, targets(batch);
    for (std::size_t i = 0; i < points; ++i) {
        auto const arm = i / per_class;
        auto const radius = static_cast<float>(i % per_class) / per_class;
        auto const angle = static_cast<float>(arm) * 4 + radius * 4 + noise(rng);
        places.insert(places.end(), {radius * std::sin(angle), radius * std::cos(angle)});
        labels.push_back(wordmill::id_at(arm));
        order.push_back(wordmill::id_at(i));
    }
    wordmill::tensor<float> all(ops, points, 2), x(ops, batch, 2);
    all.assign(places);
    wordmill::parameter_set<float> model(ops);
    auto& w1 = model.add("hidden.weight", 2, hidden_size);
    auto& w2 = model.add("output.weight", hidden_size, classes);
    fill_normal(w1, key.fold_in(1), 0.01);
    fill_normal(w2, key.fold_in(2), 0.01);
    wordmill::affine<float> hidden(w1, &model.add("hidden.bias", 1, hidden_size));
    wordmill::activation_layer<float> sigmoid(ops, wordmill::activation::sigmoid);
    wordmill::affine<float> output(w2, &model.add("output.bias", 1, classes));
    wordmill::softmax_loss<float> loss(ops);
    wordmill::optimizer<float> sgd(model, {.learning_rate = 1});
    for (int epoch = 1; epoch <= 300; ++epoch) {
        std::shuffle(order.begin(), order.end(), rng);
        wordmill::loss_sum total;
        for (std::size_t first = 0; first < points; first += batch) {
            auto const rows = std::span(order).subspan(first, batch);
            ops->gather(all.view(), rows, x.view());
            std::ranges::transform(rows, targets.begin(), [&](auto row) { return labels[index(row)]; });
            model.begin_step();
            auto const found = loss.forward(output.forward(sigmoid.forward(hidden.forward(x.view()))), targets);
            hidden.backward(sigmoid.backward(output.backward(loss.backward())));
            sgd.step(found);
            total += found;
        }
        if (epoch % 30 == 0) std::printf("epoch %d: loss %.3f\n", epoch, total.mean());
    }
} catch (std::exception const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
}
