module;
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
module wordmill.training;
import wordmill.core;
import wordmill.nn;
import :note_reader;
import :transformer_shape;

namespace wordmill {
namespace {
enum class model_kind : std::uint8_t { transformer };
constexpr named_value<model_kind> model_kind_names[] = {{"transformer", model_kind::transformer}};
}

transformer_options transformer_shape::stack(std::size_t layers, std::size_t size, double dropout) const {
    auto const refuse = [](std::string const& expected, std::size_t found) {
        throw error(failure::usage, "transformer: expected " + expected + ", found " + std::to_string(found));
    };
    transformer_options const options{.layers = layers,
                                      .heads = heads,
                                      .size = size,
                                      .inner = inner_size > 0 ? inner_size : 4 * size,
                                      .inner_activation = inner_activation,
                                      .norm = norm,
                                      .dropout = dropout,
                                      .positions = positions,
                                      .longest = positions == position_kind::learned ? context : 0,
                                      .memory = memory};
    options.check();
    auto const of_head = size / heads;
    if (of_head > largest_head) refuse("at most " + std::to_string(largest_head) + " values for each head", of_head);
    if (positions == position_kind::rotary && of_head % 2 != 0)
        refuse("an even number of values for each head with rotary positions", of_head);
    return options;
}

std::uint64_t weights_of(transformer_options const& o) {
    auto const h = o.size, norm = 2 * h;
    auto const self = checked_sum(checked_product(h, 3 * h + 3), checked_product(h, h + 1));
    auto const inner = checked_sum(checked_product(h + 1, o.inner), checked_product(o.inner + 1, h));
    auto layer = checked_sum(checked_sum(self, inner), 2 * norm);
    if (o.source_size > 0)
        layer = checked_sum(
            layer, checked_sum(checked_product(2 * h, h + 1) + norm, checked_product(o.source_size + 1, 2 * h)));
    auto all = checked_sum(checked_product(o.layers, layer), checked_product(o.longest, h));
    return o.norm == norm_placement::before ? checked_sum(all, norm) : all;
}

void describe(transformer_shape const& shape, note_map& notes) {
    // A new option does not compile until it is here.
    auto const& [heads, inner_size, inner_activation, norm, positions, context, memory] = shape;
    notes["kind"] = name_in(model_kind_names, model_kind::transformer);
    notes["heads"] = std::to_string(heads);
    notes["inner"] = std::to_string(inner_size);
    notes["activation"] = name_in(inner_activation_names, inner_activation);
    notes["norm"] = name_in(norm_placement_names, norm);
    notes["position"] = name_in(position_kind_names, positions);
    notes["context"] = std::to_string(context);
    notes["memory-length"] = std::to_string(memory);
}

std::optional<transformer_shape> transformer_shape_of(note_reader const& in) {
    if (!in.has("kind")) return {};
    (void)in.name("kind", model_kind_names);
    transformer_shape shape;
    in.number("heads", shape.heads);
    in.number("inner", shape.inner_size);
    shape.inner_activation = in.name("activation", inner_activation_names);
    shape.norm = in.name("norm", norm_placement_names);
    shape.positions = in.name("position", position_kind_names);
    in.number("context", shape.context);
    in.number("memory-length", shape.memory);
    return shape;
}
}
