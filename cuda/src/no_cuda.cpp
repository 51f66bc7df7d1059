// Replaces the library in builds without the CUDA Toolkit: no device is available, and everything else throws.
#include "wordmill/cuda/device.hpp"
#include "wordmill/cuda/device_queue.hpp"
#include "wordmill/cuda/nn_addressing.hpp"
#include "wordmill/cuda/nn_attention.hpp"
#include "wordmill/cuda/nn_device.hpp"
#include "wordmill/cuda/nn_elements.hpp"
#include "wordmill/cuda/nn_losses.hpp"
#include "wordmill/cuda/nn_products.hpp"
#include "wordmill/cuda/nn_recurrent.hpp"
#include "wordmill/cuda/nn_rows.hpp"
#include "wordmill/cuda/nn_transformer.hpp"
#include "wordmill/cuda/nn_updates.hpp"
#include "wordmill/cuda/pairs_on_device.hpp"
#include "wordmill/cuda/ppmi_on_device.hpp"
#include "wordmill/cuda/svd_on_device.hpp"
#include "wordmill/cuda/word2vec_on_device.hpp"
#include <cstddef>
#include <cstdint>
#include <cstdio>

namespace wordmill::cuda {
namespace {
constexpr char without[] = "built without CUDA";
[[noreturn]] void refuse() { throw cuda_error(-1, without); }
}

void choose_device(int) noexcept {}

availability check_devices() noexcept {
    availability result;
    std::snprintf(result.reason, sizeof result.reason, "%s", without);
    return result;
}

bool available() noexcept { return false; }
version driver_version() noexcept { return {}; }
version runtime_version() noexcept { return {}; }
int device_count() noexcept { return 0; }
device_properties describe(int) { refuse(); }
std::size_t free_memory(int) { refuse(); }

class queue {};
struct device_queue::state {
    queue work{};
};
device_queue::device_queue() { refuse(); }
device_queue::~device_queue() = default;
void* device_queue::allocate(std::size_t) { refuse(); }
void device_queue::release(void*) noexcept {}
void device_queue::copy_in(void const*, std::size_t, std::size_t, void*, std::size_t) { refuse(); }
void device_queue::copy_out(void const*, std::size_t, void*, std::size_t, std::size_t) { refuse(); }
std::uint64_t device_queue::mark() noexcept { return 0; }
bool device_queue::done(std::uint64_t) { refuse(); }
void device_queue::wait(std::uint64_t) { refuse(); }
void device_queue::begin_step(std::uint64_t) { refuse(); }
void device_queue::end_step() { refuse(); }
void device_queue::use_graphs(bool) noexcept {}
queue& device_queue::work() noexcept { return state_->work; }

struct ppmi_on_device::state {};
ppmi_on_device::ppmi_on_device(device_queue&, double const*, std::size_t, double const*, std::size_t, double, float) {
    refuse();
}
ppmi_on_device::~ppmi_on_device() = default;
std::size_t ppmi_on_device::operator()(weighted_entry const*, std::size_t, valued_entry*) { refuse(); }

void sort_keys(std::uint64_t*, std::size_t, unsigned, unsigned) { refuse(); }
struct pairs_on_device::state {};
pairs_on_device::pairs_on_device(device_queue&, unsigned, unsigned, unsigned, std::uint32_t const*) { refuse(); }
pairs_on_device::~pairs_on_device() = default;
void pairs_on_device::load(std::uint64_t const*, std::size_t) { refuse(); }
std::size_t pairs_on_device::add_up(bool, bool) { refuse(); }
void pairs_on_device::read(std::uint64_t*, std::uint64_t*) { refuse(); }

availability check_linear_algebra() noexcept { return check_devices(); }
struct svd_on_device::state {};
svd_on_device::svd_on_device(device_queue&, sparse_matrix const&, bool) { refuse(); }
svd_on_device::~svd_on_device() = default;
std::size_t svd_on_device::bytes_of(std::size_t, std::size_t, std::size_t) noexcept { return 0; }
void svd_on_device::copy(tall, tall) { refuse(); }
void svd_on_device::times(tall, tall) { refuse(); }
void svd_on_device::transposed_times(tall, tall) { refuse(); }
void svd_on_device::gram(tall, tall, double*) { refuse(); }
void svd_on_device::subtract(tall, float const*, tall) { refuse(); }
void svd_on_device::rotate(tall, float const*, std::size_t) { refuse(); }
void svd_on_device::divide(tall, double const*, tall) { refuse(); }
void svd_on_device::add_squares(tall, tall, double const*, double*) { refuse(); }

struct nn_device::state {};
nn_device::nn_device(device_queue&, nn_options const&) { refuse(); }
nn_device::~nn_device() = default;
bool nn_device::has_cublas() const noexcept { return false; }
bool nn_device::has_cudnn() const noexcept { return false; }
void copy(nn_device&, float_input, float_matrix) { refuse(); }
void fill(nn_device&, float_matrix, float) { refuse(); }
void add_row(nn_device&, float_input, float_matrix) { refuse(); }
void sum_rows(nn_device&, float_input, float, float_matrix) { refuse(); }
void add(nn_device&, float_input, float, float_matrix) { refuse(); }
void scale(nn_device&, float_matrix, float) { refuse(); }
void multiply_values(nn_device&, float_input, float_input, float_matrix) { refuse(); }
void activate(nn_device&, activation, float_input, float_matrix) { refuse(); }
void activate_backward(nn_device&, activation, float_input, float_input, float_matrix) { refuse(); }
void drop(nn_device&, dropping const&, float_input, float_matrix) { refuse(); }
void masked_softmax(nn_device&, float_input, std::size_t, device_values<std::uint32_t const>, float_matrix) {
    refuse();
}
void multiply(nn_device&, operand, operand, float, float_matrix) { refuse(); }
void multiply_lanes(nn_device&, std::size_t, operand, operand, float, float, float_matrix) { refuse(); }
void gather(nn_device&, float_input, row_numbers, float_matrix) { refuse(); }
void scatter_add(nn_device&, float_input, row_numbers, float_matrix) { refuse(); }
void sum_into(nn_device&, float_input, row_numbers, float_matrix) { refuse(); }
void dot_rows(nn_device&, float_input, float_input, float_matrix) { refuse(); }
void dot_rows_backward(nn_device&, float_input, float_input, float_input, float_matrix, float_matrix) { refuse(); }
void reverse_steps(nn_device&, std::size_t, float_input, row_numbers, float_matrix) { refuse(); }
void repeat_rows(nn_device&, float_input, float_matrix) { refuse(); }
void sum_steps(nn_device&, float_input, float, float_matrix) { refuse(); }
void softmax_loss(nn_device&, float_input, target_numbers, float_matrix, loss_place, float) { refuse(); }
void softmax_loss_backward(nn_device&, float_input, target_numbers, float, float_matrix, float) { refuse(); }
void projection_loss(nn_device&, float_input, output_projection const&, target_numbers, loss_place,
                     output_gradients const&) {
    refuse();
}
void sigmoid_loss(nn_device&, float_input, device_values<std::uint8_t const>, float, float_matrix, loss_place) {
    refuse();
}
std::size_t recurrent_reserve(nn_device&, recurrent_layer const&) { refuse(); }
recurrent_plan_times recurrent_times(nn_device&, recurrent_layer const&) { refuse(); }
void recurrent_forward(nn_device&, recurrent_layer const&) { refuse(); }
void recurrent_backward(nn_device&, recurrent_layer const&, recurrent_layer_gradients const&) { refuse(); }
void additive_scores(nn_device&, additive_attention const&, float_matrix) { refuse(); }
void additive_scores_backward(nn_device&, additive_attention const&, float_input, float_matrix, float_matrix, float,
                              float_matrix) {
    refuse();
}
void normalize(nn_device&, normalization const&, float, float_input, float_matrix) { refuse(); }
void normalize_backward(nn_device&, normalization const&, normalization_gradients const&) { refuse(); }
void multi_head_forward(nn_device&, multi_head_pass const&) { refuse(); }
void multi_head_backward(nn_device&, multi_head_pass const&, multi_head_gradients const&) { refuse(); }
void multi_head_weights(nn_device&, multi_head_pass const&, std::size_t, float_matrix) { refuse(); }
void rotate(nn_device&, rotation const&, std::size_t, std::size_t, float_matrix) { refuse(); }
void address(nn_device&, memory_addressing const&) { refuse(); }
void address_backward(nn_device&, memory_addressing const&, memory_addressing_gradients const&) { refuse(); }
void write_memory(nn_device&, memory_writing const&) { refuse(); }
void write_memory_backward(nn_device&, memory_writing const&, memory_writing_gradients const&) { refuse(); }
void sums_of_squares(nn_device&, device_values<float_input const>, double*) { refuse(); }
void update(nn_device&, update_step const&, device_values<update_target const>, update_numbers const&) { refuse(); }

struct word2vec_on_device::state {};
std::size_t word2vec_on_device::bytes_of(word2vec_rules const&, bool, bool) noexcept { return 0; }
word2vec_on_device::word2vec_on_device(device_queue&, word2vec_rules const&, word2vec_tables const&, std::size_t) {
    refuse();
}
word2vec_on_device::~word2vec_on_device() = default;
void word2vec_on_device::write(float const*, float const*) { refuse(); }
void word2vec_on_device::read(float*, float*) { refuse(); }
bool word2vec_on_device::add(word2vec_block const&, bool) { refuse(); }
void word2vec_on_device::add_stored(std::size_t, word2vec_block const&) { refuse(); }
void word2vec_on_device::submit() { refuse(); }
std::size_t word2vec_on_device::take_results(word2vec_result*, std::size_t, bool) { refuse(); }
void word2vec_on_device::forget_stored() { refuse(); }
void word2vec_on_device::edges_of_stored(std::uint64_t const*, std::size_t, block_edges*, std::uint32_t*,
                                         std::uint32_t*) {
    refuse();
}
}
