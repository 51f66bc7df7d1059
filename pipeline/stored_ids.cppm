export module wordmill.pipeline:stored_ids;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
/// The ids of a stream in a temporary file, four bytes per token. For reading a corpus at several places at once, or
/// several times, without keeping a file; `encoded_corpus` is the file to keep. The temporary file disappears with the
/// last handle, however the process ends. A handle: copies share the file, and any thread may read.
export class stored_ids {
public:
    /// Reads all blocks. `folder` holds the file; if empty, `temporary_folder()` does. A full disk is a `failure::io`
    /// with needed and free bytes.
    explicit stored_ids(generator<token_block> blocks, std::filesystem::path const& folder = {}, monitor progress = {});

    [[nodiscard]] std::uint64_t size() const noexcept; ///< tokens
    /// XXH3 of the ids. Never 0.
    [[nodiscard]] std::uint64_t fingerprint() const noexcept;
    /// Reads ids `first` .. `first + out.size()`, which must exist.
    void read(std::uint64_t first, std::span<token_id> out) const;

private:
    struct contents;
    std::shared_ptr<contents const> contents_;
};
}
