/// The container of tensors that model files are kept in, and its floats of 16 bits.
export module wordmill.safetensors;
export import :half;
export import :header;
export import :tensor_file;
