#include "nn_kernels.hpp"
#include "wordmill/cuda/nn_addressing.hpp"

// A block addresses the heads of one lane, one after another, since heads add to the same gradients of the memory.
// Weightings in between are in shared memory, of which there are a few floats for each slot.
namespace wordmill::cuda {
namespace {
__device__ float softplus_of(float x) { return fmaxf(x, 0.0F) + log1pf(expf(-fabsf(x))); }

/// The sizes of a step, and the parts of shared memory.
struct head_sizes {
    std::size_t slots, width, shifts;
    [[nodiscard]] __device__ std::size_t arguments() const { return width + 3 + shifts; }
};
head_sizes sizes_of(memory_addressing const& step) {
    auto const width = step.memory.columns;
    return {step.memory.rows / step.lanes, width, step.arguments.columns / step.heads - width - 3};
}

/// Calls f(i) for i below `count`, divided among the threads of the block.
template <class F> __device__ void each(std::size_t count, F f) {
    for (std::size_t i = threadIdx.x; i < count; i += blockDim.x) f(i);
}
template <class F> __device__ float sum_of_each(std::size_t count, F f) {
    float sum = 0;
    each(count, [&](std::size_t i) { sum += f(i); });
    return block_sum(sum);
}
/// The softmax of x [count], in place.
__device__ void softmax_of(float* x, std::size_t count) {
    float most = -INFINITY;
    each(count, [&](std::size_t i) { most = fmaxf(most, x[i]); });
    most = block_max(most);
    auto const sum = sum_of_each(count, [&](std::size_t i) { return x[i] = expf(x[i] - most); });
    each(count, [&](std::size_t i) { x[i] /= sum; });
    __syncthreads();
}

/// One head of the lane of the block.
struct addressing_head {
    memory_addressing const& step;
    head_sizes size;
    std::size_t lane;
    float const* arguments;
    float const* before;
    float *similarities, *weights;            // [N], in the memory of the device
    float *content, *gated, *shifted, *d_one; // [N], shared
    float *key, *shifts;                      // [M] and [S], shared
    float strength, gate, sharpening, key_length;

    __device__ addressing_head(memory_addressing const& of, head_sizes sizes, std::size_t h)
        : step(of),
          size(sizes),
          lane(blockIdx.x),
          arguments(&value_at(of.arguments, lane, h * sizes.arguments())),
          before(&value_at(of.before, lane, h * sizes.slots)),
          similarities(&value_at(of.similarities, lane, h * sizes.slots)),
          weights(&value_at(of.weights, lane, h * sizes.slots)),
          content(dynamic_block_memory<float>()),
          gated(content + sizes.slots),
          shifted(gated + sizes.slots),
          d_one(shifted + sizes.slots),
          key(d_one + sizes.slots),
          shifts(key + sizes.width),
          strength(softplus_of(arguments[sizes.width])),
          gate(sigmoid_of(arguments[sizes.width + 1])),
          sharpening(1 + softplus_of(arguments[sizes.width + 2])) {
        __syncthreads(); // nobody reads what an earlier head has left
        each(size.width, [&](std::size_t i) { key[i] = tanhf(arguments[i]); });
        each(size.shifts, [&](std::size_t s) { shifts[s] = arguments[size.width + 3 + s]; });
        __syncthreads();
        softmax_of(shifts, size.shifts);
        key_length = sqrtf(sum_of_each(size.width, [&](std::size_t i) { return key[i] * key[i]; }) + step.added_square);
    }
    static std::size_t shared_bytes(head_sizes const& size) {
        return (4 * size.slots + size.width + size.shifts) * sizeof(float);
    }

    __device__ float slot(std::size_t n, std::size_t i) const {
        return value_at(step.memory, n * step.lanes + lane, i);
    }
    __device__ float length_of(std::size_t n) const {
        float sum = 0;
        for (std::size_t i = 0; i < size.width; ++i) sum += slot(n, i) * slot(n, i);
        return sqrtf(sum + step.added_square);
    }
    /// The slot whose weight shift s brings to slot n.
    __device__ std::size_t from(std::size_t n, std::size_t s) const {
        return (n + size.slots + size.shifts / 2 - s) % size.slots;
    }
    /// The slot to which shift s brings the weight of slot n.
    __device__ std::size_t to(std::size_t n, std::size_t s) const {
        return (n + size.slots + s - size.shifts / 2) % size.slots;
    }

    /// Computes the weightings by content, after the gate and after the shift.
    __device__ void focus() const {
        each(size.slots, [&](std::size_t n) { content[n] = strength * similarities[n]; });
        softmax_of(content, size.slots);
        each(size.slots, [&](std::size_t n) { gated[n] = gate * content[n] + (1 - gate) * before[n]; });
        __syncthreads();
        each(size.slots, [&](std::size_t n) {
            float sum = 0;
            for (std::size_t s = 0; s < size.shifts; ++s) sum += shifts[s] * gated[from(n, s)];
            shifted[n] = sum < step.least_weight ? step.least_weight : sum; // NaN stays NaN
        });
        __syncthreads();
    }
    __device__ void forward() const {
        each(size.slots, [&](std::size_t n) {
            float dot = 0;
            for (std::size_t i = 0; i < size.width; ++i) dot += key[i] * slot(n, i);
            similarities[n] = dot / (key_length * length_of(n));
        });
        focus();
        each(size.slots, [&](std::size_t n) { content[n] = sharpening * logf(shifted[n]); });
        softmax_of(content, size.slots);
        each(size.slots, [&](std::size_t n) { weights[n] = content[n]; });
    }
    __device__ void backward(float const* d_weights, float* d_arguments, float* d_before, float_matrix d_memory) const {
        focus();
        auto const d_mean = sum_of_each(size.slots, [&](std::size_t n) { return weights[n] * d_weights[n]; });
        auto const d_sharpening = sum_of_each(size.slots, [&](std::size_t n) {
            auto const d_power = weights[n] * (d_weights[n] - d_mean), z = shifted[n]; // of c log z
            d_one[n] = z <= step.least_weight ? 0 : sharpening * d_power / z;
            return d_power * logf(z);
        });
        for (std::size_t s = 0; s < size.shifts; ++s) { // d_one is the gradient of the shifted weighting
            auto const d = sum_of_each(size.slots, [&](std::size_t n) { return gated[from(n, s)] * d_one[n]; });
            if (threadIdx.x == 0) d_arguments[size.width + 3 + s] = d;
        }
        auto const d_gated = shifted; // its values are not needed any more
        auto const d_gate = sum_of_each(size.slots, [&](std::size_t n) {
            float sum = 0;
            for (std::size_t s = 0; s < size.shifts; ++s) sum += shifts[s] * d_one[to(n, s)];
            d_gated[n] = sum;
            return sum * (content[n] - before[n]);
        });
        auto const d_content = sum_of_each(size.slots, [&](std::size_t n) { return content[n] * gate * d_gated[n]; });
        auto const d_strength = sum_of_each(size.slots, [&](std::size_t n) {
            d_before[n] = (1 - gate) * d_gated[n];
            auto const d_score = content[n] * (gate * d_gated[n] - d_content);
            content[n] = strength * d_score; // now the gradient of the similarity
            return d_score * similarities[n];
        });
        auto const along_key = sum_of_each(size.slots, [&](std::size_t n) {
            auto const length = length_of(n), d = content[n];
            gated[n] = d / (key_length * length);
            for (std::size_t i = 0; i < size.width; ++i)
                value_at(d_memory, n * step.lanes + lane, i) +=
                    gated[n] * key[i] - d * similarities[n] * slot(n, i) / (length * length);
            return d * similarities[n];
        });
        each(size.width, [&](std::size_t i) {
            float d = -along_key * key[i] / (key_length * key_length);
            for (std::size_t n = 0; n < size.slots; ++n) d += gated[n] * slot(n, i);
            d_arguments[i] = d * (1 - key[i] * key[i]);
        });
        if (threadIdx.x == 0) {
            d_arguments[size.width] = d_strength * sigmoid_of(arguments[size.width]);
            d_arguments[size.width + 1] = d_gate * gate * (1 - gate);
            d_arguments[size.width + 2] = d_sharpening * sigmoid_of(arguments[size.width + 2]);
            auto* const d_shifts = d_arguments + size.width + 3;
            float mean = 0;
            for (std::size_t s = 0; s < size.shifts; ++s) mean += shifts[s] * d_shifts[s];
            for (std::size_t s = 0; s < size.shifts; ++s) d_shifts[s] = shifts[s] * (d_shifts[s] - mean);
        }
    }
};

__global__ void address_kernel(memory_addressing step, head_sizes size) {
    for (std::size_t h = 0; h < step.heads; ++h) addressing_head(step, size, h).forward();
}
__global__ void address_backward_kernel(memory_addressing step, head_sizes size, memory_addressing_gradients d) {
    for (std::size_t h = 0; h < step.heads; ++h)
        addressing_head(step, size, h)
            .backward(&value_at(d.weights, blockIdx.x, h * size.slots),
                      &value_at(d.arguments, blockIdx.x, h * size.arguments()),
                      &value_at(d.before, blockIdx.x, h * size.slots), d.memory);
}

/// The values of the heads that write: of head h for row r and column i of the memory.
struct writing_heads {
    memory_writing step;
    [[nodiscard]] __device__ float weight(std::size_t r, std::size_t h) const {
        return value_at(step.weights, r % step.lanes, h * (step.memory.rows / step.lanes) + r / step.lanes);
    }
    [[nodiscard]] __device__ float erase(std::size_t lane, std::size_t h, std::size_t i) const {
        return sigmoid_of(value_at(step.arguments, lane, h * 2 * step.memory.columns + i));
    }
    [[nodiscard]] __device__ float add(std::size_t lane, std::size_t h, std::size_t i) const {
        return tanhf(value_at(step.arguments, lane, (h * 2 + 1) * step.memory.columns + i));
    }
    /// The factor that the heads other than `but` leave of a value.
    [[nodiscard]] __device__ float kept(std::size_t r, std::size_t i, std::size_t but) const {
        float factor = 1;
        for (std::size_t h = 0; h < step.heads; ++h)
            if (h != but) factor *= 1 - weight(r, h) * erase(r % step.lanes, h, i);
        return factor;
    }
};

struct memory_write {
    writing_heads of;
    __device__ void operator()(std::size_t r, std::size_t i) const {
        auto const& step = of.step;
        float value = value_at(step.memory, r, i) * of.kept(r, i, step.heads);
        for (std::size_t h = 0; h < step.heads; ++h) value += of.weight(r, h) * of.add(r % step.lanes, h, i);
        value_at(step.after, r, i) = value;
    }
};
/// The gradients of the arguments: head and column in `place`, of one lane.
struct written_vectors {
    writing_heads of;
    float_input d_memory;
    float_matrix d_arguments;
    __device__ void operator()(std::size_t lane, std::size_t place) const {
        auto const& step = of.step;
        auto const h = place / step.memory.columns, i = place % step.memory.columns;
        auto const e = of.erase(lane, h, i), a = of.add(lane, h, i);
        float d_erase = 0, d_add = 0;
        for (auto r = lane; r < step.memory.rows; r += step.lanes) {
            auto const d = value_at(d_memory, r, i) * of.weight(r, h);
            d_erase -= d * value_at(step.memory, r, i) * of.kept(r, i, h);
            d_add += d;
        }
        value_at(d_arguments, lane, h * 2 * step.memory.columns + i) = d_erase * e * (1 - e);
        value_at(d_arguments, lane, (h * 2 + 1) * step.memory.columns + i) = d_add * (1 - a * a);
    }
};
/// Adds the gradient of the weight of head h for row r.
struct written_weights {
    writing_heads of;
    float_input d_memory;
    float_matrix d_weights;
    __device__ void operator()(std::size_t r, std::size_t h) const {
        auto const& step = of.step;
        auto const lane = r % step.lanes;
        float sum = 0;
        for (std::size_t i = 0; i < step.memory.columns; ++i)
            sum += value_at(d_memory, r, i)
                   * (of.add(lane, h, i) - value_at(step.memory, r, i) * of.kept(r, i, h) * of.erase(lane, h, i));
        value_at(d_weights, lane, h * (step.memory.rows / step.lanes) + r / step.lanes) += sum;
    }
};
struct kept_gradients {
    writing_heads of;
    float_matrix d_memory;
    __device__ void operator()(std::size_t r, std::size_t i) const {
        value_at(d_memory, r, i) *= of.kept(r, i, of.step.heads);
    }
};
}

void address(nn_device& nn, memory_addressing const& step) {
    auto const size = sizes_of(step);
    queue_on(nn, "addressing", [&](queue& q) {
        check(launch(address_kernel,
                     {static_cast<unsigned>(step.lanes), threads_for(size.slots), addressing_head::shared_bytes(size),
                      q.stream()},
                     step, size),
              "addressing");
    });
}
void address_backward(nn_device& nn, memory_addressing const& step, memory_addressing_gradients const& d) {
    auto const size = sizes_of(step);
    queue_on(nn, "addressing", [&](queue& q) {
        check(launch(address_backward_kernel,
                     {static_cast<unsigned>(step.lanes), threads_for(size.slots), addressing_head::shared_bytes(size),
                      q.stream()},
                     step, size, d),
              "addressing");
    });
}
void write_memory(nn_device& nn, memory_writing const& step) {
    for_places(nn, "memory write", step.memory.rows, step.memory.columns, memory_write{{step}});
}
void write_memory_backward(nn_device& nn, memory_writing const& step, memory_writing_gradients const& d) {
    writing_heads const of{step};
    for_places(nn, "memory write", step.lanes, step.heads * step.memory.columns,
               written_vectors{of, d.memory, d.arguments});
    for_places(nn, "memory write", step.memory.rows, step.heads, written_weights{of, d.memory, d.weights});
    for_places(nn, "memory write", step.memory.rows, step.memory.columns, kept_gradients{of, d.memory});
}
}
