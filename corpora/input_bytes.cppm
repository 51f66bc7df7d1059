module wordmill.corpora:input_bytes;
import :content;
import :read_corpus;
import :read_options;
import wordmill.io;
import wordmill.standard;
import wordmill.stream;

namespace wordmill::detail {
/// The first decoded bytes of a file that can be read again: up to `size`, or those before damage. Throws when there
/// are none because of damage.
[[nodiscard]] std::string first_bytes(input_file const& file, read_options const& options,
                                      std::size_t size = looked_at_bytes);

/// The first bytes of a file as it is stored, at most `size`; none of a pipe.
[[nodiscard]] std::string stored_bytes(input_file const& file, std::size_t size);

/// The format of a file that can be read again, if its first stored bytes tell: Parquet or ids.
[[nodiscard]] std::optional<corpus_format> stored_format(input_file const& file);

/// True for a regular file without bytes.
[[nodiscard]] inline bool is_empty(input_file const& file) { return file.can_reread() && file.bytes == 0; }

/// The decoded bytes of a list of inputs, from `options.from` on. Readers take the files in order; the beginning of the
/// next file can be looked at before, also when it is a pipe. Files that hold no text are refused.
class input_bytes {
public:
    /// `by_content`: every file is recognised, and `belongs` tells the formats apart.
    input_bytes(std::vector<input_file> inputs, read_options const& options, bool by_content = false);
    input_bytes(input_bytes const&) = delete;
    input_bytes& operator=(input_bytes const&) = delete;
    ~input_bytes();

    [[nodiscard]] std::vector<input_file> const& inputs() const { return inputs_; }
    [[nodiscard]] std::string const& name(std::uint64_t file) const { return inputs_[file].name; }

    /// True while `file` exists and is read as the format of the last call of `begin_format`. A file without text
    /// belongs to any format. Throws `failure::bad_data` for a file that is not text.
    [[nodiscard]] bool belongs(std::uint64_t file);
    /// The argument of the last call of `belongs`.
    [[nodiscard]] std::uint64_t stopped_at() const { return stopped_at_; }
    /// How many of the files of this format have text, and the first of them.
    [[nodiscard]] std::uint64_t texts() const { return texts_; }
    [[nodiscard]] std::string const& first_text() const { return name(first_text_); }
    /// True for a file without text that a reader of records has to pass over; only with `by_content`.
    [[nodiscard]] bool is_blank(std::uint64_t file);
    /// Begins to read as the format of `file`, and returns that.
    corpus_format begin_format(std::uint64_t file);

    /// The first bytes of `file`. After a resume in the middle of a pipe, the first bytes from there on.
    [[nodiscard]] std::string_view head(std::uint64_t file);
    /// True if there are no bytes after `head`.
    [[nodiscard]] bool head_is_all(std::uint64_t file) { return head(file).size() < looked_at_bytes; }
    /// The blocks of `file`; call it once for each file, in order.
    [[nodiscard, clang::coro_wrapper]] generator<byte_block> read(std::uint64_t file);

private:
    struct opened;
    void look(std::uint64_t file);

    std::vector<input_file> inputs_;
    read_options options_;
    bool by_content_;
    decoded_files files_;
    std::unique_ptr<opened> opened_; ///< the file that was looked at last, until it is read
    std::uint64_t looked_at_ = ~std::uint64_t{0};
    std::uint64_t stopped_at_ = 0;
    std::uint64_t texts_ = 0;
    std::uint64_t first_text_ = 0;
    std::string head_{};
    corpus_format format_ = corpus_format::lines; ///< of the file that was looked at last
    corpus_format reading_ = corpus_format::lines;
};
}
