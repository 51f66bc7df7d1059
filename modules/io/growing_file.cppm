export module wordmill.io:growing_file;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
export struct growing_file_options {
    bool overwrite = false; ///< without it, or `append`, a file that exists is a `failure::cannot_create`
    bool append = false;    ///< append to an existing file
    /// The last byte of each record. With `append`, bytes after the last record end belong to a record that a crash
    /// truncated, and are dropped.
    std::optional<char> record_end{};
};

/// A file that can be read while it is written. Each record has been passed to the system when `write` returns, so a
/// process that dies leaves whole records. Character devices and FIFOs are written directly. Errors are those of
/// `output_file`; a failed write is undone. Only one process may write the file; nothing enforces this.
export class growing_file {
public:
    /// Throws `failure::cannot_create` at once when the file cannot be made.
    explicit growing_file(std::string path, growing_file_options options = {});
    growing_file(growing_file&&) noexcept;
    growing_file& operator=(growing_file&&) noexcept;
    ~growing_file();

    void write(std::string_view record);
    [[nodiscard]] std::string const& path() const noexcept;

private:
    struct state;
    std::unique_ptr<state> state_;
};
}
