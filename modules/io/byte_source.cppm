module wordmill.io:byte_source;
import :inputs;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// An input opened for raw reads at 64-bit offsets. Any thread may read a seekable one.
class stored_file {
public:
    /// Throws `failure::no_input` with path and reason. A file that was found with a size is read up to that size,
    /// so that a file that grows in the meantime is read to its old end; one that shrinks is `failure::bad_data`.
    explicit stored_file(input_file file, monitor watch = {});
    stored_file(stored_file const&) = delete;
    stored_file& operator=(stored_file const&) = delete;
    ~stored_file();

    /// Reads at least one byte of [offset, offset + size) and returns how many; 0 at the end. An unseekable input
    /// must be read in order. A read error is a `failure::io` with the offset.
    [[nodiscard]] std::size_t read(char* to, std::size_t size, std::uint64_t offset) const;
    /// Compares the file with its state when it was found: shrinking throws, other changes are noted.
    void check_unchanged(tally& counts) const;

    [[nodiscard]] input_file const& input() const noexcept { return file_; }
    [[nodiscard]] bool seekable() const noexcept { return file_.can_reread(); }
    /// Stored bytes of a seekable input.
    [[nodiscard]] std::uint64_t size() const;

private:
    [[noreturn]] void throw_shrunk(std::uint64_t bytes) const;

    input_file file_;
    monitor watch_;
    int descriptor_ = -1;
    std::uint64_t size_ = 0;
};

/// The free part of a block that is being filled.
struct room {
    char* next;
    std::size_t left;
    inline void fill(std::size_t size) noexcept { next += size, left -= size; }
};

/// A buffered reader of a stored file.
class byte_source {
public:
    static constexpr std::size_t default_buffer = std::size_t{256} << 10;
    explicit byte_source(std::shared_ptr<stored_file const> file, std::size_t buffer_bytes = default_buffer);

    /// The bytes at `offset()`: at least `size` of them, fewer only before the end of the file. Valid until the next
    /// call that is not const.
    [[nodiscard]] inline std::span<unsigned char const> peek(std::size_t size) {
        if (end_ - begin_ < size) fill(size);
        return {buffer_.data() + begin_, end_ - begin_};
    }
    inline void consume(std::size_t size) noexcept { begin_ += size; }
    [[nodiscard]] inline std::uint64_t offset() const noexcept { return read_offset_ - (end_ - begin_); }

    /// Goes to a stored offset; when the input is not seekable, reads and discards what lies between.
    void seek(std::uint64_t offset);
    /// Reads until `out` is full or the file ends, past the buffer where possible.
    void read(room& out);
    /// Goes to the end and returns the size.
    [[nodiscard]] std::uint64_t skip_rest();

    [[nodiscard]] stored_file const& file() const noexcept { return *file_; }

private:
    void fill(std::size_t size);

    std::shared_ptr<stored_file const> file_;
    std::vector<unsigned char> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::size_t chunk_;             ///< how much to read ahead; small after a jump
    std::uint64_t read_offset_ = 0; ///< stored offset of the next raw read
    bool at_end_ = false;
};
}
