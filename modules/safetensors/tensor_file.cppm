export module wordmill.safetensors:tensor_file;
import wordmill.core;
import wordmill.io;
import wordmill.standard;

namespace wordmill {
/// A view of floats with a name and a shape, row-major.
export struct named_tensor {
    std::string name{};
    std::vector<std::uint64_t> shape{};
    std::span<float const> values{};
    matrix_view<float const> rows{}; ///< instead of `values`: rows that may have gaps between them
};

export struct save_tensors_options {
    bool half = false; ///< floats of 16 bits; values beyond 65504 are then a `failure::bad_data`
    output_options output{};
};

/// Writes a safetensors file atomically. Adds the note "xxh3", a checksum of all notes, names, types, shapes and bytes.
/// A value that is not finite is a `failure::bad_data` that names its tensor; an existing file is then kept.
export void save_tensors(std::string const& path, std::span<named_tensor const> tensors, note_map const& notes,
                         save_tensors_options const& options = {});

/// The content of a file, converted to 32-bit floats.
export struct loaded_tensor {
    std::vector<std::uint64_t> shape{};
    std::vector<float> values{};
};
export struct loaded_tensors {
    std::string file{};
    note_map notes{}; ///< without "xxh3"
    std::map<std::string, loaded_tensor> tensors{};
    bool checked = false; ///< it had an "xxh3" that is right

    /// A tensor of the given shape. `failure::bad_data` that names file and tensor when there is none, or both shapes
    /// when they differ.
    [[nodiscard]] std::span<float const> at(std::string const& name, std::span<std::uint64_t const> shape) const;
};
/// Reads all tensors of floats (F16, BF16, F32, F64) and refuses others. Damage of the
/// format, a wrong checksum and values that are not finite are a `failure::bad_data`; a file without a checksum is
/// accepted.
export [[nodiscard]] loaded_tensors load_tensors(std::string const& path);

/// Where the floats of a tensor [rows, columns] belong.
export struct tensor_destination {
    std::string name{};
    matrix_view<float> to{};
};
/// Reads the tensors of a file straight to where they belong, so that they are in memory once only, and returns its
/// notes. The file must hold these tensors and no others, with a checksum. Errors are those of `load_tensors`; the
/// destinations then hold part of the file and must not be used.
export note_map load_tensors_into(std::string const& path, std::span<tensor_destination const> destinations);

/// Converts little-endian floats of a type of tensors (F16, BF16, F32, F64). False for another type.
export bool convert_floats(char const* from, std::string_view type, std::span<float> to) noexcept;
}
