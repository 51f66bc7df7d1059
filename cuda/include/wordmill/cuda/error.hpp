#pragma once
#include <exception>

namespace wordmill::cuda {
/// The exception of cuda/: a runtime call failed, or a call needs a device and there is none. `what()` is one line: the
/// call, the runtime's message, file and line.
class cuda_error : public std::exception {
public:
    cuda_error(int code, char const* message) noexcept;
    [[nodiscard]] char const* what() const noexcept override { return text_; }
    /// The runtime's error number (cudaError_t); -1 in a build without CUDA.
    [[nodiscard]] int code() const noexcept { return code_; }

    /// Whether the device has too little memory for the call.
    [[nodiscard]] bool out_of_memory() const noexcept { return code_ == 2; }

private:
    int code_;
    char text_[256];
};
}
