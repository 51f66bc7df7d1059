export module wordmill.io:seekable;
import wordmill.standard;

namespace wordmill {
/// A regular file that is read at any offset, never mapped: when it is truncated in the meantime, reads return fewer
/// bytes. A handle: copies share the descriptor, any thread may read.
export class seekable_file {
public:
    /// `failure::no_input` when it cannot be opened or is not a regular file.
    explicit seekable_file(std::string path);

    [[nodiscard]] std::string const& name() const noexcept;
    [[nodiscard]] std::uint64_t bytes() const noexcept; ///< when it was opened
    /// The bytes from `offset`, as many as fit; fewer only at the end. `failure::io` with the offset.
    [[nodiscard]] std::size_t read_at(std::uint64_t offset, std::span<char> into) const;

private:
    struct state;
    std::shared_ptr<state const> state_;
};
}
