#include "parquet_column.hpp"

#include <dlfcn.h>

namespace wordmill::detail {
#ifdef WORDMILL_ARROW_VERSION
std::string_view parquet_library_name() noexcept { return "Apache Arrow " WORDMILL_ARROW_VERSION; }

// The linker's search path names the folder of the library. It stays loaded: Arrow cannot be unloaded.
std::shared_ptr<parquet_file const> open_parquet(std::string const& path, std::uint64_t memory_bytes) {
    auto const missing = [] {
        auto const* const given = dlerror();
        std::string const why = given ? given : "no reason given";
        auto const text = "cannot load the Parquet reader: " + why;
        for (std::string_view const memory : {"map segment", "allocate memory"}) // the loader tells it in words alone
            if (why.find(memory) != std::string::npos)
                throw parquet_error(parquet_fault::memory, text, "the process may not use enough memory (ulimit -v)");
        throw parquet_error(parquet_fault::unavailable, text, how_to_get_parquet);
    };
    auto* const library = dlopen("libwordmill_parquet.so", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (library == nullptr) missing();
    auto* const symbol = dlsym(library, parquet_opener_name);
    if (symbol == nullptr) missing();
    return std::shared_ptr<parquet_file const>(reinterpret_cast<parquet_opener*>(symbol)(path.c_str(), memory_bytes));
}
#else
std::string_view parquet_library_name() noexcept { return {}; }

std::shared_ptr<parquet_file const> open_parquet(std::string const&, std::uint64_t) {
    throw parquet_error(parquet_fault::unavailable, "this build has no Parquet reader", how_to_get_parquet);
}
#endif
}
