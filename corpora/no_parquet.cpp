module;
#include <coroutine>
#include <memory>
#include <string>
#include <vector>
module wordmill.corpora;
import wordmill.core;
import wordmill.io;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
bool parquet_available() noexcept { return false; }

generator<text_block> read_parquet(std::vector<input_file> inputs, parquet_options) {
    throw error(failure::unavailable, "Parquet: this build has no Parquet reader",
                place{.file = inputs.empty() ? std::string() : inputs.front().name},
                "build wordmill with Apache Arrow's C++ library (-DWORDMILL_PARQUET=ON), or convert the file to JSON "
                "lines");
    co_return;
}
}
