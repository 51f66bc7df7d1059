// For .cu files only: what is used of cuDNN 9, which is loaded on first use. It is declared here, so that no build
// needs its headers; recurrent_library.cu compares these declarations with the headers where there are some.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cuda_runtime_api.h>

namespace wordmill::cuda::dnn {
inline constexpr char library_name[] = "libcudnn.so.9";

/// Handles and descriptors are pointers, enumerations have the size of an int.
using object = void*;

inline constexpr int success = 0;
inline constexpr int not_supported = 3000; ///< up to 3999
inline constexpr int of_floats = 0;        ///< CUDNN_DATA_FLOAT
inline constexpr int default_math = 0;     ///< products in TF32 where the data are floats
inline constexpr int fma_math = 3;         ///< products in fp32
inline constexpr int standard = 0, persist_static = 1, persist_dynamic = 2, small_h = 3; ///< CUDNN_RNN_ALGO_...
inline constexpr int tanh_cell = 1, lstm_cell = 2;
inline constexpr int single_input_bias = 1;
inline constexpr int unidirectional = 0;
inline constexpr int linear_input = 0;
inline constexpr int packed_steps = 1; ///< row t B + b is lane b at step t
inline constexpr int training = 1;
inline constexpr int adds_gradients = 0;

struct functions {
    int (*create)(object* handle);
    int (*destroy)(object handle);
    int (*set_stream)(object handle, cudaStream_t);
    char const* (*text_of)(int status);

    int (*create_tensor)(object*);
    int (*destroy_tensor)(object);
    int (*set_tensor)(object, int type, int dimensions, int const sizes[], int const strides[]);
    int (*create_dropout)(object*);
    int (*destroy_dropout)(object);
    int (*set_dropout)(object, object handle, float ratio, void* states, std::size_t bytes, unsigned long long seed);
    int (*create_data)(object*);
    int (*destroy_data)(object);
    int (*set_data)(object, int type, int layout, int steps, int lanes, int size, int const lengths[], void* padding);
    int (*create_rnn)(object*);
    int (*destroy_rnn)(object);
    int (*set_rnn)(object, int algorithm, int cell, int bias, int direction, int input, int type, int precision,
                   int math, std::int32_t input_size, std::int32_t hidden_size, std::int32_t projection_size,
                   std::int32_t layers, object dropout, std::uint32_t flags);

    int (*build_dynamic)(object handle, object rnn, int lanes);
    int (*weight_bytes)(object handle, object rnn, std::size_t* bytes);
    int (*weights_at)(object handle, object rnn, std::int32_t layer, std::size_t bytes, void const* space,
                      std::int32_t number, object matrix, void** matrix_at, object bias, void** bias_at);
    int (*space_bytes)(object handle, object rnn, int mode, object x, std::size_t* work, std::size_t* reserve);

    int (*forward)(object handle, object rnn, int mode, std::int32_t const device_lengths[], object x_data,
                   void const* x, object y_data, void* y, object h_tensor, void const* h, void* last_h, object c_tensor,
                   void const* c, void* last_c, std::size_t weight_bytes, void const* weights, std::size_t work_bytes,
                   void* work, std::size_t reserve_bytes, void* reserve);
    int (*backward_data)(object handle, object rnn, std::int32_t const device_lengths[], object y_data, void const* y,
                         void const* d_y, object x_data, void* d_x, object h_tensor, void const* h,
                         void const* d_last_h, void* d_h, object c_tensor, void const* c, void const* d_last_c,
                         void* d_c, std::size_t weight_bytes, void const* weights, std::size_t work_bytes, void* work,
                         std::size_t reserve_bytes, void* reserve);
    int (*backward_weights)(object handle, object rnn, int mode, std::int32_t const device_lengths[], object x_data,
                            void const* x, object h_tensor, void const* h, object y_data, void const* y,
                            std::size_t weight_bytes, void* d_weights, std::size_t work_bytes, void* work,
                            std::size_t reserve_bytes, void* reserve);
};
/// Throws cuda_error when the library cannot be loaded.
[[nodiscard]] functions const& all();
}
