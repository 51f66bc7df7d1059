export module wordmill.pipeline:encoded_corpus;
import wordmill.core;
import wordmill.io;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
/// How a stream of an encoded corpus is cut and where it begins.
export struct encoded_read_options {
    position from{}; ///< of a block of an earlier stream with the same `block_tokens`
    std::size_t block_tokens = std::size_t{1} << 14;
    monitor progress{};
};

/// A file of ids, so that later epochs skip text. All numbers are little-endian; sections begin at multiples of 64
/// bytes, padded with zeros, so that the file can be mapped:
///   header          "WMIDS\r\n\x1a", version u32 = 1, 64 u32, vocabulary fingerprint u64, vocabulary size u64,
///                   24 zero bytes, XXH3-64 of the 56 bytes before
///   ids             u32 [tokens]
///   sentence ends   u64 [sentences]: tokens before the end, ascending
///   document ends   u64 [documents]: sentences before the end, ascending
///   checksums       u64 [chunks]: XXH3-64 of each 256 KiB of the three sections, padding included
///   footer          tokens, sentences, documents, XXH3-64 of the checksums (padding included), the header's checksum,
///   bytes of the file,
///                   XXH3-64 of the 48 bytes before (u64 each), "\x1aWMIDEND"
/// Opening reads header, footer and checksums; a stream checks each chunk before it gives out anything of it, so damage
/// is a `failure::bad_data`, never a wrong id. Read with pread: a file cut while it is read is an error, not a signal.
/// A handle: copies share the open file, any thread may read.
export class encoded_corpus {
public:
    /// `failure::no_input` when it cannot be opened, `failure::bad_data` when it is none.
    explicit encoded_corpus(std::string path);

    [[nodiscard]] std::uint64_t tokens() const noexcept;
    [[nodiscard]] std::uint64_t sentences() const noexcept;
    [[nodiscard]] std::uint64_t documents() const noexcept;
    [[nodiscard]] std::uint64_t vocabulary_size() const noexcept;
    [[nodiscard]] std::uint64_t vocabulary_fingerprint() const noexcept;

    /// `failure::bad_data` with both fingerprints when it was not encoded with `words`.
    void require(vocabulary const& words) const;

    /// Blocks of `block_tokens` ids each, the last one shorter. Positions: `byte` of the next id in the file, `line`
    /// and `record` are sentences and documents before it. Resuming reads nothing of what came before.
    [[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] generator<token_block>
    blocks(encoded_read_options options = {}) const;

private:
    friend class encoded_ids;
    struct contents;
    std::shared_ptr<contents const> contents_;
};

/// Ids of an encoded corpus by their numbers, through the last checked chunk of 256 KiB: cheap when numbers rise. A
/// copy reads for itself; one is not for two threads at once.
export class encoded_ids {
public:
    explicit encoded_ids(encoded_corpus corpus);
    encoded_ids(encoded_ids const& other);
    encoded_ids(encoded_ids&&) noexcept;
    encoded_ids& operator=(encoded_ids&&) noexcept;
    ~encoded_ids();

    [[nodiscard]] std::uint64_t size() const noexcept; ///< tokens
    /// Ids `first` .. `first + out.size()`, which must be there. `failure::bad_data` for damage.
    void read(std::uint64_t first, std::span<token_id> out);

private:
    struct state;
    std::unique_ptr<state> state_;
};

/// The blocks of an encoded corpus that was made with `words`.
export [[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] generator<token_block>
read_encoded(std::string path, vocabulary const& words, encoded_read_options options = {});

/// What was written.
export struct written_ids {
    std::uint64_t tokens = 0;
    std::uint64_t sentences = 0;
    std::uint64_t documents = 0;
};

/// Writes an encoded corpus block by block, atomically; sentence and document ends wait in temporary files.
/// An id beyond the vocabulary is a `contract_violation`. Compression is refused: the file is for seeking.
export class encoded_writer {
public:
    encoded_writer(std::string path, vocabulary const& words, output_options options = {});
    encoded_writer(encoded_writer&&) noexcept;
    encoded_writer& operator=(encoded_writer&&) noexcept;
    ~encoded_writer();

    void write(token_block const& block);
    written_ids commit();

private:
    struct state;
    std::unique_ptr<state> state_;
};

/// All blocks into a file.
export written_ids write_encoded(generator<token_block> blocks, std::string path, vocabulary const& words,
                                 output_options options = {});
}
