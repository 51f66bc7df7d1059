#include "library.hpp"
#include "wordmill/cuda/error.hpp"
#include <cstdio>
#include <dlfcn.h>

namespace wordmill::cuda {
namespace {
constexpr int not_loaded = -2;
}

void* load_library(char const* name) {
    if (void* const library = dlopen(name, RTLD_NOW | RTLD_LOCAL)) return library;
    char const* const reason = dlerror();
    throw cuda_error(not_loaded, reason != nullptr ? reason : name);
}

void* find_function(void* library, char const* library_name, char const* name) {
    if (void* const function = dlsym(library, name)) return function;
    char text[200];
    std::snprintf(text, sizeof text, "%s has no %s", library_name, name);
    throw cuda_error(not_loaded, text);
}
}
