export module wordmill.io:npy_header;
import wordmill.standard;

// The header of an .npy file (NumPy's format, versions 1.0 to 3.0).
namespace wordmill::detail {
export struct npy_header {
    std::string type{}; ///< "<f4"
    bool fortran_order = false;
    std::vector<std::uint64_t> shape{}; ///< none for a scalar
    std::size_t bytes = 0;              ///< of the file before the array
};

/// `read` fills the whole span or throws; `refuse` throws a `failure::bad_data` with the given message and the place.
export [[nodiscard]] npy_header read_npy_header(std::function<void(char*, std::size_t)> const& read,
                                                std::function<void(std::string const&)> const& refuse);
/// The header of a little-endian array in C order, version 1.0; values begin at a multiple of 64 bytes.
export [[nodiscard]] std::string npy_header_text(std::string_view type, std::span<std::uint64_t const> shape);
/// "(3, 1)", "(3,)", "()", as in Python.
export [[nodiscard]] std::string npy_shape_text(std::span<std::uint64_t const> shape);
}
