export module wordmill.pipeline:encoded_corpus;
import wordmill.core;
import wordmill.io;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill::encoded {
struct contents;
struct access;
}

namespace wordmill {
/// Where a pass over an encoded corpus begins, and who is told of it.
export struct encoded_read_options {
    position from{};      ///< of a block of an earlier pass
    unsigned threads = 1; ///< that read; the blocks do not depend on it. 0 = as many as the machine allows
    monitor watch{};      ///< is told of stored bytes, and may stop the pass
    tally counts{};       ///< "token": read and delivered
};

/// A file of ids, so that later passes skip the text. It keeps the blocks of the stream that was written, with index
/// and ends, so that whatever depends on blocks (random draws, window borders) is on ids as it is on the text. All
/// numbers are little-endian; sections begin at multiples of 64 bytes, padded with zeros:
///   header          "WMIDS\r\n\x1a", version u32 = 2, 64 u32, vocabulary fingerprint u64, vocabulary size u64,
///                   1 + the id that marks sentence ends u64 (0: none), 16 zero bytes, XXH3-64 of the 56 bytes before
///   ids             u32 [tokens]
///   sentence ends   u64 [sentences]: tokens before the end, ascending
///   document ends   u64 [documents]: sentences before the end, ascending
///   blocks          u64 [blocks, 4]: tokens, sentences and documents before the block's end, ascending; 2 x index, + 1
///                   when the last sentence continues in the next block
///   checksums       u64 [chunks]: XXH3-64 of each 256 KiB of the four sections, padding included
///   footer          tokens, sentences, documents, XXH3-64 of the checksums (padding included), the header's checksum,
///                   blocks, XXH3-64 of the 48 bytes before (u64 each), "\x1aWMIDEND"
/// Opening reads header, footer and checksums; a pass checks each chunk before it delivers anything of it, so damage is
/// a `failure::bad_data`, never a wrong id. Read with pread, not mapped: a file that is cut while it is read is an
/// error, not a signal, and the checksums need one pass over the bytes in any case. A handle: copies share the open
/// file, any thread may read.
export class encoded_corpus {
public:
    /// `failure::no_input` when it cannot be opened; `failure::bad_data` when it is no encoded corpus, damaged, or of
    /// another version.
    explicit encoded_corpus(std::string path);

    [[nodiscard]] std::string const& name() const noexcept; ///< the path
    [[nodiscard]] std::uint64_t tokens() const noexcept;
    [[nodiscard]] std::uint64_t sentences() const noexcept;
    [[nodiscard]] std::uint64_t documents() const noexcept;
    [[nodiscard]] std::uint64_t vocabulary_size() const noexcept;
    [[nodiscard]] std::uint64_t vocabulary_fingerprint() const noexcept;
    /// The word that marks sentence ends (see `mark_sentence_ends`), when it was encoded with one.
    [[nodiscard]] std::optional<token_id> sentence_mark() const noexcept;

    /// `failure::bad_data` with both fingerprints when it was not encoded with `words`.
    void require(vocabulary const& words) const;
    /// `failure::bad_data` when sentence ends are not marked with `word`; empty: when they are marked.
    void require_sentence_mark(vocabulary const& words, std::string_view word) const;

    /// The blocks as they were written; see `read_encoded`.
    [[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] generator<token_block>
    blocks(encoded_read_options options = {}) const;

private:
    friend class encoded_ids;
    friend struct encoded::access;
    std::shared_ptr<encoded::contents const> contents_;
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

/// The blocks of one file after the other, numbered on: those of the encoded text of all of them. Files are cut in
/// parts that `threads` threads read and check. Positions: `state` counts the blocks of the file, `byte` is where the
/// next id is, `line` and `record` are sentences of the file and of the stream. `failure::bad_data` for a position of
/// other files. Resuming reads nothing of what came before.
export [[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] generator<token_block>
read_encoded(std::vector<encoded_corpus> files, encoded_read_options options = {});
/// The blocks of an encoded corpus that was made with `words`.
export [[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] generator<token_block>
read_encoded(std::string path, vocabulary const& words, encoded_read_options options = {});

/// What was written.
export struct written_ids {
    std::uint64_t tokens = 0;
    std::uint64_t sentences = 0;
    std::uint64_t documents = 0;
};

export struct encoded_write_options {
    output_options output{};
    std::string sentence_mark{}; ///< the word at the end of every sentence, where there is one
};

/// Writes an encoded corpus block by block, atomically; ends of sentences, documents and blocks wait in temporary
/// files. `dropped` is not kept. An id beyond the vocabulary and a sentence without its mark are a
/// `contract_violation`.
export class encoded_writer {
public:
    /// `failure::usage` for compression, as readers seek in the file, and for a mark that the vocabulary does not have.
    encoded_writer(std::string path, vocabulary const& words, encoded_write_options options = {});
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
                                 encoded_write_options options = {});
}
