module;
#include "wordmill/cuda/nn_device.hpp"
#include <memory>
#include <string>
module wordmill.nn;
import :cuda;
import :operations;
import wordmill.compute;

namespace wordmill {
namespace detail {
namespace {
struct device_owner {
    std::shared_ptr<compute_queue> queue = cuda_queue();
    cuda::nn_device device;

    explicit device_owner(cuda_options const& o) : device(device_queue_of(*queue), o.libraries, o.logits_at_once) {}
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
          cuda_updates(device) {}

    std::string name() const override { return device.has_libraries() ? "cuda, cuBLAS" : "cuda"; }
};
}
}

std::shared_ptr<operations<float>> cuda_operations(cuda_options const& options) {
    return on_cuda([&] { return std::make_shared<detail::cuda_arithmetic>(options); });
}
}
