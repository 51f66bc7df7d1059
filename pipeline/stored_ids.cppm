export module wordmill.pipeline:stored_ids;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
/// The ids of a stream in a temporary file that is gone with the last handle, however the process ends: for those who
/// read a corpus in several places at once, or often, and keep nothing. Four bytes for each token; `encoded_corpus` is
/// the file to keep. A handle: copies share the file, any thread may read.
export class stored_ids {
public:
    /// Reads all blocks. `folder`: of the file; empty: `temporary_folder()`. `failure::io` with needed and free bytes
    /// when the disk is full.
    explicit stored_ids(generator<token_block> blocks, std::filesystem::path const& folder = {}, monitor progress = {});

    [[nodiscard]] std::uint64_t size() const noexcept; ///< tokens
    /// XXH3 of the ids. Never 0.
    [[nodiscard]] std::uint64_t fingerprint() const noexcept;
    /// Ids `first` .. `first + out.size()`, which must be there.
    void read(std::uint64_t first, std::span<token_id> out) const;

private:
    struct contents;
    std::shared_ptr<contents const> contents_;
};
}
