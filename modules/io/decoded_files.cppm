export module wordmill.io:decoded_files;
import :bytes;
import :inputs;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
/// Decodes files one after the other, in order. With `byte_options::threads` > 1, up to `threads` - 1 of the next files
/// are decoded ahead, each on its own thread, as far as half of `memory_bytes` allows. Blocks, counts and errors equal
/// those of `read_bytes` for each file. Only regular files of some size are started early. To be used by one thread.
export class decoded_files {
public:
    /// `options.restart`, `restart_byte` and `byte` are for file number `first`; the others start at 0.
    decoded_files(std::vector<input_file> files, std::size_t first, byte_options options);
    decoded_files(decoded_files const&) = delete;
    decoded_files& operator=(decoded_files const&) = delete;
    /// Stops decoding ahead.
    ~decoded_files();

    /// The blocks of file `i`; call with `first`, `first` + 1, ... The generator may outlive this object.
    [[nodiscard, clang::coro_wrapper]] generator<byte_block> read(std::size_t i);

private:
    struct state;
    std::unique_ptr<state> state_;
};
}
