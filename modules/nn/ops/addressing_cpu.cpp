module;
#include "addressing_cpu.hpp"
#include "elements_cpu.hpp"
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
module wordmill.nn;
import :addressing_operations;
import :addressing_reference;
import :attention_reference;
import :cpu;
import :cpu_operands;
import :operation_code;
import wordmill.core;

// Lanes are independent, so they are divided among the threads; each sum belongs to one lane.
namespace wordmill::detail {
namespace {
using mat = matrix_view<float>;
using const_mat = matrix_view<float const>;
constexpr auto added = static_cast<float>(added_square), least = static_cast<float>(least_weight);
constexpr std::size_t log_cost = 64; // of a weight's functions, in multiplications

template <class T> [[nodiscard]] cpu_kernels::slot_rows<T> slots_of(matrix_view<T> m) {
    return {m.data, m.stride, m.rows, m.columns};
}

/// One head of one lane, in scratch memory of `values_of` values.
class cpu_head {
public:
    static std::size_t values_of(addressing_sizes const& size) {
        return checked_sum(checked_product(5, size.slots), 2 * (size.width + size.shifts));
    }
    cpu_head(addressing_step<float, matrix_view> const& step, addressing_sizes const& size, std::size_t lane,
             std::size_t h, float* scratch)
        : count_(size.slots),
          width_(size.width),
          shift_count_(size.shifts),
          arguments_(step.arguments.row(lane).subspan(h * address_size(size.width, size.shifts),
                                                      address_size(size.width, size.shifts))),
          before_(step.before.row(lane).data() + h * size.slots),
          similarities_(step.similarities.row(lane).data() + h * size.slots),
          weights_(step.weights.row(lane).data() + h * size.slots),
          slots_(slots_of(lane_of(step.memory, size.lanes, lane))),
          numbers_(numbers_of(arguments_, width_)),
          content_(scratch),
          gated_(content_ + count_),
          shifted_(gated_ + count_),
          d_one_(shifted_ + count_),
          d_other_(d_one_ + count_),
          key_(d_other_ + count_),
          d_key_(key_ + width_),
          shifts_(d_key_ + width_),
          d_shifts_(shifts_ + shift_count_) {
        cpu_kernels::tanh(arguments_.data(), key_, width_);
        key_length_ = std::sqrt(cpu_kernels::dot(key_, key_, width_) + added);
        (void)cpu_kernels::softmax(arguments_.data() + width_ + 3, shifts_, shift_count_);
    }

    void forward() {
        cpu_kernels::similarities(key_, key_length_, slots_, added, similarities_);
        focus();
        cpu_kernels::scaled_log(numbers_.sharpening, least, shifted_, weights_, count_);
        (void)cpu_kernels::softmax(weights_, weights_, count_);
    }

    /// `d_before` may be `d_weights`.
    void backward(float const* d_weights, std::span<float> d_arguments, float* d_before, mat d_slots) {
        focus();
        head_numbers<float> d{};
        auto* const d_power = d_one_; // of c log z
        cpu_kernels::softmax_backward(weights_, d_weights, d_power, count_);
        cpu_kernels::scaled_log(1, least, shifted_, d_other_, count_);
        d.sharpening = cpu_kernels::dot(d_power, d_other_, count_);
        auto* const d_shifted = d_one_;
        cpu_kernels::scaled_log_backward(numbers_.sharpening, least, shifted_, d_power, d_shifted, count_);

        auto* const d_gated = d_other_;
        std::fill_n(d_gated, count_, 0.0F);
        std::fill_n(d_shifts_, shift_count_, 0.0F);
        each_shift([&](std::size_t s, std::size_t to, std::size_t from, std::size_t n) {
            d_shifts_[s] += cpu_kernels::dot(gated_ + from, d_shifted + to, n);
            cpu_kernels::add(d_shifted + to, shifts_[s], d_gated + from, n);
        });
        d.gate = cpu_kernels::dot(d_gated, content_, count_) - cpu_kernels::dot(d_gated, before_, count_);
        cpu_kernels::scale(1 - numbers_.gate, d_gated, d_before, count_);

        auto* const d_scores = d_other_; // of b K
        cpu_kernels::scale(numbers_.gate, d_gated, d_scores, count_);
        cpu_kernels::softmax_backward(content_, d_scores, d_scores, count_);
        d.strength = cpu_kernels::dot(d_scores, similarities_, count_);
        cpu_kernels::scale(numbers_.strength, d_scores, d_scores, count_);
        std::fill_n(d_key_, width_, 0.0F);
        cpu_kernels::similarities_backward(key_, key_length_, slots_, added, similarities_, d_scores, d_key_,
                                           slots_of(d_slots));
        cpu_kernels::tanh_backward(key_, d_key_, d_arguments.data(), width_);
        numbers_backward<float>(arguments_, width_, d, d_arguments);
        cpu_kernels::softmax_backward(shifts_, d_shifts_, d_arguments.data() + width_ + 3, shift_count_);
    }

private:
    /// Calls work(s, to, from, n) for pieces of n slots whose weights shift number s moves from `from` to `to`.
    template <class Work> void each_shift(Work const& work) const {
        for (std::size_t s = 0; s < shift_count_; ++s) {
            auto const first = shifted_from(0, s, shift_count_, count_);
            work(s, 0, first, count_ - first);
            if (first > 0) work(s, count_ - first, 0, first);
        }
    }
    /// Computes the weightings by content, after the gate and after the shift.
    void focus() {
        cpu_kernels::scale(numbers_.strength, similarities_, content_, count_);
        (void)cpu_kernels::softmax(content_, content_, count_);
        cpu_kernels::scale(numbers_.gate, content_, gated_, count_);
        cpu_kernels::add(before_, 1 - numbers_.gate, gated_, count_);
        std::fill_n(shifted_, count_, 0.0F);
        each_shift([&](std::size_t s, std::size_t to, std::size_t from, std::size_t n) {
            cpu_kernels::add(gated_ + from, shifts_[s], shifted_ + to, n);
        });
    }

    std::size_t count_, width_, shift_count_;
    std::span<float const> arguments_;
    float const* before_;
    float* similarities_;
    float* weights_;
    cpu_kernels::slot_rows<float const> slots_;
    head_numbers<float> numbers_;
    float *content_, *gated_, *shifted_, *d_one_, *d_other_; // [N]
    float *key_, *d_key_;                                    // [M]
    float *shifts_, *d_shifts_;                              // [S]
    float key_length_ = 0;
};

[[nodiscard]] std::size_t cost_of(addressing_sizes const& size, std::size_t heads) {
    return heads * size.slots * (2 * size.width + log_cost);
}

/// The arguments of the heads that write, and what their functions make of them.
struct writing_head {
    float const* weights;
    float* erase;
    float* add;
};
/// Head h of a lane, in scratch memory for two vectors of each head.
[[nodiscard]] writing_head head_of(writing_step<float, matrix_view> const& step, addressing_sizes const& size,
                                   std::size_t lane, std::size_t h, float* scratch) {
    auto const m = size.width;
    auto const* const arguments = step.arguments.row(lane).data() + h * 2 * m;
    auto* const values = scratch + h * 2 * m;
    cpu_kernels::sigmoid(arguments, values, m);
    cpu_kernels::tanh(arguments + m, values + m, m);
    return {step.weights.row(lane).data() + h * size.slots, values, values + m};
}
}

void cpu_addressing::address(addressing const& step) {
    auto const size = sizes_of(step);
    auto const values = cpu_head::values_of(size);
    auto* const scratch = head_.take(checked_product(shared_.team.members(), values));
    shared_.for_lanes(size.lanes, cost_of(size, step.heads), [&](std::size_t lane, std::size_t member) {
        for (std::size_t h = 0; h < step.heads; ++h) cpu_head(step, size, lane, h, scratch + member * values).forward();
    });
}

void cpu_addressing::address_backward(addressing const& step, addressing_gradients<float, matrix_view> const& d) {
    auto const size = sizes_of(step);
    check_gradients(step, d);
    auto const values = cpu_head::values_of(size), arguments = address_size(size.width, size.shifts);
    auto* const scratch = head_.take(checked_product(shared_.team.members(), values));
    shared_.for_lanes(size.lanes, 3 * cost_of(size, step.heads), [&](std::size_t lane, std::size_t member) {
        for (std::size_t h = 0; h < step.heads; ++h)
            cpu_head(step, size, lane, h, scratch + member * values)
                .backward(d.weights.row(lane).data() + h * size.slots,
                          d.arguments.row(lane).subspan(h * arguments, arguments),
                          d.before.row(lane).data() + h * size.slots, lane_of(d.memory, size.lanes, lane));
    });
}

void cpu_addressing::write_memory(writing const& step) {
    auto const size = sizes_of(step);
    expect(same_shape(step.after, step.memory), "write: a memory after the step in the shape of the one before");
    auto const values = step.heads * 2 * size.width;
    auto* const scratch = head_.take(checked_product(shared_.team.members(), values));
    shared_.for_lanes(size.lanes, step.heads * 2 * size.slots * size.width, [&](std::size_t lane, std::size_t member) {
        auto const after = slots_of(lane_of(step.after, size.lanes, lane));
        auto kept = slots_of(lane_of(step.memory, size.lanes, lane));
        for (std::size_t h = 0; h < step.heads; ++h) {
            auto const head = head_of(step, size, lane, h, scratch + member * values);
            cpu_kernels::erase_slots(head.weights, head.erase, kept, after);
            kept = {after.data, after.stride, after.n, after.m};
        }
        for (std::size_t h = 0; h < step.heads; ++h) {
            auto const head = head_of(step, size, lane, h, scratch + member * values);
            cpu_kernels::add_to_slots(head.weights, head.add, after);
        }
    });
}

void cpu_addressing::write_memory_backward(writing const& step, writing_gradients<float, matrix_view> const& d) {
    auto const size = sizes_of(step);
    check_gradients(step, d);
    auto const m = size.width, heads = step.heads;
    // of each member: the vectors of all heads, their gradients, and the memory that other heads leave
    auto const values = checked_sum(4 * heads * m, checked_product(size.slots, m));
    auto* const scratch = head_.take(checked_product(shared_.team.members(), values));
    shared_.for_lanes(size.lanes, heads * 8 * size.slots * m, [&](std::size_t lane, std::size_t member) {
        auto* const vectors = scratch + member * values;
        auto* const gradients = vectors + 2 * heads * m;
        cpu_kernels::slot_rows<float> const others{gradients + 2 * heads * m, m, size.slots, m};
        auto const memory = slots_of(lane_of(step.memory, size.lanes, lane));
        auto const d_memory = slots_of(lane_of(d.memory, size.lanes, lane));
        cpu_kernels::slot_rows<float const> const slopes{d_memory.data, d_memory.stride, d_memory.n, d_memory.m};
        std::fill_n(gradients, 2 * heads * m, 0.0F);
        for (std::size_t h = 0; h < heads; ++h) {
            auto kept = memory;
            for (std::size_t k = 0; k < heads; ++k) {
                if (k == h) continue;
                auto const other = head_of(step, size, lane, k, vectors);
                cpu_kernels::erase_slots(other.weights, other.erase, kept, others);
                kept = {others.data, others.stride, others.n, others.m};
            }
            auto const head = head_of(step, size, lane, h, vectors);
            auto* const d_head = gradients + h * 2 * m;
            cpu_kernels::write_backward(head.weights, head.erase, head.add, kept, slopes,
                                        d.weights.row(lane).data() + h * size.slots, d_head, d_head + m);
            auto* const d_arguments = d.arguments.row(lane).data() + h * 2 * m;
            cpu_kernels::sigmoid_backward(head.erase, d_head, d_arguments, m);
            cpu_kernels::tanh_backward(head.add, d_head + m, d_arguments + m, m);
        }
        for (std::size_t h = 0; h < heads; ++h) {
            auto const head = head_of(step, size, lane, h, vectors);
            cpu_kernels::erase_slots(head.weights, head.erase, slopes, d_memory);
        }
    });
}
}
