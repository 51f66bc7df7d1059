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
/// Where a pass over an encoded corpus begins, and who observes it.
export struct encoded_read_options {
    position from{};      ///< start here, at the position of a block of an earlier pass
    unsigned threads = 1; ///< for reading; blocks do not depend on it. 0 = as many as the machine allows
    monitor watch{};      ///< receives stored bytes, and may stop the pass
    tally counts{};       ///< "token": read and delivered
};

/// A file of ids, so that later passes need not read the text. It keeps the blocks of the stream that was written, with
/// index and ends. Anything that depends on blocks (random draws, window borders) is therefore the same on ids as on
/// the text. All numbers are little-endian; sections begin at multiples of 64 bytes, padded with zeros:
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
/// Opening a file reads header, footer and checksums. A pass checks each chunk before it delivers any of it, so damage
/// is a `failure::bad_data`, never a wrong id. The file is read with pread, not mapped, so a file that is truncated
/// while it is read is an error, not a signal; the checksums need one pass over the bytes in any case. A handle: copies
/// share the open file, and any thread may read.
export class encoded_corpus {
public:
    /// Opens a file. Throws `failure::no_input` when it cannot be opened, and `failure::bad_data` when it is not an
    /// encoded corpus, is damaged, or is of another version.
    explicit encoded_corpus(std::string path);

    [[nodiscard]] std::string const& name() const noexcept; ///< the path
    [[nodiscard]] std::uint64_t tokens() const noexcept;
    [[nodiscard]] std::uint64_t sentences() const noexcept;
    [[nodiscard]] std::uint64_t documents() const noexcept;
    [[nodiscard]] std::uint64_t vocabulary_size() const noexcept;
    [[nodiscard]] std::uint64_t vocabulary_fingerprint() const noexcept;
    /// Of the whole content, from its checksums. Never 0.
    [[nodiscard]] std::uint64_t fingerprint() const noexcept;
    /// The word that marks sentence ends (see `mark_sentence_ends`), if the corpus was encoded with one.
    [[nodiscard]] std::optional<token_id> sentence_mark() const noexcept;

    /// Checks that the corpus was encoded with `words`; otherwise `failure::bad_data` with both fingerprints.
    void require(vocabulary const& words) const;
    /// Checks that sentence ends are marked with `word`, or not marked if `word` is empty; otherwise
    /// `failure::bad_data`.
    void require_sentence_mark(vocabulary const& words, std::string_view word) const;

    /// The blocks as they were written; see `read_encoded`.
    [[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] generator<token_block>
    blocks(encoded_read_options options = {}) const;

private:
    friend class encoded_ids;
    friend struct encoded::access;
    std::shared_ptr<encoded::contents const> contents_;
};

/// Reads ids of an encoded corpus by index through one checked chunk of 256 KiB, the last one used; fast when indices
/// rise. Copies read independently; two threads must not use one object at the same time.
export class encoded_ids {
public:
    explicit encoded_ids(encoded_corpus corpus);
    encoded_ids(encoded_ids const& other);
    encoded_ids(encoded_ids&&) noexcept;
    encoded_ids& operator=(encoded_ids&&) noexcept;
    ~encoded_ids();

    [[nodiscard]] std::uint64_t size() const noexcept; ///< tokens
    /// Reads ids `first` .. `first + out.size()`, which must exist. Damage is a `failure::bad_data`.
    void read(std::uint64_t first, std::span<token_id> out);

private:
    struct state;
    std::unique_ptr<state> state_;
};

/// The blocks of several files in turn, numbered consecutively, as if their texts had been encoded as one stream. Files
/// are divided into parts that `threads` threads read and check. In a position, `state` counts the blocks of the file,
/// `byte` is the offset of the next id, and `line` and `record` count sentences of the file and of the stream. A
/// position from other files is a `failure::bad_data`. Resuming reads nothing before the position.
export [[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] generator<token_block>
read_encoded(std::vector<encoded_corpus> files, encoded_read_options options = {});
/// The blocks of an encoded corpus, which must have been encoded with `words`.
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
    std::string sentence_mark{}; ///< the word at the end of every sentence, if any
};

/// Writes an encoded corpus block by block, atomically. Temporary files hold the ends of sentences, documents and
/// blocks meanwhile. `dropped` is not stored. An id beyond the vocabulary and a sentence without its mark are a
/// `contract_violation`.
export class encoded_writer {
public:
    /// Compression is a `failure::usage`, because readers seek in the file; so is a mark that is not in the vocabulary.
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

/// Writes all blocks to a file.
export written_ids write_encoded(generator<token_block> blocks, std::string path, vocabulary const& words,
                                 encoded_write_options options = {});
}
