module wordmill.io:decoder;
import :bytes;
import :byte_source;
import wordmill.standard;

namespace wordmill {
/// Thrown by decoders, which know neither the file nor the decoded offset; `read_bytes` turns it into a
/// `failure::bad_data` with the place.
struct damage {
    std::string message;
    std::string hint{};
};
/// The system gave a decoder too little memory. `read_bytes` turns it into a `failure::resource` with the place.
struct no_memory {
    std::uint64_t needed; ///< bytes, about
};
/// The input ends inside a member.
struct cut_short {};
/// Something else follows the last member, at `offset`.
struct garbage {
    std::uint64_t offset;
    std::string found;
};

/// Largest zstd window or xz dictionary.
struct window_limits {
    explicit window_limits(byte_options const& options)
        : option(options.limits.max_window_bytes), memory(std::max(options.memory_bytes, least_memory)) {}
    std::uint64_t option; ///< by `max_window_bytes`
    std::uint64_t memory; ///< by the memory budget
    /// What every decoder must support (RFC 8878, 3.1.1.1.2). Smaller budgets are exceeded.
    static constexpr std::uint64_t least_memory = std::uint64_t{8} << 20;
};

/// What decoding finds out about a part besides its bytes.
struct part_end {
    std::uint64_t end = 0;   ///< where it ends, in units of `restart`
    std::uint64_t check = 0; ///< the codec's own: bzip2 the block's CRC, xz its unpadded size
};

/// Decodes a file part by part; a part is what lies between two restart points (gzip member, zstd frame, bzip2 or xz
/// block). Independent of blocks, limits on expansion and threads.
class decoder {
public:
    decoder() = default;
    decoder(decoder const&) = delete;
    decoder& operator=(decoder const&) = delete;
    virtual ~decoder() = default;

    /// Goes to the next part and checks the padding, trailers and headers on the way; false at the end of the file.
    [[nodiscard]] virtual bool begin_part(byte_source& in) = 0;
    /// Decodes into `out` until it is full (false) or the part ends (true).
    [[nodiscard]] virtual bool decode(byte_source& in, room& out) = 0;
    /// Instead of `decode`: skips the part, which was decoded elsewhere to `decoded` bytes.
    virtual void pass(byte_source& in, part_end const& done, std::uint64_t decoded) = 0;

    [[nodiscard]] inline std::uint64_t restart() const noexcept { return restart_; } ///< to put into a position
    [[nodiscard]] inline std::uint64_t begin() const noexcept { return begin_; }     ///< where the part itself begins
    [[nodiscard]] inline part_end const& end() const noexcept { return end_; } ///< valid after `decode` returned true
    /// From 1; absent when decoding started in the middle.
    [[nodiscard]] inline std::optional<std::uint64_t> member() const noexcept {
        return whole_ ? std::optional(members_) : std::nullopt;
    }

protected:
    std::uint64_t restart_ = 0;
    std::uint64_t begin_ = 0;
    std::uint64_t members_ = 0; ///< started so far
    bool whole_ = true;         ///< decoding started at the start of the file
    part_end end_{};
};

/// A decoder that continues at `restart`, an earlier `decoder::restart()` or `decoder::begin()`; 0 = the start. The
/// source is taken there. `restart` means bytes for gzip and zstd, bits for bzip2, and for xz 4 * byte + kind of check.
[[nodiscard]] std::unique_ptr<decoder> make_decoder(codec c, byte_source& in, std::uint64_t restart,
                                                    window_limits const& limits);
[[nodiscard]] std::unique_ptr<decoder> make_gzip_decoder(bool whole);
[[nodiscard]] std::unique_ptr<decoder> make_zstd_decoder(bool whole, window_limits const& limits);
[[nodiscard]] std::unique_ptr<decoder> make_bzip2_decoder(std::uint64_t restart);
[[nodiscard]] std::unique_ptr<decoder> make_xz_decoder(std::uint64_t restart, window_limits const& limits);

/// Whether `magic` is next in `in`; false at the end of the file. After the first member zero padding is skipped and
/// anything else is `garbage`; a part of the magic at the end of the file is `cut_short`.
[[nodiscard]] bool find_member(byte_source& in, std::string_view magic, bool first, char const* codec_name);
void pass_padding(byte_source& in);
/// "1f 8b 08 00"
[[nodiscard]] std::string hex(byte_source& in, std::size_t size);
/// Throws `damage` when a window is larger than the option allows and a `failure::resource` when it is larger than the
/// memory.
void check_window(char const* codec_name, std::uint64_t needed, window_limits const& limits);

/// The name of the unsupported compression or archive format that `first_bytes` begin with; empty if none.
[[nodiscard]] std::string_view foreign_codec(std::string_view first_bytes) noexcept;
}
