export module wordmill.safetensors:header;
import wordmill.core;
import wordmill.io;
import wordmill.standard;

namespace wordmill {
/// A tensor in a file: what it is and where its bytes lie, row-major and little-endian.
export struct tensor_entry {
    std::string name{};
    std::string type{}; ///< "F32", "F16", "U8" ..
    std::vector<std::uint64_t> shape{};
    std::uint64_t begin = 0; ///< behind the header
    std::uint64_t end = 0;
};

export struct safetensors_header {
    std::vector<tensor_entry> tensors{}; ///< by where they begin
    std::map<std::string, std::string> metadata{};
    std::string text{}; ///< the JSON
};

/// Reads the header and holds it against the format: JSON in UTF-8 of at most 100 MB, each key once, known types,
/// offsets that fit shape and type, tensors that fill the file without holes and overlaps. `failure::bad_data`.
export [[nodiscard]] safetensors_header read_safetensors_header(detail::byte_reader& in);

/// The JSON that `write_safetensors_header` writes.
export [[nodiscard]] std::string safetensors_header_text(std::span<tensor_entry const> tensors,
                                                         std::map<std::string, std::string> const& metadata);
/// Writes the header of a file whose tensors, of names, types and shapes as given, come behind it one after the other
/// without gaps; the first begins at a multiple of 64 bytes. `begin` and `end` of `tensors` are not read. A type that
/// is not known is a `contract_violation`.
export void write_safetensors_header(output_file& out, std::span<tensor_entry const> tensors,
                                     std::map<std::string, std::string> const& metadata);
}
