#include "nn_kernels.hpp"
#include "wordmill/cuda/nn_elements.hpp"
#include "wordmill/cuda/nn_losses.hpp"

namespace wordmill::cuda {
namespace {
constexpr std::size_t least_rows = 64; // of a part of them

float_input rows_of(float_input x, std::size_t first, std::size_t rows) {
    return {x.data + first * x.stride, rows, x.columns, x.stride};
}
float_matrix rows_of(float_matrix x, std::size_t first, std::size_t rows) {
    return {x.data + first * x.stride, rows, x.columns, x.stride};
}

enum class written : std::uint8_t { nothing, probabilities, gradients };

/// The softmax of rows of logits.
struct softmax_rows {
    float_input logits;
    float const* bias = nullptr;
    std::uint32_t const* targets;
    float smoothing;
    double* losses; ///< [rows], 0 in rows that do not count
    written what;
    float_matrix to;                        ///< may be the logits
    float scale = 1;                        ///< of gradients
    std::uint64_t const* counted = nullptr; ///< instead of `scale`: 1 over this number

    __device__ float logit(std::size_t r, std::size_t c) const {
        return value_at(logits, r, c) + (bias == nullptr ? 0.0F : bias[c]);
    }
    __device__ float scale_of_gradients() const {
        if (counted == nullptr) return scale;
        return *counted == 0 ? 0.0F : 1.0F / static_cast<float>(*counted);
    }
};

/// A gradient of the loss, before the scale: p - t, where t is the target distribution.
__device__ float miss(float p, std::size_t c, std::uint32_t target, float everywhere, float smoothing) {
    return p - everywhere - (c == target ? 1.0F - smoothing : 0.0F);
}

/// A block for each row.
__global__ void softmax_loss_kernel(softmax_rows s) {
    auto const r = std::size_t{blockIdx.x};
    auto const columns = s.logits.columns;
    auto const target = s.targets[r];
    bool const counts = target != no_target;
    float most = -INFINITY, sum = 0, of_all = 0; // sum: of exp(logit - most), of what this thread has seen
    for (std::size_t c = threadIdx.x; c < columns; c += blockDim.x) {
        auto const x = s.logit(r, c);
        of_all += x;
        if (x > most) {
            sum *= expf(most - x);
            most = x;
        }
        sum += expf(x - most);
    }
    auto const highest = block_max(most);
    sum = block_sum(most == -INFINITY ? sum : sum * expf(most - highest));
    if (s.smoothing != 0) of_all = block_sum(of_all);
    auto const everywhere = s.smoothing / static_cast<float>(columns);
    if (threadIdx.x == 0) {
        double loss = 0;
        if (counts) {
            double logit = s.logit(r, target);
            if (s.smoothing != 0) {
                auto const share = static_cast<double>(s.smoothing);
                logit = (1 - share) * logit + share / static_cast<double>(columns) * static_cast<double>(of_all);
            }
            loss = static_cast<double>(highest) + static_cast<double>(logf(sum)) - logit;
        }
        s.losses[r] = loss;
    }
    if (s.what == written::nothing) return;
    __syncthreads(); // the logits may be overwritten now
    auto const scale = s.scale_of_gradients();
    for (std::size_t c = threadIdx.x; c < columns; c += blockDim.x) {
        auto const p = expf(s.logit(r, c) - highest) / sum;
        value_at(s.to, r, c) = s.what == written::probabilities ? p
                               : counts                         ? scale * miss(p, c, target, everywhere, s.smoothing)
                                                                : 0.0F;
    }
}

/// One block. Adds losses of rows, or of blocks, and `terms` of them; null targets: all terms count.
__global__ void add_losses_kernel(double const* losses, std::size_t count, std::uint32_t const* targets,
                                  std::uint64_t terms, loss_place to) {
    double sum = 0;
    unsigned long long counted = 0;
    for (std::size_t i = threadIdx.x; i < count; i += blockDim.x) {
        sum += losses[i];
        if (targets != nullptr && targets[i] != no_target) ++counted;
    }
    sum = block_sum(sum);
    counted = block_sum(counted);
    if (threadIdx.x != 0) return;
    to.total->sum += sum;
    if (to.counts) to.total->count += targets == nullptr ? terms : counted;
}
/// One block.
__global__ void count_kernel(target_numbers targets, std::uint64_t* counted) {
    unsigned long long count = 0;
    for (std::size_t i = threadIdx.x; i < targets.size; i += blockDim.x) count += targets.data[i] != no_target ? 1 : 0;
    count = block_sum(count);
    if (threadIdx.x == 0) *counted = count;
}

void launch_softmax(queue& q, softmax_rows const& s) {
    if (s.logits.rows == 0) return;
    check(launch(softmax_loss_kernel,
                 {static_cast<unsigned>(s.logits.rows), threads_for(s.logits.columns), 0, q.stream()}, s),
          "softmax loss");
}
void add_losses(queue& q, scratch<double> const& losses, std::uint32_t const* targets, std::uint64_t terms,
                loss_place to) {
    check(launch(add_losses_kernel, {1, threads_for(losses.size()), 0, q.stream()}, losses.data(), losses.size(),
                 targets, terms, to),
          "sum of losses");
}

struct softmax_going_back {
    float_input probabilities;
    std::uint32_t const* targets;
    float scale;
    float_matrix d_logits;
    float smoothing;
    __device__ void operator()(std::size_t r, std::size_t c) const {
        auto const everywhere = smoothing / static_cast<float>(d_logits.columns);
        auto const target = targets[r];
        value_at(d_logits, r, c) =
            target == no_target ? 0.0F : scale * miss(value_at(probabilities, r, c), c, target, everywhere, smoothing);
    }
};

__global__ void sigmoid_loss_kernel(float_input x, std::uint8_t const* labels, float scale, float_matrix d_x,
                                    double* losses) {
    double loss = 0;
    auto const all = std::size_t{gridDim.x} * blockDim.x;
    for (auto i = std::size_t{blockIdx.x} * blockDim.x + threadIdx.x; i < x.rows * x.columns; i += all) {
        auto const r = i / x.columns, c = i % x.columns;
        bool const positive = labels[i] != 0;
        auto const z = positive ? -value_at(x, r, c) : value_at(x, r, c); // the loss is log(1 + e^z)
        loss += static_cast<double>((z > 0 ? z : 0.0F) + log1pf(expf(-fabsf(z))));
        auto const wrong = sigmoid_of(z);
        value_at(d_x, r, c) = scale * (positive ? -wrong : wrong);
    }
    loss = block_sum(loss);
    if (threadIdx.x == 0) losses[blockIdx.x] = loss;
}
}

void softmax_loss(nn_device& nn, float_input logits, target_numbers targets, float_matrix probabilities,
                  loss_place loss, float smoothing) {
    if (logits.rows == 0) return;
    queue_on(nn, "softmax loss", [&](queue& q) {
        scratch<double> losses(q, logits.rows);
        launch_softmax(q, {.logits = logits,
                           .targets = targets.data,
                           .smoothing = smoothing,
                           .losses = losses.data(),
                           .what = written::probabilities,
                           .to = probabilities});
        add_losses(q, losses, targets.data, 0, loss);
    });
}
void softmax_loss_backward(nn_device& nn, float_input probabilities, target_numbers targets, float scale,
                           float_matrix d_logits, float smoothing) {
    for_places(nn, "softmax loss", d_logits.rows, d_logits.columns,
               softmax_going_back{probabilities, targets.data, scale, d_logits, smoothing});
}

void projection_loss(nn_device& nn, float_input x, output_projection const& to, target_numbers targets, loss_place loss,
                     output_gradients const& gradients) {
    auto const columns = to.transposed ? to.weights.rows : to.weights.columns;
    bool const learns = gradients.x.data != nullptr;
    auto const at_once = std::max(least_rows, nn.of().options.logits_at_once / columns);
    auto const parts = std::max<std::size_t>(1, (x.rows + at_once - 1) / at_once); // one of no rows sets gradients to 0
    queue_on(nn, "loss of a projection", [&](queue& q) {
        scratch<double> losses(q, x.rows);
        scratch<std::uint64_t> counted(q, learns && gradients.mean_over == 0 ? 1 : 0);
        if (counted.size() > 0)
            check(launch(count_kernel, {1, threads_for(targets.size), 0, q.stream()}, targets, counted.data()),
                  "targets");
        scratch<float> memory(q, (x.rows + parts - 1) / parts * columns);
        for (std::size_t i = 0; i < parts; ++i) {
            auto const first = i * x.rows / parts, rows = (i + 1) * x.rows / parts - first;
            auto const part = rows_of(x, first, rows);
            float_matrix const logits{memory.data(), rows, columns, columns};
            multiply(nn, {part}, {to.weights, to.transposed}, 0, logits);
            launch_softmax(q,
                           {.logits = logits,
                            .bias = to.bias.data,
                            .targets = targets.data + first,
                            .smoothing = gradients.smoothing,
                            .losses = losses.data() + first,
                            .what = learns ? written::gradients : written::nothing,
                            .to = logits,
                            .scale = gradients.mean_over == 0 ? 0.0F : 1.0F / static_cast<float>(gradients.mean_over),
                            .counted = counted.data()});
            if (!learns) continue;
            multiply(nn, {logits}, {to.weights, !to.transposed}, 0, rows_of(gradients.x, first, rows));
            auto const weights_beta = i == 0 ? gradients.weights_beta : 1.0F;
            if (to.transposed)
                multiply(nn, {logits, true}, {part}, weights_beta, gradients.weights);
            else
                multiply(nn, {part, true}, {logits}, weights_beta, gradients.weights);
            if (to.bias.data != nullptr) sum_rows(nn, logits, i == 0 ? gradients.bias_beta : 1.0F, gradients.bias);
        }
        if (x.rows > 0) add_losses(q, losses, targets.data, 0, loss);
    });
}

void sigmoid_loss(nn_device& nn, float_input x, device_values<std::uint8_t const> labels, float scale, float_matrix d_x,
                  loss_place loss) {
    auto const count = x.rows * x.columns;
    if (count == 0) return;
    queue_on(nn, "sigmoid loss", [&](queue& q) {
        auto const threads = threads_for(count);
        auto const blocks = blocks_for(count, threads);
        scratch<double> losses(q, blocks);
        check(launch(sigmoid_loss_kernel, {blocks, threads, 0, q.stream()}, x, labels.data, scale, d_x, losses.data()),
              "sigmoid loss");
        add_losses(q, losses, nullptr, count, loss);
    });
}
}
