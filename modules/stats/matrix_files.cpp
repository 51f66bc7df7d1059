module;
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
module wordmill.stats;
import wordmill.core;
import wordmill.io;
import :cooccurrence;
import :matrix_entries;
import :matrix_files;

namespace wordmill {
namespace {
using namespace detail;

constexpr std::array<std::pair<matrix_format, std::string_view>, 5> names{
    {{matrix_format::automatic, "automatic"},
     {matrix_format::wordmill, "wordmill"},
     {matrix_format::matrix_market, "matrix-market"},
     {matrix_format::glove, "glove"},
     {matrix_format::npz, "npz"}}};

/// The format by the extension of the name, before the extension of a codec.
matrix_format format_of_name(std::string const& path) {
    std::filesystem::path file(path);
    if (codec_of_name(path) != codec::none) file.replace_extension();
    auto const end = file.extension().string();
    if (end == ".mtx") return matrix_format::matrix_market;
    if (end == ".bin") return matrix_format::glove;
    if (end == ".npz") return matrix_format::npz;
    return matrix_format::wordmill;
}

template <class Matrix> void save(Matrix const& matrix, std::string const& path, save_matrix_options const& options) {
    auto const format = options.format == matrix_format::automatic ? format_of_name(path) : options.format;
    auto written = options.output;
    if (written.compression == codec::none) written.compression = codec_of_name(path);
    if (format == matrix_format::npz && written.compression != codec::none)
        throw error(failure::usage,
                    "npz: expected no compression of the whole file, found " + std::string(name(written.compression)),
                    {.file = path}, "SciPy would not read it");
    expect_numberable(matrix.rows(), matrix.columns(), {.file = path});
    output_file out(path, written);
    switch (format) {
    case matrix_format::automatic:
    case matrix_format::wordmill: write_own(matrix, out); break;
    case matrix_format::matrix_market: write_matrix_market(matrix, out); break;
    case matrix_format::glove: write_glove(matrix, out); break;
    case matrix_format::npz: write_npz(matrix, out); break;
    }
    out.commit();
}
}

std::string_view name(matrix_format format) noexcept {
    for (auto const& [known, text] : names)
        if (known == format) return text;
    return "unknown";
}

matrix_format matrix_format_named(std::string_view wanted) {
    std::string all;
    for (auto const& [format, text] : names) {
        if (text == wanted) return format;
        all += (all.empty() ? "" : ", ") + std::string(text);
    }
    throw error(failure::usage, "expected a format of matrices (" + all + "), found '" + std::string(wanted) + "'");
}

void save_cooccurrences(cooccurrence_counts const& counts, std::string const& path,
                        save_matrix_options const& options) {
    save(weights_to_write{counts, options.vocabulary}, path, options);
}

void save_matrix(csr_view<float const> matrix, std::string const& path, save_matrix_options const& options) {
    save(values_to_write{matrix, options.vocabulary}, path, options);
}
}
