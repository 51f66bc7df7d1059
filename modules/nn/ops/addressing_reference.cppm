module wordmill.nn:addressing_reference;
import :addressing_operations;
import :attention_reference;
import :elements_reference;
import :operation_code;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// log(1 + exp(x)), whose derivative is sigmoid(x).
template <class T> [[nodiscard]] T softplus(T x) { return std::max(x, T(0)) + std::log1p(std::exp(-std::abs(x))); }

/// The scalar arguments of a head, after their functions.
template <class T> struct head_numbers {
    T strength, gate, sharpening;
};
template <class T> [[nodiscard]] head_numbers<T> numbers_of(std::span<T const> arguments, std::size_t width) {
    return {softplus(arguments[width]), reference_loops::sigmoid(arguments[width + 1]),
            1 + softplus(arguments[width + 2])};
}
/// The gradients of those arguments from the gradients of their functions.
template <class T> void numbers_backward(std::span<T const> arguments, std::size_t width, head_numbers<T> const& d,
                                         std::span<T> d_arguments) {
    auto const slope = [&](std::size_t i) { return reference_loops::sigmoid(arguments[width + i]); };
    d_arguments[width] = d.strength * slope(0);
    d_arguments[width + 1] = d.gate * slope(1) * (1 - slope(1));
    d_arguments[width + 2] = d.sharpening * slope(2);
}
/// The slot from which shift number `s` of `shifts` takes the weight of slot n.
[[nodiscard]] constexpr std::size_t shifted_from(std::size_t n, std::size_t s, std::size_t shifts,
                                                 std::size_t slots) noexcept {
    return (n + slots + shifts / 2 - s) % slots;
}

namespace reference_loops {
/// One head of one lane at a time. Weightings are [N], slots [N, M].
template <class T> class head {
public:
    /// Begins with another head.
    void begin(matrix_view<T const> slots, std::span<T const> arguments, std::span<T const> before) {
        slots_ = slots;
        arguments_ = arguments;
        before_ = before;
        auto const width = slots.columns, shifts = arguments.size() - width - 3;
        numbers_ = numbers_of(arguments, width);
        for (auto* const weighting : {&content_, &gated_, &shifted_, &d_shifted_, &d_gated_})
            weighting->resize(slots.rows);
        for (auto* const vector : {&key_, &d_key_}) vector->resize(width);
        for (auto* const vector : {&shifts_, &d_shifts_}) vector->resize(shifts);
        for (std::size_t i = 0; i < width; ++i) key_[i] = std::tanh(arguments[i]);
        softmax<T>(arguments.subspan(width + 3), shifts_);
        key_length_ = length(key_);
    }

    void forward(std::span<T> similarities, std::span<T> weights) {
        for (std::size_t n = 0; n < slots_.rows; ++n) {
            T dot = 0;
            for (std::size_t i = 0; i < key_.size(); ++i) dot += key_[i] * slots_(n, i);
            similarities[n] = dot / (key_length_ * length(slots_.row(n)));
        }
        focus(similarities);
        for (std::size_t n = 0; n < weights.size(); ++n) weights[n] = numbers_.sharpening * std::log(shifted_[n]);
        softmax<T>(weights, weights);
    }

    /// `d_before` may be `d_weights`.
    void backward(std::span<T const> similarities, std::span<T const> weights, std::span<T const> d_weights,
                  std::span<T> d_arguments, std::span<T> d_before, matrix_view<T> d_slots) {
        focus(similarities);
        auto const count = weights.size(), width = key_.size();
        head_numbers<T> d{};
        T dot = 0;
        for (std::size_t n = 0; n < count; ++n) dot += weights[n] * d_weights[n];
        for (std::size_t n = 0; n < count; ++n) {
            auto const d_power = weights[n] * (d_weights[n] - dot); // of c log z(n)
            d.sharpening += d_power * std::log(shifted_[n]);
            d_shifted_[n] =
                shifted_[n] > static_cast<T>(least_weight) ? numbers_.sharpening * d_power / shifted_[n] : 0;
        }
        std::ranges::fill(d_gated_, T(0));
        std::ranges::fill(d_shifts_, T(0));
        for (std::size_t n = 0; n < count; ++n)
            for (std::size_t s = 0; s < shifts_.size(); ++s) {
                auto const from = shifted_from(n, s, shifts_.size(), count);
                d_gated_[from] += shifts_[s] * d_shifted_[n];
                d_shifts_[s] += gated_[from] * d_shifted_[n];
            }
        dot = 0;
        for (std::size_t n = 0; n < count; ++n) {
            d.gate += d_gated_[n] * (content_[n] - before_[n]);
            d_before[n] = (1 - numbers_.gate) * d_gated_[n];
            d_gated_[n] *= numbers_.gate; // now of the weighting by content
            dot += content_[n] * d_gated_[n];
        }
        std::ranges::fill(d_key_, T(0));
        for (std::size_t n = 0; n < count; ++n) {
            auto const d_score = content_[n] * (d_gated_[n] - dot); // of b K
            d.strength += d_score * similarities[n];
            similarity_backward(n, similarities[n], numbers_.strength * d_score, d_slots.row(n));
        }
        for (std::size_t i = 0; i < width; ++i) d_arguments[i] = d_key_[i] * (1 - key_[i] * key_[i]);
        numbers_backward<T>(arguments_, width, d, d_arguments);
        dot = 0;
        for (std::size_t s = 0; s < shifts_.size(); ++s) dot += shifts_[s] * d_shifts_[s];
        for (std::size_t s = 0; s < shifts_.size(); ++s) d_arguments[width + 3 + s] = shifts_[s] * (d_shifts_[s] - dot);
    }

private:
    [[nodiscard]] static T length(std::span<T const> x) {
        T sum = static_cast<T>(added_square);
        for (auto const value : x) sum += value * value;
        return std::sqrt(sum);
    }
    /// Computes the weightings by content, after the gate and after the shift.
    void focus(std::span<T const> similarities) {
        for (std::size_t n = 0; n < content_.size(); ++n) content_[n] = numbers_.strength * similarities[n];
        softmax<T>(content_, content_);
        for (std::size_t n = 0; n < gated_.size(); ++n)
            gated_[n] = numbers_.gate * content_[n] + (1 - numbers_.gate) * before_[n];
        for (std::size_t n = 0; n < shifted_.size(); ++n) {
            T sum = 0;
            for (std::size_t s = 0; s < shifts_.size(); ++s)
                sum += shifts_[s] * gated_[shifted_from(n, s, shifts_.size(), gated_.size())];
            shifted_[n] = std::max(sum, static_cast<T>(least_weight));
        }
    }
    void similarity_backward(std::size_t n, T similarity, T d, std::span<T> d_slot) {
        auto const slot_length = length(slots_.row(n));
        for (std::size_t i = 0; i < key_.size(); ++i) {
            d_key_[i] += d / key_length_ * (slots_(n, i) / slot_length - similarity * key_[i] / key_length_);
            d_slot[i] += d / slot_length * (key_[i] / key_length_ - similarity * slots_(n, i) / slot_length);
        }
    }

    matrix_view<T const> slots_{};
    std::span<T const> arguments_{}, before_{};
    head_numbers<T> numbers_{};
    T key_length_{};
    std::vector<T> key_{}, shifts_{}, content_{}, gated_{}, shifted_{};
    std::vector<T> d_key_{}, d_shifts_{}, d_shifted_{}, d_gated_{};
};
}

template <class T> class reference_addressing : public virtual addressing_operations<T>, operation_code {
public:
    void address(addressing_step<T> const& step) override {
        auto const size = sizes_of(step);
        auto const s = memory_of(step);
        each_head(s, size, [&](std::size_t lane, std::size_t h) {
            head_.forward(part(s.similarities, lane, h, size.slots), part(s.weights, lane, h, size.slots));
        });
    }
    void address_backward(addressing_step<T> const& step, addressing_gradients<T> const& gradients) override {
        auto const size = sizes_of(step);
        check_gradients(step, gradients);
        auto const s = memory_of(step);
        auto const d = memory_of(gradients);
        each_head(s, size, [&](std::size_t lane, std::size_t h) {
            head_.backward(part(s.similarities, lane, h, size.slots), part(s.weights, lane, h, size.slots),
                           part(d.weights, lane, h, size.slots),
                           part(d.arguments, lane, h, address_size(size.width, size.shifts)),
                           part(d.before, lane, h, size.slots), lane_of(d.memory, size.lanes, lane));
        });
    }
    void write_memory(writing_step<T> const& step) override {
        auto const size = sizes_of(step);
        auto const s = memory_of(step);
        expect(same_shape(s.after, s.memory), "write: a memory after the step in the shape of the one before");
        for (std::size_t r = 0; r < s.memory.rows; ++r)
            for (std::size_t i = 0; i < size.width; ++i) {
                T kept = s.memory(r, i), added = 0;
                for (std::size_t h = 0; h < s.heads; ++h) {
                    kept *= 1 - weight(s, size, r, h) * erase(s, size, r, h, i);
                    added += weight(s, size, r, h) * add(s, size, r, h, i);
                }
                s.after(r, i) = kept + added;
            }
    }
    void write_memory_backward(writing_step<T> const& step, writing_gradients<T> const& gradients) override {
        auto const size = sizes_of(step);
        check_gradients(step, gradients);
        auto const s = memory_of(step);
        auto const d = memory_of(gradients);
        reference_loops::fill(d.arguments, T(0));
        for (std::size_t r = 0; r < s.memory.rows; ++r)
            for (std::size_t i = 0; i < size.width; ++i) {
                T kept = 1;
                for (std::size_t h = 0; h < s.heads; ++h) {
                    T others = s.memory(r, i); // what the other heads leave of it
                    for (std::size_t k = 0; k < s.heads; ++k)
                        if (k != h) others *= 1 - weight(s, size, r, k) * erase(s, size, r, k, i);
                    auto const w = weight(s, size, r, h), e = erase(s, size, r, h, i), a = add(s, size, r, h, i);
                    auto const lane = r % size.lanes;
                    d.weights(lane, h * size.slots + r / size.lanes) += d.memory(r, i) * (a - others * e);
                    d.arguments(lane, h * 2 * size.width + i) -= d.memory(r, i) * others * w * e * (1 - e);
                    d.arguments(lane, (h * 2 + 1) * size.width + i) += d.memory(r, i) * w * (1 - a * a);
                    kept *= 1 - w * e;
                }
                d.memory(r, i) *= kept;
            }
    }

private:
    using writing = writing_step<T, matrix_view>;
    template <class V>
    [[nodiscard]] static std::span<V> part(matrix_view<V> m, std::size_t lane, std::size_t h, std::size_t size) {
        return m.row(lane).subspan(h * size, size);
    }
    /// Calls work(lane, h) for every head, with which `head_` has begun.
    template <class Work>
    void each_head(addressing_step<T, matrix_view> const& s, addressing_sizes const& size, Work const& work) {
        for (std::size_t lane = 0; lane < size.lanes; ++lane)
            for (std::size_t h = 0; h < s.heads; ++h) {
                head_.begin(lane_of(s.memory, size.lanes, lane),
                            part(s.arguments, lane, h, address_size(size.width, size.shifts)),
                            part(s.before, lane, h, size.slots));
                work(lane, h);
            }
    }
    // Of head h, for row r of the memory.
    [[nodiscard]] static T weight(writing const& s, addressing_sizes const& size, std::size_t r, std::size_t h) {
        return s.weights(r % size.lanes, h * size.slots + r / size.lanes);
    }
    [[nodiscard]] static T erase(writing const& s, addressing_sizes const& size, std::size_t r, std::size_t h,
                                 std::size_t i) {
        return reference_loops::sigmoid(s.arguments(r % size.lanes, h * 2 * size.width + i));
    }
    [[nodiscard]] static T add(writing const& s, addressing_sizes const& size, std::size_t r, std::size_t h,
                               std::size_t i) {
        return std::tanh(s.arguments(r % size.lanes, (h * 2 + 1) * size.width + i));
    }

    reference_loops::head<T> head_{};
};
}
