export module wordmill.stats:matrix_files;
import :cooccurrence;
import wordmill.core;
import wordmill.io;
import wordmill.standard;

namespace wordmill {
/// How a sparse matrix lies in a file. `wordmill` is our own, all little-endian:
/// - 64 bytes: "WMMATRIX", u32 version (1), u32 kind (0 weights, 1 values), u64 rows, columns, unit (1 for values),
///   fingerprint of the vocabulary (0 = unknown), 0, and the XXH3 of these 56 bytes;
/// - the entries by row, then column, each pair once: u32 row, u32 column, and a u64 weight above 0 (counted in
///   1 / unit) or an f32 value;
/// - 24 bytes: u64 entries, u64 sum of the weights (0 for values), XXH3 of everything before it.
/// NumPy reads the entries of weights (for values: '<f4' and 12 bytes) of the file `f` with
///   np.fromfile(f, [('row', '<u4'), ('column', '<u4'), ('weight', '<u8')], (os.path.getsize(f) - 88) // 16, offset=64)
export enum class matrix_format : std::uint8_t {
    automatic,     ///< load: by content; save: by the name's end
    wordmill,      ///< our own, as above (any other name)
    matrix_market, ///< text, "%%MatrixMarket matrix coordinate ..." (.mtx)
    glove,         ///< GloVe's cooccurrence.bin: int32 row and int32 column from 1, double; no shape, no header (.bin)
    npz,           ///< of scipy.sparse.save_npz and load_npz (.npz)
};
export [[nodiscard]] std::string_view name(matrix_format format) noexcept;
/// The inverse of `name`, e.g. "matrix-market"; `failure::usage` lists the names.
export [[nodiscard]] matrix_format matrix_format_named(std::string_view name);

export struct save_matrix_options {
    matrix_format format = matrix_format::automatic;
    std::uint64_t vocabulary = 0; ///< fingerprint of the vocabulary that ids are of; kept by our own format only
    output_options output{};
};

/// Writes weights as they stream by (Matrix Market asks for `totals` first, .npz reads the entries three times), in
/// constant memory, atomically. Without a codec in the options that of the name is used ("x.mtx.gz"); .npz takes none.
/// Only our own format knows the unit: elsewhere a unit of 1 gives whole numbers (Matrix Market integers, '<i8'), and
/// others weight / unit as doubles. `failure::bad_data` for a weight that would not come back exactly (above 2^53 as a
/// double, above 2^63 in .npz); `failure::usage` for more types than the format can number.
export void save_cooccurrences(cooccurrence_counts const& counts, std::string const& path,
                               save_matrix_options const& options = {});
/// Writes real values: floats of 32 bits, or text that reads back to the same ones. GloVe's format takes a square
/// matrix, and forgets its size. `failure::bad_data` for values that are not finite and columns that do not ascend.
export void save_matrix(csr_view<float const> matrix, std::string const& path, save_matrix_options const& options = {});

export struct load_matrix_options {
    matrix_format format = matrix_format::automatic;
    std::uint64_t unit = 1;         ///< weights of formats without a unit are counted in 1 / unit
    std::uint64_t types = 0;        ///< of GloVe's format: V; 0 = the largest id that is found
    std::uint64_t vocabulary = 0;   ///< refuse a file that names another vocabulary; 0 = take any
    std::uint64_t memory_bytes = 0; ///< bound on what is held in memory; 0 = half of what the machine allows
};

/// Reads weights from a file of any codec (.npz: none), or "-"; recognised by content. Matrices are square.
/// Our own format, and GloVe's when its entries are in order, stay on disk: each pass over the entries reads the file
/// again (and decodes it), in constant memory. The file must not change meanwhile: that is a `failure::bad_data` of the
/// next pass. Everything else - other formats, pipes, a shuffled file of GloVe - is held in memory, sorted: 16 bytes an
/// entry, up to three times as much while it grows when the file's size does not tell the number of entries.
/// - Our own: a damaged header is refused at once, damaged entries no later than at the end of each pass.
/// - Matrix Market: coordinate, integer or real, general or symmetric (both triangles are delivered), in any order.
/// - GloVe: without a first line to tell it by, any other binary file of whole records is taken for it.
/// - .npz: csr, csc and coo of '<f4', '<f8', '<i4', '<i8', '<u4', '<u8'; arrays of objects are never unpickled.
/// Zeros of other formats are left out. A number that is no whole multiple of 1 / unit (doubles to 1e-9, floats to
/// their 24 bits), negative, or not finite, a pair that comes twice, an id outside of the shape, and whatever else the
/// format does not say is a `failure::bad_data` with line, byte or entry. Claimed sizes are compared with the bytes
/// there are and with `memory_bytes` before anything is allocated: `failure::resource` names both numbers.
export [[nodiscard]] cooccurrence_counts load_cooccurrences(std::string const& path,
                                                            load_matrix_options const& options = {});
/// Reads real values into memory, of either sign; weights of our own format become weight / unit, `unit` of the
/// options is not looked at. Needs 8 bytes an entry for our own format and 20 for others. Otherwise as
/// `load_cooccurrences`. A number that is no 32-bit float (too large, or too
/// small and not 0) is a `failure::bad_data`.
export [[nodiscard]] csr<float> load_matrix(std::string const& path, load_matrix_options const& options = {});
}
