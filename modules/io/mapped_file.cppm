export module wordmill.io:mapped_file;
import wordmill.standard;

namespace wordmill {
/// The bytes of a regular file as memory that is not copied: pages are read when they are touched, and processes that
/// map the same file share them. Read-only. A handle: copies share the mapping, and any thread may read. The file must
/// not be truncated or rewritten while it is mapped: the system ends a process that then reads it. Files that are
/// replaced, as our writers do, stay as they were.
export class mapped_file {
public:
    /// `failure::no_input` when it cannot be opened or is not a regular file, `failure::io` when it cannot be mapped.
    explicit mapped_file(std::string const& path);

    [[nodiscard]] std::string_view bytes() const noexcept;
    /// Keeps the memory mapped.
    [[nodiscard]] std::shared_ptr<void const> owner() const noexcept { return state_; }

private:
    struct state;
    std::shared_ptr<state const> state_;
};
}
