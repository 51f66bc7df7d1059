export module wordmill.io:bytes;
import :inputs;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
export enum class codec : std::uint8_t { none, gzip, zstd, bzip2, xz };
export [[nodiscard]] std::string_view name(codec c) noexcept;

/// Consecutive decoded bytes of a file. A block never spans a restart point.
export struct byte_block {
    std::string bytes{};
    std::uint64_t byte = 0;         ///< decoded offset in the file of bytes[0]
    std::uint64_t restart = 0;      ///< the last place at or before bytes[0] where decoding can start (see `position`)
    std::uint64_t restart_byte = 0; ///< decoded offset that `restart` stands for
    std::uint64_t consumed =
        0; ///< stored bytes read so far, for progress; the only member that may depend on `threads`
};

/// Limits of decoders. The message of a refusal names the option that raises the limit.
export struct decode_limits {
    std::uint64_t max_expansion = 1000; ///< ratio of decoded to stored bytes, checked every 64 MiB
    std::uint64_t max_window_bytes = std::uint64_t{128} << 20; ///< zstd window, xz dictionary
};

export struct byte_options {
    std::uint64_t restart = 0;      ///< start decoding here (a `restart` of an earlier read of the same file) ...
    std::uint64_t restart_byte = 0; ///< ... which stands for this decoded offset ...
    std::uint64_t byte = 0;         ///< ... and deliver from this decoded offset on
    std::size_t block_bytes = std::size_t{1} << 20;
    unsigned threads = 1; ///< decode up to this many parts of the file at once (gzip members, zstd frames, ...)
    std::uint64_t memory_bytes = std::uint64_t{256} << 20; ///< bound on decoded and stored bytes in flight
    bool allow_truncated = false; ///< a truncated file ends without an error (counted) after its last good byte
    bool allow_garbage = false;   ///< bytes after the last compressed member are dropped (counted) instead of refused
    decode_limits limits{};
    monitor watch{}; ///< gets the stored bytes; its request to stop also ends a read that waits
    tally counts{};  ///< "byte" read (decoded), notes on garbage, truncation, changed files
};

/// Detects the codec of a stored file from its first bytes (at least 6 unless the file is shorter).
export [[nodiscard]] codec recognise_codec(std::string_view first_bytes) noexcept;

/// Decodes a file of any codec, of one or many members, as a stream. Blocks do not depend on `threads`. Decoding can
/// restart at every gzip member, zstd frame, bzip2 or xz block; a `restart` counts bytes for gzip, zstd and none, bits
/// for bzip2, and for xz 4 * byte + kind of check. A block has `block_bytes` bytes except before the next such place
/// and at the end. An error is thrown after the blocks before it. After a resume in the middle of a file, three things
/// are not known or checked: the member's number, the checksum of a whole bzip2 stream and the index of an xz stream.
/// The checksums of blocks are always checked. Throws `failure::bad_data` with member and byte for damage, truncation,
/// trailing garbage, an unknown or refused codec, a file that changed while it was read; `failure::io` with the offset
/// for read errors.
export generator<byte_block> read_bytes(input_file file, byte_options options = {});
}
