export module wordmill.io:output;
import :bytes;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// Thrown when the reader of standard output or of a FIFO has closed it (EPIPE): a `failure::io` on which a command may
/// end without a message.
export class broken_pipe : public error {
public:
    explicit broken_pipe(std::string const& name);
};

export struct output_options {
    bool overwrite = false; ///< otherwise an output that exists is a `failure::cannot_create`
    codec compression = codec::none;
    int level = 0; ///< 0 = the codec's default
};

/// The codec that a name ends in (.gz .zst .bz2 .xz), or none. For outputs only: the codec of an input is detected from
/// its content.
export [[nodiscard]] codec codec_of_name(std::string_view name) noexcept;

/// A file that appears as a whole or not at all. It is written beside its final name; `commit` flushes, syncs and
/// renames it. Without `commit` the destructor removes it. "-" is standard output, which is only flushed. Character
/// devices and FIFOs are written directly. A lock beside the output keeps a second process away
/// (`failure::cannot_create` naming its pid and host; a stale lock is taken over). Every write error is a `failure::io`
/// that names needed and free bytes.
export class output_file {
public:
    /// Throws `failure::cannot_create` at once when the folder is missing or not writable or the output exists.
    explicit output_file(std::string path, output_options options = {});
    output_file(output_file&&) noexcept;
    output_file& operator=(output_file&&) noexcept;
    ~output_file();

    void write(std::string_view bytes);
    /// Finishes the compressed member, flushes, syncs, closes, renames, syncs the folder.
    void commit();
    [[nodiscard]] std::uint64_t bytes_written() const noexcept; ///< before compression

private:
    struct state;
    std::unique_ptr<state> state_;
};
}
