export module wordmill.io:bytes;
import :inputs;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
export enum class codec : std::uint8_t { none, gzip, zstd, bzip2, xz };
export [[nodiscard]] std::string_view name(codec c) noexcept;

/// A run of decoded bytes, in order. Never spans a restart point.
export struct byte_block {
    std::string bytes{};
    std::uint64_t byte = 0;         ///< decoded offset in the file of bytes[0]
    std::uint64_t restart = 0;      ///< the last place at or before bytes[0] where decoding can start (see `position`)
    std::uint64_t restart_byte = 0; ///< decoded offset that `restart` stands for
    std::uint64_t consumed = 0; ///< stored bytes read so far, for progress; the one thing that may vary by `threads`
};

/// What a decoder must not exceed. The message of a refusal names the option that raises the limit.
export struct decode_limits {
    std::uint64_t max_expansion = 1000;                        ///< decoded : stored, looked at after each 64 MiB
    std::uint64_t max_window_bytes = std::uint64_t{128} << 20; ///< zstd window, xz dictionary
};

export struct byte_options {
    std::uint64_t restart = 0;      ///< start decoding here (a `restart` of an earlier read of the same file) ...
    std::uint64_t restart_byte = 0; ///< ... which stands for this decoded offset ...
    std::uint64_t byte = 0;         ///< ... and deliver from this decoded offset on
    std::size_t block_bytes = std::size_t{1} << 20;
    unsigned threads = 1; ///< decode up to this many parts of the file at once (gzip members, zstd frames, ...)
    std::uint64_t memory_bytes = std::uint64_t{256} << 20; ///< bound on decoded and stored bytes in flight
    bool allow_truncated = false; ///< a cut file ends quietly (counted) after its last good byte
    bool allow_garbage = false;   ///< bytes behind the last compressed member are dropped (counted) instead of refused
    decode_limits limits{};
    monitor watch{}; ///< told of stored bytes; its request to stop is obeyed, also by a read that waits
    tally counts{};  ///< "byte" read (decoded), notes on garbage, truncation, changed files
};

/// Decides what a stored file is from its first bytes (at least 6 unless the file is shorter).
export [[nodiscard]] codec recognise_codec(std::string_view first_bytes) noexcept;

/// Decodes a file of any codec, streaming, multi-member; blocks do not depend on `threads`. Every gzip member, zstd
/// frame, bzip2 or xz block can be restarted at; a `restart` counts bytes for gzip, zstd and none, bits for bzip2, and
/// for xz 4 * byte + kind of check. A block has `block_bytes` bytes except before the next such place and at the end.
/// Errors come behind the blocks before them. Not after a resume: the member's number, and the checksum of a bzip2
/// stream and the index of an xz stream that was entered in its middle (those of blocks are always looked at).
/// Throws `failure::bad_data` with member and byte for damage, truncation, trailing garbage, an unknown or refused
/// codec, a file that changed while it was read; `failure::io` with the offset for read errors.
export generator<byte_block> read_bytes(input_file file, byte_options options = {});
}
