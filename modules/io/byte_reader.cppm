export module wordmill.io:byte_reader;
import :bytes;
import :inputs;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;

namespace wordmill::detail {
/// Reads the decoded bytes of one file in order, for parsers of binary and text formats, in a window of about a
/// megabyte. For the modules of Wordmill; not part of the stable interface.
export class byte_reader {
public:
    /// `path` is as for `find_inputs`, but must name one file.
    explicit byte_reader(std::string const& path);
    byte_reader(byte_reader const&) = delete;
    byte_reader& operator=(byte_reader const&) = delete;

    /// The next `bytes` bytes, fewer at the end of the file; valid until the next call.
    [[nodiscard]] std::string_view peek(std::size_t bytes);
    [[nodiscard]] inline bool ended() { return peek(1).empty(); }
    void skip(std::uint64_t bytes, char const* what);
    /// Reads exactly `bytes` bytes; the error of a file that ends before names `what`.
    void read(void* into, std::size_t bytes, char const* what);
    /// The bytes before `end`, which is skipped; at most `longest`. Nothing at the end of the file. Where there is no
    /// `end`, the rest of the file counts if `last_may_lack_it`.
    [[nodiscard]] std::optional<std::string_view> until(char end, std::size_t longest, char const* what,
                                                        bool last_may_lack_it = false);
    [[nodiscard]] std::string rest(std::uint64_t longest, char const* what);

    [[nodiscard]] inline std::uint64_t position() const noexcept { return window_byte_ + at_; }
    /// An upper bound on the bytes that can still come: exact for a file that is stored plainly, what the decoders
    /// allow for others, no bound for pipes.
    [[nodiscard]] std::uint64_t most_left() const noexcept;
    /// "1.2 KiB of the file are left", for messages.
    [[nodiscard]] std::string left_in_words() const;
    [[nodiscard]] place here() const { return {.file = file_.name, .byte = position()}; }
    /// True when the size of the file, and so the number of bytes left, is known.
    [[nodiscard]] inline bool plain() const noexcept { return plain_; }
    [[nodiscard]] std::string const& name() const noexcept { return file_.name; }
    [[noreturn]] void refuse(std::string const& message, std::string_view hint = {}) const;

private:
    bool more(); ///< appends the next block

    input_file file_;
    std::uint64_t most_bytes_;
    bool plain_ = false;
    generator<byte_block> blocks_;
    std::optional<generator<byte_block>::iterator> block_{};
    std::string window_{};
    std::uint64_t window_byte_ = 0; ///< position of window_[0]
    std::size_t at_ = 0;
};
}
