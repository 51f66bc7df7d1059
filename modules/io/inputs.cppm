export module wordmill.io:inputs;
import wordmill.standard;

namespace wordmill {
/// One input as it was found: a name (bytes in any encoding) and what identifies its content.
export struct input_file {
    enum class kind { regular, fifo, standard_input, other };
    std::string name{}; ///< path as given, or "-" for standard input that is no file
    kind type = kind::regular;
    std::uint64_t bytes = 0;  ///< stored size; 0 when not regular
    std::uint64_t device = 0; ///< with the inode, the identity of the file
    std::uint64_t inode = 0;
    std::int64_t modified_ns = 0;

    [[nodiscard]] inline bool can_reread() const noexcept { return type == kind::regular; }
};

/// Turns arguments into inputs, in order. An argument is a file, a directory, a glob pattern (if no file has that name;
/// matches are sorted by the bytes of their names), or "-" for standard input, which becomes the regular file
/// "/dev/stdin" when it was redirected from one of which nothing was read yet. A directory gives its regular files,
/// recursively, sorted by the bytes of their names; hidden files, FIFOs and devices are skipped, links are followed. A
/// file named twice is read twice. All inputs are checked to exist and be readable before any is read; no file stays
/// open. `failure::no_input` with path and reason, also when a pattern matches nothing or a directory has no files.
export [[nodiscard]] std::vector<input_file> find_inputs(std::span<std::string const> arguments);

/// XXH3 of names, sizes, inodes and times. It changes when the inputs change, and is never 0.
export [[nodiscard]] std::uint64_t fingerprint(std::span<input_file const> inputs);

/// XXH3 of the stored bytes of the inputs in their order, whatever their names and times: all of a file of up to 4 MiB;
/// of a larger one its size and 64 samples of 64 KiB, the first and the last among them. Of an input that is not a
/// regular file only its kind. `failure::no_input` and `failure::io` when a file cannot be read.
export [[nodiscard]] std::uint64_t content_fingerprint(std::span<input_file const> inputs);

/// True when `path` ("-" is standard output) is the regular file that `input` was, under any name: writing there
/// would destroy what is read. False for a path that does not exist.
export [[nodiscard]] bool same_file(input_file const& input, std::string const& path);
}
