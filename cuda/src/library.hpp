// Shared libraries that are looked for when they are needed: a program starts without them.
#pragma once
namespace wordmill::cuda {
/// The library of that name, loaded once and never unloaded. Throws cuda_error with the loader's own words.
[[nodiscard]] void* load_library(char const* name);
/// What the library has under a name. Throws cuda_error naming both.
[[nodiscard]] void* find_function(void* library, char const* library_name, char const* name);
}
