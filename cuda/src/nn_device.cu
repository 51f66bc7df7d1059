#include "nn_kernels.hpp"

namespace wordmill::cuda {
nn_device::nn_device(device_queue& where, nn_options const& options) : state_(new state{where.work(), options}) {
    if (!options.libraries) return;
    try {
        state_->blas = std::make_unique<blas_handle>(state_->work);
    } catch (cuda_error const& e) {
        if (e.out_of_memory()) throw; // the library is there, and its own memory does not fit
    }
}
nn_device::~nn_device() = default;
bool nn_device::has_libraries() const noexcept { return state_->blas != nullptr; }
}
