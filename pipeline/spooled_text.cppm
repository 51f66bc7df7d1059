export module wordmill.pipeline:spooled_text;
import :any_corpus;
import wordmill.core;
import wordmill.io;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
/// Text that came once, kept in a temporary file to be read again: memory does not grow with it, except by 48 bytes for
/// each block of 64 KiB.
export class spooled_text final : public text_source {
public:
    /// Reads `once` to its end. Errors are those of `once` and of `spill_file`.
    explicit spooled_text(generator<text_block> once, std::string name, std::filesystem::path const& folder = {});

    [[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] generator<text_block>
    blocks(pass_options const& pass) const override;
    [[nodiscard]] std::string name() const override { return name_; }
    /// Size and fingerprint of the text.
    [[nodiscard]] note_map description() const override;
    [[nodiscard]] std::uint64_t bytes() const noexcept;

private:
    struct contents;
    std::shared_ptr<contents const> contents_;
    std::string name_;
};
}
