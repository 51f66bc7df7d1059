export module wordmill.safetensors:header;
import wordmill.core;
import wordmill.io;
import wordmill.standard;

namespace wordmill {
/// A tensor in a file: its type and the place of its bytes, row-major and little-endian.
export struct tensor_entry {
    std::string name{};
    std::string type{}; ///< "F32", "F16", "U8" ..
    std::vector<std::uint64_t> shape{};
    std::uint64_t begin = 0; ///< after the header
    std::uint64_t end = 0;
};

export struct safetensors_header {
    std::vector<tensor_entry> tensors{}; ///< sorted by `begin`
    note_map metadata{};
    std::string text{}; ///< the JSON
};

/// Reads and validates the header: JSON in UTF-8 of at most 100 MB, each key once, known types,
/// offsets that fit shape and type, tensors that fill the file without holes and overlaps. `failure::bad_data`.
export [[nodiscard]] safetensors_header read_safetensors_header(detail::byte_reader& in);

/// The JSON that `write_safetensors_header` writes.
export [[nodiscard]] std::string safetensors_header_text(std::span<tensor_entry const> tensors,
                                                         note_map const& metadata);
/// Writes the header of a file. The tensors, with the given names, types and shapes, must follow in order without gaps;
/// the first begins at a multiple of 64 bytes. Ignores `begin` and `end` of `tensors`. An unknown type is a
/// `contract_violation`.
export void write_safetensors_header(output_file& out, std::span<tensor_entry const> tensors, note_map const& metadata);
}
