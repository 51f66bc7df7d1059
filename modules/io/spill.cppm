export module wordmill.io:spill;
import wordmill.standard;

namespace wordmill {
/// A temporary file without a name, for data beyond the memory budget. It disappears when it is closed or the process
/// ends.
/// Written in order through a small buffer, then read in order or at any offset, so that one file (and one
/// descriptor) holds many sorted runs. One thread writes; after `finish`, `read_at` may be called from many.
/// After an error in `write` or `finish` the content is lost, and the object may only be destroyed.
export class spill_file {
public:
    /// Creates it in `folder`; empty means `temporary_folder()`. `failure::cannot_create` when the folder is missing
    /// or not writable.
    explicit spill_file(std::filesystem::path const& folder = {});
    spill_file(spill_file&&) noexcept;
    spill_file& operator=(spill_file&&) noexcept;
    ~spill_file();

    /// Appends. `failure::io` with needed and free bytes when the disk is full.
    void write(std::string_view bytes);
    /// Writes the buffer and sets `read` to the beginning. More may be appended and finished later.
    void finish();
    /// The next bytes since `finish`, as many as fit; fewer only at the end. `failure::io` with the offset.
    [[nodiscard]] std::size_t read(std::span<char> into);
    /// The bytes from `offset`, as many as fit; fewer only at the end. Any thread, after `finish`.
    [[nodiscard]] std::size_t read_at(std::uint64_t offset, std::span<char> into) const;
    [[nodiscard]] std::uint64_t bytes() const noexcept; ///< appended so far: the offset of the next `write`

private:
    struct state;
    std::unique_ptr<state> state_;
};
}
