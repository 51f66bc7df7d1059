module;
#include <cmath>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>
module wordmill.nn;
import wordmill.compute;
import wordmill.core;
import :adaptive_softmax;
import :affine;
import :losses;
import :operations;
import :output_layer;
import :parameters;
import :sampled_softmax;

namespace wordmill {
namespace {
template <class T> class full_output final : public output_layer<T> {
public:
    full_output(parameter<T>& weights, parameter<T>& bias, transposed form, double smoothing)
        : ops_(*weights.ops()), loss_(weights, &bias, form, smoothing), to_logits_(weights, &bias, form) {}

    deferred<loss_sum> learn(device_view<T const> h, std::span<token_id const> targets, random_key) override {
        return loss_.forward(h, targets);
    }
    device_view<T const> backward() const override { return loss_.backward(); }
    deferred<loss_sum> evaluate(device_view<T const> h, std::span<token_id const> targets) override {
        return loss_.evaluate(h, targets);
    }
    std::vector<T> logits(device_view<T const> h) override { return on_host(ops_, to_logits_.forward(h)); }

private:
    operations<T>& ops_;
    projection_loss<T> loss_;
    affine<T> to_logits_;
};

template <class T> class sampled_output final : public output_layer<T> {
public:
    sampled_output(parameter<T>& weights, parameter<T>& bias, std::size_t samples)
        : ops_(*weights.ops()), loss_(weights, bias, samples) {}

    deferred<loss_sum> learn(device_view<T const> h, std::span<token_id const> targets, random_key key) override {
        return loss_.forward(h, targets, key);
    }
    device_view<T const> backward() const override { return loss_.backward(); }
    deferred<loss_sum> evaluate(device_view<T const> h, std::span<token_id const> targets) override {
        return loss_.evaluate(h, targets);
    }
    std::vector<T> logits(device_view<T const> h) override { return on_host(ops_, loss_.logits(h)); }

private:
    operations<T>& ops_;
    sampled_softmax_loss<T> loss_;
};

template <class T> class adaptive_output final : public output_layer<T> {
public:
    explicit adaptive_output(adaptive_parameters<T> parameters) : loss_(std::move(parameters)) {}

    deferred<loss_sum> learn(device_view<T const> h, std::span<token_id const> targets, random_key) override {
        return loss_.forward(h, targets);
    }
    device_view<T const> backward() const override { return loss_.backward(); }
    deferred<loss_sum> evaluate(device_view<T const> h, std::span<token_id const> targets) override {
        return loss_.evaluate(h, targets);
    }
    std::vector<T> logits(device_view<T const> h) override { return loss_.log_probabilities(h); }

private:
    adaptive_softmax_loss<T> loss_;
};

template <class T> parameter<T>& add_drawn(parameter_set<T>& set, std::string name, std::size_t rows,
                                           std::size_t columns, std::size_t inputs, random_key key) {
    auto& p = set.add(std::move(name), rows, columns);
    fill_normal(p, key, 1 / std::sqrt(static_cast<double>(inputs)));
    return p;
}

template <class T>
adaptive_parameters<T> add_adaptive(output_layer_options<T> const& o, parameter_set<T>& set, random_key key) {
    auto const h = o.hidden_size, clusters = o.cutoffs.size(), head = o.cutoffs.front() + clusters;
    auto& weights = add_drawn(set, "projection.head", h, head, h, key.fold_in(0));
    adaptive_parameters<T> all{weights, set.add("projection.bias", 1, head)};
    for (std::size_t i = 0; i < clusters; ++i) {
        auto const name = "projection." + std::to_string(i);
        auto const d = adaptive_dimension(h, i);
        auto const last = i + 1 < clusters ? o.cutoffs[i + 1] : o.classes;
        auto const of_cluster = key.fold_in(1 + i);
        auto& down = add_drawn(set, name + ".down", h, d, h, of_cluster.fold_in(0));
        auto& up = add_drawn(set, name + ".weight", d, last - o.cutoffs[i], d, of_cluster.fold_in(1));
        all.clusters.push_back({down, up});
    }
    return all;
}
}

template <class T> std::unique_ptr<output_layer<T>> make_output_layer(output_layer_options<T> const& o,
                                                                      parameter_set<T>& set, random_key key) {
    auto const v = o.classes, h = o.hidden_size;
    if (o.smoothing != 0 && o.softmax != softmax_kind::full)
        throw error(failure::usage, "output layer: label smoothing needs the full softmax, found "
                                        + std::string(o.softmax == softmax_kind::sampled ? "sampled" : "adaptive"));
    if (o.softmax == softmax_kind::adaptive) {
        expect(o.tied == nullptr && !o.cutoffs.empty(), "output layer: cutoffs and weights of its own when adaptive");
        return std::make_unique<adaptive_output<T>>(add_adaptive(o, set, key));
    }
    auto const sampled = o.softmax == softmax_kind::sampled; // a row for each class, as in an embedding
    auto& weights =
        o.tied != nullptr ? *o.tied : add_drawn(set, "projection.weight", sampled ? v : h, sampled ? h : v, h, key);
    auto& bias = set.add("projection.bias", sampled ? v : 1, sampled ? 1 : v);
    if (sampled) return std::make_unique<sampled_output<T>>(weights, bias, o.samples);
    return std::make_unique<full_output<T>>(weights, bias, o.tied != nullptr ? transposed::yes : transposed::no,
                                            o.smoothing);
}

template std::unique_ptr<output_layer<float>> make_output_layer(output_layer_options<float> const&,
                                                                parameter_set<float>&, random_key);
template std::unique_ptr<output_layer<double>> make_output_layer(output_layer_options<double> const&,
                                                                 parameter_set<double>&, random_key);
}
