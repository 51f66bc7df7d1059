/// Safetensors files, which hold models and checkpoints, and their 16-bit floats.
export module wordmill.safetensors;
export import :half;
export import :header;
export import :tensor_file;
