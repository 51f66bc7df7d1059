export module wordmill.stats:matrix_files;
import :cooccurrence;
import wordmill.core;
import wordmill.io;
import wordmill.standard;

namespace wordmill {
/// The file format of a sparse matrix. `wordmill` is Wordmill's own format, all little-endian:
/// - 64 bytes: "WMMATRIX", u32 version (1), u32 kind (0 weights, 1 values), u64 rows, columns, unit (1 for values),
///   fingerprint of the vocabulary (0 = unknown), 0, and the XXH3 of these 56 bytes;
/// - the entries by row, then column, each pair once: u32 row, u32 column, and a u64 weight above 0 (counted in
///   1 / unit) or an f32 value;
/// - 24 bytes: u64 entries, u64 sum of the weights (0 for values), XXH3 of everything before it.
/// NumPy reads the entries of weights (for values: '<f4' and 12 bytes) of the file `f` with
///   np.fromfile(f, [('row', '<u4'), ('column', '<u4'), ('weight', '<u8')], (os.path.getsize(f) - 88) // 16, offset=64)
export enum class matrix_format : std::uint8_t {
    automatic,     ///< load: by content; save: by the extension of the name
    wordmill,      ///< Wordmill's own, as above (any other name)
    matrix_market, ///< text, "%%MatrixMarket matrix coordinate ..." (.mtx)
    glove,         ///< GloVe's cooccurrence.bin: int32 row and int32 column from 1, double; no shape, no header (.bin)
    npz,           ///< as written and read by scipy.sparse.save_npz and load_npz (.npz)
};
export [[nodiscard]] std::string_view name(matrix_format format) noexcept;
/// The inverse of `name`, e.g. "matrix-market"; `failure::usage` lists the names.
export [[nodiscard]] matrix_format matrix_format_named(std::string_view name);

export struct save_matrix_options {
    matrix_format format = matrix_format::automatic;
    std::uint64_t vocabulary = 0; ///< fingerprint of the vocabulary of the ids; kept by Wordmill's own format only
    output_options output{};
};

/// Writes a stream of weights in constant memory, atomically. (Matrix Market needs `totals` first; .npz reads the
/// entries three times.) If the options name no codec, the extension decides ("x.mtx.gz"); .npz allows no codec. Only
/// Wordmill's own format stores the unit. In other formats a unit of 1 gives whole numbers (Matrix Market integers,
/// '<i8'), and any other unit gives weight / unit as doubles. A weight that would not be read back exactly (above 2^53
/// as a double, above 2^63 in .npz) is a `failure::bad_data`. More types than the format can number are a
/// `failure::usage`.
export void save_cooccurrences(cooccurrence_counts const& counts, std::string const& path,
                               save_matrix_options const& options = {});
/// Writes real values as 32-bit floats, or as text that reads back to the same floats. GloVe's format requires a square
/// matrix and does not store its size. A value that is not finite and columns that do not ascend are a
/// `failure::bad_data`.
export void save_matrix(csr_view<float const> matrix, std::string const& path, save_matrix_options const& options = {});

export struct load_matrix_options {
    matrix_format format = matrix_format::automatic;
    std::uint64_t unit = 1;         ///< weights of formats without a unit are counted in 1 / unit
    std::uint64_t types = 0;        ///< V, for GloVe's format; 0 = the largest id found
    std::uint64_t vocabulary = 0;   ///< refuse a file with another vocabulary fingerprint; 0 = accept any
    std::uint64_t memory_bytes = 0; ///< bound on the memory for entries; 0 = half of what the machine allows
};

/// Reads weights from a file of any codec (.npz: none), or from standard input ("-"). The format is recognised by
/// content. Matrices are square. Files in Wordmill's own format, and GloVe files whose entries are in order, stay on
/// disk: each pass over the entries reads and decodes the file again, in constant memory. If the file changes between
/// passes, the next pass throws `failure::bad_data`. Everything else - other formats, pipes, a shuffled GloVe file - is
/// held in memory, sorted, in 16 bytes per entry. When the size of the file does not tell the number of entries, it
/// takes up to three times as much while it grows.
/// - Wordmill's own: a damaged header is refused at once, damaged entries no later than at the end of each pass.
/// - Matrix Market: coordinate, integer or real, general or symmetric (both triangles are delivered), in any order.
/// - GloVe: the format has no header, so any other binary file of whole records is read as GloVe's.
/// - .npz: csr, csc and coo of '<f4', '<f8', '<i4', '<i8', '<u4', '<u8'; arrays of objects are never unpickled.
/// Zeros in other formats are skipped. These are a `failure::bad_data` with line, byte or entry: a number that is
/// negative, not finite, or not a whole multiple of 1 / unit (to 1e-9 for doubles, to 24 bits for floats); a pair that
/// occurs twice; an id outside the shape; and anything else that the format does not allow. Before anything is
/// allocated, claimed sizes are compared with the bytes in the file and with `memory_bytes`; a size beyond
/// `memory_bytes` is a `failure::resource` with both numbers.
export [[nodiscard]] cooccurrence_counts load_cooccurrences(std::string const& path,
                                                            load_matrix_options const& options = {});
/// Reads real values of either sign into memory. Weights in Wordmill's own format become weight / unit; `unit` of the
/// options is ignored. Needs 8 bytes per entry for Wordmill's own format and 20 for others. A number that a 32-bit
/// float cannot hold (too large, or too small and not 0) is a `failure::bad_data`. Otherwise as `load_cooccurrences`.
export [[nodiscard]] csr<float> load_matrix(std::string const& path, load_matrix_options const& options = {});
}
