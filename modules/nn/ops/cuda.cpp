module;
#include "wordmill/cuda/device_queue.hpp"
#include "wordmill/cuda/nn_device.hpp"
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
module wordmill.nn;
import :cuda;
import :operations;
import wordmill.compute;
import wordmill.core;

namespace wordmill {
namespace detail {
namespace {
[[nodiscard]] cuda::product_precision kernel_of(precision products) {
    switch (products) {
    case precision::fp32: break;
    case precision::tf32: return cuda::product_precision::tf32;
    case precision::bf16: return cuda::product_precision::bf16;
    }
    return cuda::product_precision::fp32;
}

struct device_owner {
    std::shared_ptr<compute_queue> queue = cuda_queue();
    cuda::nn_device device;

    explicit device_owner(cuda_options const& o)
        : device(device_queue_of(*queue),
                 {.libraries = o.libraries, .products = kernel_of(o.products), .logits_at_once = o.logits_at_once}) {
        device_queue_of(*queue).use_graphs(o.graphs);
    }
};

class cuda_arithmetic final : device_owner,
                              public operations<float>,
                              cuda_memory,
                              cuda_products,
                              cuda_elements,
                              cuda_losses,
                              cuda_rows,
                              cuda_recurrent,
                              cuda_attention,
                              cuda_transformer,
                              cuda_addressing,
                              cuda_updates {
public:
    explicit cuda_arithmetic(cuda_options const& options)
        : device_owner(options),
          operations<float>(device_owner::queue),
          cuda_memory(device),
          cuda_products(device),
          cuda_elements(device),
          cuda_losses(device),
          cuda_rows(device),
          cuda_recurrent(device),
          cuda_attention(device),
          cuda_transformer(device),
          cuda_addressing(device),
          cuda_updates(device),
          products(options.products) {}

    std::string name() const override {
        return std::string("cuda") + (device.has_cublas() ? ", cuBLAS" : "") + (device.has_cudnn() ? ", cuDNN" : "")
               + (products == precision::fp32   ? ""
                  : products == precision::tf32 ? ", tf32"
                                                : ", bf16");
    }

private:
    precision products;
};
}
}

std::uint64_t cuda_step_bytes(std::uint64_t numbers, std::size_t buffers, std::uint64_t rows, std::uint64_t columns) {
    auto const at_once = std::max<std::uint64_t>(cuda_options().logits_at_once, checked_product(64, columns));
    auto const logits = std::min<std::uint64_t>(checked_product(rows, columns), at_once);
    auto const rounding = checked_product(buffers, std::size_t{1} << 16); // of the sizes of allocations
    return checked_sum(checked_product(checked_sum(numbers, logits), sizeof(float)),
                       checked_sum(rounding, cuda::cublas_workspace));
}

std::shared_ptr<operations<float>> cuda_operations(cuda_options const& options) {
    return on_cuda([&] { return std::make_shared<detail::cuda_arithmetic>(options); });
}
}
