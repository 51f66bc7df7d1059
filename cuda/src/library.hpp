// Shared libraries that are loaded on first use, so a program starts without them.
#pragma once
namespace wordmill::cuda {
/// Loads a library by name, once; it is never unloaded. Throws cuda_error with the loader's message.
[[nodiscard]] void* load_library(char const* name);
/// Looks up a symbol of a library. Throws cuda_error naming both.
[[nodiscard]] void* find_function(void* library, char const* library_name, char const* name);
}
