#pragma once
#include <exception>

namespace wordmill::cuda {
/// The one exception of cuda/: a runtime call that failed, or a call that needs a device where there is none.
/// `what()` is one line: what was tried, the runtime's own words, file and line.
class cuda_error : public std::exception {
public:
    cuda_error(int code, char const* message) noexcept;
    [[nodiscard]] char const* what() const noexcept override { return text_; }
    /// The runtime's error number (cudaError_t); -1 in a build without CUDA.
    [[nodiscard]] int code() const noexcept { return code_; }

    /// Whether the device has too little memory for what was tried.
    [[nodiscard]] bool out_of_memory() const noexcept { return code_ == 2; }

private:
    int code_;
    char text_[256];
};
}
