module;
#include <cmath>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>
module wordmill.language_model;
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
import :model;
import :output_layer;

namespace wordmill::detail {
template <class T> parameter<T>& add_normal(parameter_set<T>& set, std::string name, std::size_t rows,
                                            std::size_t columns, random_key key, double deviation) {
    auto& p = set.add(std::move(name), rows, columns);
    fill_normal(p, key, deviation);
    return p;
}

namespace {
[[nodiscard]] double deviation_of(std::size_t inputs) { return 1 / std::sqrt(static_cast<double>(inputs)); }

template <class T> class full_output final : public output_layer<T> {
public:
    full_output(parameter<T>& weights, parameter<T>& bias, transposed form)
        : ops_(*weights.ops()), loss_(weights, &bias, form), to_logits_(weights, &bias, form) {}

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

template <class T>
adaptive_parameters<T> add_adaptive(language_model_options const& o, parameter_set<T>& set, random_key key) {
    auto const h = o.hidden_size, clusters = o.cutoffs.size(), head = o.cutoffs.front() + clusters;
    auto& weights = add_normal(set, "projection.head", h, head, key.fold_in(0), deviation_of(h));
    adaptive_parameters<T> all{weights, set.add("projection.bias", 1, head)};
    for (std::size_t i = 0; i < clusters; ++i) {
        auto const name = "projection." + std::to_string(i);
        auto const d = adaptive_dimension(h, i);
        auto const last = i + 1 < clusters ? o.cutoffs[i + 1] : o.vocabulary_size;
        auto const of_cluster = key.fold_in(1 + i);
        auto& down = add_normal(set, name + ".down", h, d, of_cluster.fold_in(0), deviation_of(h));
        auto& up = add_normal(set, name + ".weight", d, last - o.cutoffs[i], of_cluster.fold_in(1), deviation_of(d));
        all.clusters.push_back({down, up});
    }
    return all;
}
}

template <class T> std::unique_ptr<output_layer<T>> make_output_layer(language_model_options const& o,
                                                                      parameter_set<T>& set, random_key key) {
    auto const v = o.vocabulary_size, h = o.hidden_size;
    if (o.softmax == softmax_kind::adaptive) return std::make_unique<adaptive_output<T>>(add_adaptive(o, set, key));
    auto const sampled = o.softmax == softmax_kind::sampled; // rows of words, as in an embedding
    auto& weights = o.tied
                        ? set.at("embedding.weight")
                        : add_normal(set, "projection.weight", sampled ? v : h, sampled ? h : v, key, deviation_of(h));
    auto& bias = set.add("projection.bias", sampled ? v : 1, sampled ? 1 : v);
    if (sampled) return std::make_unique<sampled_output<T>>(weights, bias, o.samples);
    return std::make_unique<full_output<T>>(weights, bias, o.tied ? transposed::yes : transposed::no);
}

template parameter<float>& add_normal(parameter_set<float>&, std::string, std::size_t, std::size_t, random_key, double);
template parameter<double>& add_normal(parameter_set<double>&, std::string, std::size_t, std::size_t, random_key,
                                       double);
template std::unique_ptr<output_layer<float>> make_output_layer(language_model_options const&, parameter_set<float>&,
                                                                random_key);
template std::unique_ptr<output_layer<double>> make_output_layer(language_model_options const&, parameter_set<double>&,
                                                                 random_key);
}
