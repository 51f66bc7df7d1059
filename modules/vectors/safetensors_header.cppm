module;
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>
module wordmill.vectors:safetensors_header;
import wordmill.core;
import wordmill.io;

namespace wordmill::detail {
struct tensor {
    std::string name{};
    std::string type{};
    std::vector<std::uint64_t> shape{};
    std::uint64_t begin = 0; ///< behind the header
    std::uint64_t end = 0;
};

struct safetensors_header {
    std::vector<tensor> tensors{}; ///< by where they begin
    std::map<std::string, std::string> metadata{};
};

/// Reads the header and holds it against the format: JSON in UTF-8 of at most 100 MB, each key once, known types,
/// offsets that fit shape and type, tensors that fill the file without holes and overlaps. `failure::bad_data`.
[[nodiscard]] safetensors_header read_safetensors_header(byte_reader& in);
}
