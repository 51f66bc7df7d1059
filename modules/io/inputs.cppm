export module wordmill.io:inputs;
import wordmill.standard;

namespace wordmill {
/// One input as found before any work: a name (bytes, any encoding) and what identifies its content.
export struct input_file {
    enum class kind { regular, fifo, standard_input, other };
    std::string name{}; ///< path as given, or "-" for standard input
    kind type = kind::regular;
    std::uint64_t bytes = 0;  ///< stored size; 0 when not regular
    std::uint64_t device = 0; ///< with the inode, the identity of the file
    std::uint64_t inode = 0;
    std::int64_t modified_ns = 0;

    [[nodiscard]] inline bool can_reread() const noexcept { return type == kind::regular; }
};

/// Turns arguments into inputs, in order: a file, a directory, a glob pattern (when no file has that very name; its
/// matches sorted by name bytes), "-" for standard input. A directory stands for its regular files, recursively, sorted
/// by name bytes; hidden ones, FIFOs and devices in it are left out, links in it are followed. A file named twice is
/// read twice. Everything is checked to exist and be readable before any is read, no file stays open.
/// `failure::no_input` with path and reason, also when a pattern matches nothing or a directory has no files.
export [[nodiscard]] std::vector<input_file> find_inputs(std::span<std::string const> arguments);

/// Of names, sizes, inodes and times (XXH3): changes when the inputs change. Never 0.
export [[nodiscard]] std::uint64_t fingerprint(std::span<input_file const> inputs);

/// True when `path` ("-" is standard output) is the regular file that `input` was, under any name: writing there
/// would destroy what is read. A path that does not exist is not.
export [[nodiscard]] bool same_file(input_file const& input, std::string const& path);
}
