#include "nn_kernels.hpp"

namespace wordmill::cuda {
nn_device::nn_device(device_queue& where, nn_options const& options) : state_(new state{where.work(), options}) {
    if (!options.libraries) return;
    auto const use = [](auto load) {
        try {
            load();
        } catch (cuda_error const& e) {
            if (e.out_of_memory()) throw; // the library is there, and its own memory does not fit
        }
    };
    use([&] {
        auto& s = *state_;
        auto handle = std::make_unique<blas_handle>(s.work);
        // Without a workspace of ours, it takes memory for each graph that its products become part of.
        on_device(s.work.device(), "cuBLAS", [&] { s.blas_workspace = array<char>(s.work, cublas_workspace); });
        check(blas().set_workspace(*handle, s.blas_workspace.data(), cublas_workspace), "workspace");
        s.blas = std::move(handle);
    });
    use([&] { state_->recurrent = std::make_unique<recurrent_library>(state_->work, options.products); });
}
nn_device::~nn_device() = default;
bool nn_device::has_cublas() const noexcept { return state_->blas != nullptr; }
bool nn_device::has_cudnn() const noexcept { return state_->recurrent != nullptr; }
}
