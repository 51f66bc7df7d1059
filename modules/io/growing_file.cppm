export module wordmill.io:growing_file;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
export struct growing_file_options {
    bool overwrite = false; ///< without it, or `append`, a file that exists is a `failure::cannot_create`
    bool append = false;    ///< go on behind what is there
    /// What a record ends in. With `append`, bytes behind the last one are of a record that a crash cut: they are
    /// dropped.
    std::optional<char> record_end{};
};

/// A file that is read while it is written: each record is with the system when `write` returns, so that a process that
/// dies leaves whole records. Character devices and FIFOs are written directly. Errors are those of `output_file`;
/// what a failed write left is taken back. Only one process should write it: nothing keeps a second one away.
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
