#include "primitives.hpp"
#include "warp.hpp"
#include "word2vec_kernels.hpp"

// Skip-gram and CBOW with negative samples (Mikolov et al. 2013). A warp trains a window at a time: all gradients are
// computed from the rows as they were, then all rows change (Ji et al. 2016, "Parallelizing Word2Vec in Shared and
// Distributed Memory"). Warps change rows by atomic additions, so no change is lost, but they read rows that lack what
// others are about to add.
namespace wordmill::cuda {
namespace {
constexpr unsigned most_warps_of_block = 4;
constexpr unsigned group = 16;       // contexts of a window that are trained together, as on the processor
constexpr unsigned fast_outputs = 6; // a target and its negatives, with rows in registers
constexpr unsigned most_vectors = 3;

struct shared_gains {
    float of[most_warps_of_block][group][8];
};

/// The columns of a row that belong to a lane, in registers.
template <unsigned Vectors> struct row_part {
    float4 part[Vectors];
};
template <unsigned Vectors> __device__ row_part<Vectors> zeros() {
    row_part<Vectors> x;
    for (unsigned v = 0; v < Vectors; ++v) x.part[v] = {0, 0, 0, 0};
    return x;
}
__device__ unsigned column_of(unsigned vector) { return (vector * 32 + threadIdx.x % 32) * 4; }
template <unsigned Vectors> __device__ row_part<Vectors> load(float const* row, unsigned stride) {
    auto x = zeros<Vectors>();
    for (unsigned v = 0; v < Vectors; ++v)
        if (column_of(v) < stride) x.part[v] = __ldcg(&vector_at<float4 const>(row + column_of(v)));
    return x;
}
template <unsigned Vectors>
__device__ void add_row(float* row, unsigned stride, row_part<Vectors> const& x, float scale) {
    for (unsigned v = 0; v < Vectors; ++v) {
        auto const& p = x.part[v];
        if (column_of(v) < stride) add_to(row + column_of(v), {scale * p.x, scale * p.y, scale * p.z, scale * p.w});
    }
}
__device__ float dot(float4 a, float4 b) { return a.x * b.x + a.y * b.y + a.z * b.z + a.w * b.w; }
template <unsigned Vectors> __device__ float dot(row_part<Vectors> const& a, row_part<Vectors> const& b) {
    float sum = 0;
    for (unsigned v = 0; v < Vectors; ++v) sum += dot(a.part[v], b.part[v]);
    return sum;
}
__device__ void add_times(float4& to, float a, float4 x) {
    to.x += a * x.x;
    to.y += a * x.y;
    to.z += a * x.z;
    to.w += a * x.w;
}
template <unsigned Vectors> __device__ void add_times(row_part<Vectors>& to, float a, row_part<Vectors> const& x) {
    for (unsigned v = 0; v < Vectors; ++v) add_times(to.part[v], a, x.part[v]);
}
__device__ float damped(float const* damping, std::uint32_t id) { return damping == nullptr ? 1.0F : damping[id]; }

/// What a dot product adds to its rows, and to the loss.
struct gain {
    float step; ///< the rate times minus the derivative of the loss
    float loss;
};
__device__ gain gain_of(float z, bool is_target, float rate) {
    float const e = __expf(-fabsf(z)); // overflows nowhere
    float const sigmoid = (z >= 0 ? 1.0F : e) / (1 + e);
    float const wrong_way = is_target ? -z : z;
    return {rate * ((is_target ? 1.0F : 0.0F) - sigmoid), (wrong_way > 0 ? wrong_way : 0.0F) + __logf(1 + e)};
}

/// What a warp knows of the block of tokens that its windows come from.
struct block_view {
    std::uint32_t const* kept;
    window const* windows;
    negative_draws negatives;
    float rate;
};

/// Context `n` of a window, from left to right.
__device__ std::uint32_t context(block_view const& b, window w, unsigned n) {
    return b.kept[w.at - w.left + n + (n < w.left ? 0 : 1)];
}
/// The number of the first negative sample of a window, or of one of its pairs.
__device__ std::uint64_t first_sample(word2vec_model_on_device const& m, window w, std::uint32_t number,
                                      unsigned pair) {
    switch (m.sharing) {
    case shared_by::pair: return (std::uint64_t{w.first_pair} + pair) * m.negatives;
    case shared_by::window: return std::uint64_t{number} * m.negatives;
    case shared_by::batch: break;
    }
    return 0;
}
/// The output row of a lane: 0 is the target, the others are its negatives.
__device__ std::uint32_t output_of(word2vec_model_on_device const& m, block_view const& b, std::uint32_t target,
                                   std::uint64_t sample, unsigned n) {
    if (n == 0 || n > m.negatives) return target;
    return b.negatives.draw(m.noise, sample + n - 1, target);
}

/// Trains windows with up to 5 negatives and rows of up to 128 Vectors floats. What is needed next is asked for early:
/// few warps are in flight, so nobody else hides the time that memory takes.
template <unsigned Vectors> class fast_trainer {
public:
    __device__ fast_trainer(word2vec_model_on_device const& model, float*)
        : m_(model), gains_(block_memory<shared_gains>().of[threadIdx.x / 32]) {}

    /// The next window is `number`.
    __device__ void look_ahead(block_view const& b, std::uint32_t number) {
        auto const w = b.windows[number];
        ahead_ = output_of(m_, b, b.kept[w.at], first_sample(m_, w, number, 0), lane());
        ahead_scale_ = damped(m_.output_damping, ahead_);
    }
    /// The window that was looked ahead to begins.
    __device__ void begin(block_view const&, window, std::uint32_t) {
        output_ = ahead_;
        output_scale_ = ahead_scale_;
    }
    __device__ void draw_again(block_view const& b, window w, std::uint64_t sample) {
        output_ = output_of(m_, b, b.kept[w.at], sample, lane());
        output_scale_ = damped(m_.output_damping, output_);
    }

    /// Trains contexts first .. first + count - 1 of a window.
    __device__ void skip_gram(block_view const& b, window w, unsigned first, unsigned count) {
        read_outputs();
        auto const mine = context(b, w, first + min(lane(), count - 1)); // lane i holds context i
        auto const scale = damped(m_.input_damping, mine);
        auto const input = [&](unsigned c) {
            return m_.input + std::size_t{__shfl_sync(whole_warp, mine, static_cast<int>(c))} * m_.stride;
        };
        parts changes[fast_outputs];
        for (unsigned k = 0; k < fast_outputs; ++k) changes[k] = zeros<Vectors>();
        auto next = load<Vectors>(input(0), m_.stride);
        for (unsigned c = 0; c < count; ++c) {
            auto const x = next;
            next = load<Vectors>(input(min(c + 1, count - 1)), m_.stride);
            measure(x, b.rate, gains_[c]);
            for (unsigned k = 0; k < fast_outputs; ++k) add_times(changes[k], gains_[c][k], x);
        }
        for (unsigned c = 0; c < count; ++c)
            add_row(input(c), m_.stride, change_of_input(gains_[c]),
                    __shfl_sync(whole_warp, scale, static_cast<int>(c)));
        for (unsigned k = 0; k < fast_outputs; ++k) add_to_output(k, changes[k], 1);
        __syncwarp(); // before the gains are written again
    }

    __device__ void cbow(block_view const& b, window w) {
        unsigned const contexts = w.left + w.right;
        read_outputs();
        auto const share = m_.mean ? 1.0F / static_cast<float>(contexts) : 1.0F;
        auto hidden = zeros<Vectors>();
        for (unsigned c = 0; c < contexts; ++c)
            add_times(hidden, share, load<Vectors>(m_.input + std::size_t{context(b, w, c)} * m_.stride, m_.stride));
        measure(hidden, b.rate, gains_[0]);
        auto const change = change_of_input(gains_[0]);
        for (unsigned k = 0; k < fast_outputs; ++k) add_to_output(k, hidden, gains_[0][k]);
        auto const back = m_.whole_gradient ? 1.0F : share;
        for (unsigned c = 0; c < contexts; ++c) {
            auto const id = context(b, w, c);
            add_row(m_.input + std::size_t{id} * m_.stride, m_.stride, change, back * damped(m_.input_damping, id));
        }
        __syncwarp(); // before the gains are written again
    }
    /// Of this lane, since the last call.
    __device__ float take_loss() {
        auto const loss = loss_;
        loss_ = 0;
        return loss;
    }

private:
    using parts = row_part<Vectors>;
    __device__ static unsigned lane() { return threadIdx.x % 32; }
    __device__ unsigned outputs() const { return m_.negatives + 1; }
    __device__ std::uint32_t output(unsigned k) const { return __shfl_sync(whole_warp, output_, static_cast<int>(k)); }
    __device__ void read_outputs() {
        for (unsigned k = 0; k < fast_outputs; ++k) {
            auto const id = output(k);
            rows_[k] =
                k < outputs() ? load<Vectors>(m_.output + std::size_t{id} * m_.stride, m_.stride) : zeros<Vectors>();
        }
    }
    /// The gains of an input against all outputs.
    __device__ void measure(parts const& x, float rate, float (&gains)[8]) {
        float z[8];
        for (unsigned k = 0; k < 8; ++k) z[k] = k < fast_outputs ? dot(x, rows_[k < fast_outputs ? k : 0]) : 0;
        auto const sum = warp_sum_of_each(z);
        unsigned const k = lane() / 4;
        auto const found = gain_of(sum, k == 0, rate);
        if (lane() % 4 == 0) {
            gains[k] = found.step; // of no effect beyond the last output, whose row is 0
            if (k < outputs()) loss_ += found.loss;
        }
        __syncwarp();
    }
    __device__ parts change_of_input(float const (&gains)[8]) const {
        auto change = zeros<Vectors>();
        for (unsigned k = 0; k < fast_outputs; ++k) add_times(change, gains[k], rows_[k]);
        return change;
    }
    __device__ void add_to_output(unsigned k, parts const& change, float scale) {
        auto const id = output(k);
        auto const by = scale * __shfl_sync(whole_warp, output_scale_, static_cast<int>(k));
        if (k < outputs()) add_row(m_.output + std::size_t{id} * m_.stride, m_.stride, change, by);
    }

    word2vec_model_on_device const& m_;
    float (&gains_)[group][8];
    parts rows_[fast_outputs];
    std::uint32_t output_ = 0, ahead_ = 0;     ///< of lane k: output k of this window and of the next
    float output_scale_ = 1, ahead_scale_ = 1; ///< what their changes are multiplied by
    float loss_ = 0;
};

/// Trains windows with any number of negatives and rows of any length, which it keeps in memory of its own.
class roomy_trainer {
public:
    [[nodiscard]] static std::size_t floats_of(std::size_t outputs, std::size_t stride) {
        return 2 * outputs * stride + stride + padded(group * outputs) + padded(outputs);
    }
    __device__ roomy_trainer(word2vec_model_on_device const& model, float* memory) : m_(model) {
        auto const rows = std::size_t{model.negatives + 1} * model.stride;
        rows_ = memory;
        changes_ = rows_ + rows;
        hidden_ = changes_ + rows;
        gains_ = hidden_ + model.stride;
        ids_ = reinterpret_cast<std::uint32_t*>(gains_ + padded(group * (model.negatives + 1)));
    }

    __device__ void look_ahead(block_view const&, std::uint32_t) {}
    __device__ void begin(block_view const& b, window w, std::uint32_t number) {
        draw_again(b, w, first_sample(m_, w, number, 0));
    }
    __device__ void draw_again(block_view const& b, window w, std::uint64_t sample) {
        for (unsigned k = lane(); k < outputs(); k += 32) ids_[k] = output_of(m_, b, b.kept[w.at], sample, k);
        __syncwarp();
    }

    __device__ void skip_gram(block_view const& b, window w, unsigned first, unsigned count) {
        read_outputs();
        for (unsigned c = 0; c < count; ++c) {
            auto const* const x = m_.input + std::size_t{context(b, w, first + c)} * m_.stride;
            auto* const gains = gains_ + c * outputs();
            measure([x](unsigned column) { return __ldcg(&vector_at<float4 const>(x + column)); }, b.rate, gains);
            for (unsigned k = 0; k < outputs(); ++k)
                each_vector([&](unsigned column) {
                    add_times(vector_at<float4>(changes_ + k * m_.stride + column), gains[k],
                              __ldcg(&vector_at<float4 const>(x + column)));
                });
        }
        for (unsigned c = 0; c < count; ++c) {
            auto const id = context(b, w, first + c);
            add_change(id, gains_ + c * outputs(), damped(m_.input_damping, id));
        }
        for (unsigned k = 0; k < outputs(); ++k) add_to_output(k, changes_ + k * m_.stride, 1);
        __syncwarp(); // before ids and gains are written again
    }

    __device__ void cbow(block_view const& b, window w) {
        unsigned const contexts = w.left + w.right;
        read_outputs();
        auto const share = m_.mean ? 1.0F / static_cast<float>(contexts) : 1.0F;
        each_vector([&](unsigned column) {
            float4 sum{0, 0, 0, 0};
            for (unsigned c = 0; c < contexts; ++c)
                add_times(
                    sum, share,
                    __ldcg(&vector_at<float4 const>(m_.input + std::size_t{context(b, w, c)} * m_.stride + column)));
            vector_at<float4>(hidden_ + column) = sum;
        });
        measure([this](unsigned column) { return vector_at<float4 const>(hidden_ + column); }, b.rate, gains_);
        for (unsigned k = 0; k < outputs(); ++k) add_to_output(k, hidden_, gains_[k]);
        auto const back = m_.whole_gradient ? 1.0F : share;
        for (unsigned c = 0; c < contexts; ++c) {
            auto const id = context(b, w, c);
            add_change(id, gains_, back * damped(m_.input_damping, id));
        }
        __syncwarp(); // before ids and gains are written again
    }
    __device__ float take_loss() {
        auto const loss = loss_;
        loss_ = 0;
        return loss;
    }

private:
    [[nodiscard]] WORDMILL_HOST_DEVICE static std::size_t padded(std::size_t floats) { return (floats + 3) / 4 * 4; }
    __device__ static unsigned lane() { return threadIdx.x % 32; }
    __device__ unsigned outputs() const { return m_.negatives + 1; }
    /// Calls `work(column)` for the columns of this lane, four at a time.
    template <class Work> __device__ void each_vector(Work const& work) const {
        for (unsigned column = 4 * lane(); column < m_.stride; column += 4 * 32) work(column);
    }
    __device__ void read_outputs() {
        for (unsigned k = 0; k < outputs(); ++k) {
            auto const* const row = m_.output + std::size_t{ids_[k]} * m_.stride;
            each_vector([&](unsigned column) {
                vector_at<float4>(rows_ + k * m_.stride + column) = __ldcg(&vector_at<float4 const>(row + column));
                vector_at<float4>(changes_ + k * m_.stride + column) = {0, 0, 0, 0};
            });
        }
    }
    template <class Input> __device__ void measure(Input const& input, float rate, float* gains) {
        for (unsigned k = 0; k < outputs(); ++k) {
            float z = 0;
            each_vector([&](unsigned column) {
                z += dot(input(column), vector_at<float4 const>(rows_ + k * m_.stride + column));
            });
            auto const found = gain_of(warp_sum(z), k == 0, rate);
            if (lane() == 0) {
                gains[k] = found.step;
                loss_ += found.loss;
            }
        }
        __syncwarp();
    }
    __device__ void add_change(std::uint32_t id, float const* gains, float scale) {
        each_vector([&](unsigned column) {
            float4 change{0, 0, 0, 0};
            for (unsigned k = 0; k < outputs(); ++k)
                add_times(change, scale * gains[k], vector_at<float4 const>(rows_ + k * m_.stride + column));
            add_to(m_.input + std::size_t{id} * m_.stride + column, change);
        });
    }
    __device__ void add_to_output(unsigned k, float const* x, float scale) {
        auto const id = ids_[k];
        auto const by = scale * damped(m_.output_damping, id);
        each_vector([&](unsigned column) {
            float4 change{0, 0, 0, 0};
            add_times(change, by, vector_at<float4 const>(x + column));
            add_to(m_.output + std::size_t{id} * m_.stride + column, change);
        });
    }

    word2vec_model_on_device const& m_;
    float *rows_, *changes_, *hidden_, *gains_;
    std::uint32_t* ids_;
    float loss_ = 0;
};

/// The block that a chunk belongs to.
__device__ std::uint32_t block_of(word2vec_work const& work, std::uint32_t chunk) {
    std::uint32_t first = 0;
    for (auto last = work.block_count; last - first > 1;) {
        auto const middle = first + (last - first) / 2;
        if (work.blocks[middle].first_chunk <= chunk)
            first = middle;
        else
            last = middle;
    }
    return first;
}

/// A window of skip-gram: its contexts are trained together where they share their samples, else one by one.
template <class Trainer> __device__ void train_skip_gram(Trainer& trainer, word2vec_model_on_device const& m,
                                                         block_view const& b, window w, std::uint32_t number) {
    unsigned const contexts = w.left + w.right;
    bool const apart = m.sharing == shared_by::pair;
    unsigned const together = apart ? 1 : group;
    for (unsigned first = 0; first < contexts; first += together) {
        if (apart && first > 0) trainer.draw_again(b, w, first_sample(m, w, number, first));
        trainer.skip_gram(b, w, first, min(together, contexts - first));
    }
}

template <class Trainer, bool Cbow> __global__ void __launch_bounds__(most_warps_of_block * 32, 2)
    train_kernel(word2vec_model_on_device model, word2vec_work work, float* memory, std::size_t warp_floats) {
    auto const warp = (blockIdx.x * blockDim.x + threadIdx.x) / 32;
    unsigned const lane = threadIdx.x % 32;
    Trainer trainer(model, memory + warp * warp_floats);
    for (;;) {
        auto chunk = lane == 0 ? atomicAdd(work.next_chunk, 1U) : 0;
        chunk = __shfl_sync(whole_warp, chunk, 0);
        if (chunk >= work.chunks) return;
        auto const number = block_of(work, chunk);
        auto const& b = work.blocks[number];
        auto const first = (chunk - b.first_chunk) * work.chunk_targets;
        auto const end = min(first + work.chunk_targets, work.space.counts[number]);
        block_view const view{work.space.kept + b.kept_offset, work.space.windows + b.token_offset, b.negatives,
                              b.rate};
        if (first < end) trainer.look_ahead(view, first);
        for (auto at = first; at < end; ++at) {
            auto const w = view.windows[at];
            trainer.begin(view, w, at);
            if (at + 1 < end) trainer.look_ahead(view, at + 1);
            if constexpr (Cbow)
                trainer.cbow(view, w);
            else
                train_skip_gram(trainer, model, view, w, at);
        }
        auto const loss = warp_sum(trainer.take_loss());
        if (lane == 0 && first < end) atomicAdd(&work.results[number].loss, static_cast<double>(loss));
    }
}

template <class Trainer> cudaError_t launch_trainer(word2vec_plan const& plan, word2vec_model_on_device const& model,
                                                    word2vec_work const& work, cudaStream_t stream) {
    auto const warps = min(plan.warps, most_warps_of_block);
    return launch(plan.cbow ? train_kernel<Trainer, true> : train_kernel<Trainer, false>,
                  {plan.warps / warps, warps * 32, 0, stream}, model, work, plan.memory, plan.warp_floats);
}
}

word2vec_plan plan_of(word2vec_rules const& rules) noexcept {
    auto const vectors = (rules.stride + 127) / 128;
    bool const fast = rules.negatives < fast_outputs && vectors <= most_vectors;
    return {rules.cbow, rules.warps, fast ? vectors : 0,
            fast ? 0 : roomy_trainer::floats_of(rules.negatives + 1, rules.stride), nullptr};
}

cudaError_t train_windows(word2vec_plan const& plan, word2vec_model_on_device const& model, word2vec_work const& work,
                          cudaStream_t stream) {
    switch (plan.vectors) {
    case 1: return launch_trainer<fast_trainer<1>>(plan, model, work, stream);
    case 2: return launch_trainer<fast_trainer<2>>(plan, model, work, stream);
    case 3: return launch_trainer<fast_trainer<3>>(plan, model, work, stream);
    default: return launch_trainer<roomy_trainer>(plan, model, work, stream);
    }
}
}
