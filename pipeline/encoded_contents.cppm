module wordmill.pipeline:encoded_contents;
import :encoded_corpus;
import :encoded_format;
import wordmill.core;
import wordmill.io;
import wordmill.standard;

namespace wordmill::encoded {
/// An open file whose header, footer and table of checksums have been checked.
struct contents {
    seekable_file file;
    description counts{};
    layout at{};
    std::vector<char> checksums{};

    explicit contents(std::string path);
    [[noreturn]] void refuse(std::string const& message, std::uint64_t byte) const;
    void read(std::uint64_t offset, std::span<char> into) const;
    /// Reads and checks chunk `k` into `bytes`.
    void read_chunk(std::uint64_t k, std::vector<char>& bytes) const;
    /// A number that changes with the content. Never 0.
    [[nodiscard]] std::uint64_t fingerprint() const noexcept;
};

struct access {
    [[nodiscard]] static std::shared_ptr<contents const> of(encoded_corpus const& corpus) { return corpus.contents_; }
};

/// Reads bytes of a file at any offset through one checked chunk, the last one used; fast when offsets rise.
class section {
public:
    explicit section(contents const& file) : file_(&file) {}

    /// The bytes from `offset` to the end of its chunk, at most `most`.
    [[nodiscard]] std::span<char const> at(std::uint64_t offset, std::uint64_t most);
    [[nodiscard]] inline std::uint64_t number(std::uint64_t offset) { return load64(at(offset, 8).data()); }
    /// Block `k`; a chunk holds whole entries. A block that ends after the end of the file is a `failure::bad_data`.
    [[nodiscard]] block_entry block(std::uint64_t k);
    /// Ids `first` .. `first + out.size()`, checked.
    void ids(std::uint64_t first, std::span<token_id> out);

private:
    contents const* file_;
    std::vector<char> bytes_{};
    std::uint64_t chunk_ = std::numeric_limits<std::uint64_t>::max();
};
}
