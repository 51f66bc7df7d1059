export module wordmill.pipeline:remembered_text;
import :any_corpus;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
/// Text whose making is slow, such as that of an interpreter: a pass that reads it to its end keeps it in memory, and
/// later passes take it from there. Longer text than `most_bytes` is not kept, and made anew in each pass.
export class remembered_text final : public text_source {
public:
    remembered_text(std::shared_ptr<text_source const> of, std::uint64_t most_bytes);

    [[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] generator<text_block>
    blocks(pass_options const& pass) const override;
    [[nodiscard]] std::string name() const override { return of_->name(); }
    [[nodiscard]] note_map description() const override { return of_->description(); }
    [[nodiscard]] bool can_reread() const noexcept override { return of_->can_reread(); }

private:
    struct memory;
    std::shared_ptr<text_source const> of_;
    std::uint64_t most_bytes_;
    std::shared_ptr<memory> memory_;
};
}
