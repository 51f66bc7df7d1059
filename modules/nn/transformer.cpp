module;
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>
module wordmill.nn;
import wordmill.compute;
import wordmill.core;
import :dropout;
import :feed_forward;
import :layer_norm;
import :multi_head_attention;
import :operations;
import :parameters;
import :position_encoding;
import :residual;
import :shapes;
import :tensor;
import :transformer;

namespace wordmill {
void transformer_options::check() const {
    auto const require = [](bool met, char const* option, std::string const& expected, std::string const& found) {
        if (!met) refuse({"transformer", option}, expected, found);
    };
    require(layers > 0, "layers", "1 or more", "0");
    require(inner > 0, "inner", "1 or more", "0");
    require(size > 0 && heads > 0 && size % heads == 0, "size", "a multiple of " + std::to_string(heads) + " heads",
            std::to_string(size));
    require(inner_activation != activation::softmax, "inner activation", "one of single values", "softmax");
    require(dropout >= 0 && dropout < 1, "dropout", "0 or more, below 1", std::to_string(dropout));
    require((positions == position_kind::learned) == (longest > 0), "longest",
            positions == position_kind::learned ? "the number of learned positions"
                                                : "none unless positions are learned",
            std::to_string(longest));
    require(memory == 0 || positions == position_kind::rotary || positions == position_kind::none, "memory",
            "none unless positions are rotary or none", std::to_string(memory) + " positions");
}

namespace {
void check_encoder(transformer_options const& o) {
    if (o.memory > 0 || o.source_size > 0)
        refuse({"transformer", "encoder"}, "neither a memory nor values to attend to",
               std::to_string(o.memory) + " positions, values of size " + std::to_string(o.source_size));
}
}

namespace detail {
/// The layers of an encoder or a decoder. Parameters of layer l are named `name`, ".l." and the part; dropout of part p
/// of layer l has the key of the pass with 3 l + p + 1 folded in.
template <class T> struct transformer_stack {
    struct layer {
        self_attention<T> self;
        residual<T> around_self;
        std::optional<cross_attention<T>> cross;
        std::optional<residual<T>> around_cross;
        feed_forward<T> inner;
        residual<T> around_inner;

        /// Layers go forward and back one after the other, and what none of them needs later can take the place of
        /// another's.
        void share_memory(layer const& with) {
            self.share_memory(with.self);
            around_self.share_gradients(with.around_self);
            if (cross) cross->share_memory(*with.cross);
            if (cross) around_cross->share_gradients(*with.around_cross);
            inner.share_memory(with.inner);
            around_inner.share_gradients(with.around_inner);
        }
    };

    transformer_options options;
    std::shared_ptr<operations<T>> ops;
    std::optional<position_encoding<T>> positions{};
    dropout<T> input;
    std::deque<layer> all{};
    std::optional<layer_norm<T>> last_norm{};
    tensor<T> d_values;
    std::size_t lanes = 0;
    std::size_t rows = 0; // of the last segment

    transformer_stack(transformer_options const& o, bool causal, std::string const& name, parameter_set<T>& set,
                      random_key key)
        : options((o.check(), o)), ops(set.ops()), input(ops, {.ratio = o.dropout}), d_values(ops) {
        if (o.positions == position_kind::sinusoidal) positions.emplace(ops, o.size);
        if (o.positions == position_kind::learned) {
            auto& table = set.add(name + ".positions", o.longest, o.size);
            fill_normal(table, key.fold_in(0), 0.02); // Devlin et al. 2019
            positions.emplace(table);
        }
        for (std::size_t l = 0; l < o.layers; ++l)
            add_layer(causal, name + "." + std::to_string(l) + ".", set, key.fold_in(l + 1));
        if (o.norm == norm_placement::before) last_norm.emplace(add_layer_norm(o.size, name + ".norm", set));
    }

    void add_layer(bool causal, std::string const& name, parameter_set<T>& set, random_key key) {
        auto const& o = options;
        auto const around = [&](char const* part) {
            return residual<T>(o.norm, o.dropout, add_layer_norm(o.size, name + part, set));
        };
        self_attention_options const of_self{
            .heads = o.heads, .causal = causal, .rotary = o.positions == position_kind::rotary, .memory = o.memory};
        self_attention<T> self(of_self, add_self_attention(o.size, name + "self", set, key.fold_in(0)));
        auto around_self = around("self_norm");
        std::optional<cross_attention<T>> cross;
        std::optional<residual<T>> around_cross;
        if (o.source_size > 0) {
            cross.emplace(o.heads, add_cross_attention(o.size, o.source_size, name + "cross", set, key.fold_in(1)));
            around_cross.emplace(around("cross_norm"));
        }
        feed_forward<T> inner(add_feed_forward(o.size, o.inner, name + "feed_forward", set, key.fold_in(2)),
                              o.inner_activation);
        all.push_back({std::move(self), std::move(around_self), std::move(cross), std::move(around_cross),
                       std::move(inner), around("feed_forward_norm")});
        if (all.size() > 1) all.back().share_memory(all.front());
    }

    void begin(std::size_t lanes_of_sequence, std::size_t steps, device_span<std::uint32_t const> lengths) {
        lanes = lanes_of_sequence;
        for (auto& l : all) l.self.begin(lanes, steps, lengths);
    }

    device_view<T const> forward(device_view<T const> x, std::size_t first_step, pass const& pass) {
        expect(lanes > 0, "transformer: forward in a sequence that has begun");
        check_shape({"transformer", {}, "input"}, x, x.rows, options.size);
        std::uint64_t part = 0;
        auto const next = [&] { return wordmill::pass{pass.training, pass.key.fold_in(part++)}; };
        auto y = input.forward(positions ? positions->forward(x, lanes, first_step) : x, next());
        for (auto& l : all) {
            y = l.around_self.forward(y, next(), [&](auto of) { return l.self.forward(of, first_step); });
            if (l.cross)
                y = l.around_cross->forward(y, next(), [&](auto of) { return l.cross->forward(of, first_step); });
            y = l.around_inner.forward(y, next(), [&](auto of) { return l.inner.forward(of); });
        }
        rows = x.rows;
        return last_norm ? last_norm->forward(y) : y;
    }

    device_view<T const> backward(device_view<T const> d_y) {
        check_shape({"transformer", {}, "gradient"}, d_y, rows, options.size);
        device_view<T const> d = last_norm ? last_norm->backward(d_y) : d_y;
        for (auto at = all.rbegin(); at != all.rend(); ++at) {
            auto& l = *at;
            d = l.around_inner.backward(d, [&](auto of) { return l.inner.backward(of); });
            if (l.cross) {
                d = l.around_cross->backward(d, [&](auto of) { return l.cross->backward(of); });
                add_d_values(l.cross->d_values(), at == all.rbegin());
            }
            d = l.around_self.backward(d, [&](auto of) { return l.self.backward(of); });
        }
        auto const d_x = input.backward(d);
        if (positions) positions->backward(d_x);
        return d_x;
    }
    void add_d_values(device_view<T const> d, bool first) {
        auto const sum = first ? d_values.resize(d.rows, d.columns) : d_values.view();
        if (first)
            ops->copy(d, sum);
        else
            ops->add(d, 1, sum);
    }

    [[nodiscard]] layer& at(std::size_t l, std::size_t head) {
        expect(l < all.size() && head < options.heads, "transformer: the number of a layer and of a head");
        return all[l];
    }
};
}

template <class T> struct transformer_encoder<T>::layers : detail::transformer_stack<T> {
    using detail::transformer_stack<T>::transformer_stack;
};
template <class T> struct transformer_decoder<T>::layers : detail::transformer_stack<T> {
    using detail::transformer_stack<T>::transformer_stack;
};

template <class T>
transformer_encoder<T>::transformer_encoder(transformer_options const& options, std::string const& name,
                                            parameter_set<T>& set, random_key key)
    : layers_((check_encoder(options), std::make_unique<layers>(options, false, name, set, key))) {}
template <class T> transformer_encoder<T>::transformer_encoder(transformer_encoder&&) noexcept = default;
template <class T> transformer_encoder<T>& transformer_encoder<T>::operator=(transformer_encoder&&) noexcept = default;
template <class T> transformer_encoder<T>::~transformer_encoder() = default;

template <class T> device_view<T const> transformer_encoder<T>::forward(device_view<T const> x, std::size_t lanes,
                                                                        device_span<std::uint32_t const> lengths,
                                                                        pass const& pass) {
    if (lanes == 0 || x.rows == 0 || x.rows % lanes != 0)
        refuse({"transformer", {}, "input"}, "one step or more of " + std::to_string(lanes) + " lanes",
               std::to_string(x.rows) + " rows");
    layers_->begin(lanes, x.rows / lanes, lengths);
    return layers_->forward(x, 0, pass);
}
template <class T> device_view<T const> transformer_encoder<T>::backward(device_view<T const> d_y) {
    return layers_->backward(d_y);
}
template <class T> device_view<T const> transformer_encoder<T>::weights(std::size_t layer, std::size_t head) {
    return layers_->at(layer, head).self.weights(head);
}
template <class T> transformer_options const& transformer_encoder<T>::options() const noexcept {
    return layers_->options;
}

template <class T>
transformer_decoder<T>::transformer_decoder(transformer_options const& options, std::string const& name,
                                            parameter_set<T>& set, random_key key)
    : layers_(std::make_unique<layers>(options, true, name, set, key)) {}
template <class T> transformer_decoder<T>::transformer_decoder(transformer_decoder&&) noexcept = default;
template <class T> transformer_decoder<T>& transformer_decoder<T>::operator=(transformer_decoder&&) noexcept = default;
template <class T> transformer_decoder<T>::~transformer_decoder() = default;

template <class T> void transformer_decoder<T>::begin(std::size_t lanes, std::size_t steps) {
    expect(layers_->options.source_size == 0, "transformer: a decoder with values begins with attend_to");
    layers_->begin(lanes, steps, {});
}
template <class T> void transformer_decoder<T>::attend_to(device_view<T const> values, std::size_t lanes,
                                                          device_span<std::uint32_t const> lengths, std::size_t steps) {
    expect(layers_->options.source_size > 0, "transformer: a decoder without values begins with begin");
    for (auto& l : layers_->all) l.cross->attend_to(values, lanes, lengths, steps);
    layers_->begin(lanes, steps, {});
}
template <class T>
device_view<T const> transformer_decoder<T>::forward(device_view<T const> x, std::size_t first_step, pass const& pass) {
    return layers_->forward(x, first_step, pass);
}
template <class T> device_view<T const> transformer_decoder<T>::backward(device_view<T const> d_y) {
    return layers_->backward(d_y);
}
template <class T> device_view<T const> transformer_decoder<T>::d_values() const { return layers_->d_values.view(); }

template <class T> void transformer_decoder<T>::reorder(std::span<token_id const> lanes) {
    check_size({"transformer", {}, "order of lanes"}, lanes.size(), layers_->lanes);
    for (auto& l : layers_->all) l.self.reorder(lanes);
}
template <class T>
void transformer_decoder<T>::reorder(std::span<token_id const> lanes, device_span<std::uint32_t const> lengths) {
    expect(layers_->options.source_size > 0, "transformer: lanes move with the values that they attend to");
    for (auto& l : layers_->all) {
        l.self.reorder(lanes);
        l.cross->reorder(lanes, lengths);
    }
    layers_->lanes = lanes.size();
}
template <class T> device_view<T const> transformer_decoder<T>::weights(std::size_t layer, std::size_t head) {
    auto& l = layers_->at(layer, head);
    expect(l.cross.has_value(), "transformer: weights of attention to values, which there are");
    return l.cross->weights(head);
}
template <class T> device_view<T const> transformer_decoder<T>::self_weights(std::size_t layer, std::size_t head) {
    return layers_->at(layer, head).self.weights(head);
}

template <class T> void transformer_decoder<T>::carry() {
    for (auto& l : layers_->all) l.self.carry();
}
template <class T> void transformer_decoder<T>::forget() noexcept {
    for (auto& l : layers_->all) l.self.forget();
}
template <class T> transformer_memory<T> transformer_decoder<T>::memory() const {
    transformer_memory<T> kept{.lanes = layers_->all.front().self.memory_lanes()};
    if (kept.lanes > 0)
        for (auto const& l : layers_->all) kept.layers.push_back(l.self.memory());
    return kept;
}
template <class T> void transformer_decoder<T>::set_memory(transformer_memory<T> const& memory) {
    if (memory.lanes == 0) return forget();
    check_size({"transformer", "memory", "layers"}, memory.layers.size(), layers_->all.size());
    for (std::size_t l = 0; l < memory.layers.size(); ++l) {
        check_shape({"transformer", "memory"}, memory.layers[l], memory.layers[0].rows, 2 * layers_->options.size);
        layers_->all[l].self.set_memory(memory.layers[l], memory.lanes);
    }
}
template <class T> transformer_options const& transformer_decoder<T>::options() const noexcept {
    return layers_->options;
}

template class transformer_encoder<float>;
template class transformer_encoder<double>;
template class transformer_decoder<float>;
template class transformer_decoder<double>;
}
