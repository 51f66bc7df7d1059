module wordmill.io:part_finder;
import :bytes;
import :byte_source;
import wordmill.standard;

namespace wordmill {
/// A stretch of a stored file that one thread decodes: the parts that begin in [begin, stop), in units of `restart`.
struct stretch {
    std::uint64_t begin = 0;
    std::uint64_t stop = 0;
    std::uint64_t decoded = 0; ///< bytes it decodes to; 0 when unknown
    bool last = false;         ///< the file ends with it
};

/// Guesses ahead of the decoders where parts begin. A guess may be wrong: what was decoded from a wrong guess is never
/// used. Short parts are joined, so that a stretch is worth a task.
class part_finder {
public:
    part_finder() = default;
    part_finder(part_finder const&) = delete;
    part_finder& operator=(part_finder const&) = delete;
    virtual ~part_finder() = default;

    /// Goes to where a part is known to begin.
    virtual void seek(std::uint64_t begin) = 0;
    /// The next stretch. Nothing at the end, and for a part that is long enough to be decoded as a stream.
    [[nodiscard]] virtual std::optional<stretch> next() = 0;

    static constexpr std::uint64_t least_bytes = std::uint64_t{256} << 10; ///< stored, of a stretch
    static constexpr std::uint64_t most_bytes = std::uint64_t{16} << 20;   ///< stored, of a part
};

[[nodiscard]] std::unique_ptr<part_finder> make_part_finder(codec c, std::shared_ptr<stored_file const> file);
[[nodiscard]] std::unique_ptr<part_finder> make_gzip_finder(std::shared_ptr<stored_file const> file);
[[nodiscard]] std::unique_ptr<part_finder> make_zstd_finder(std::shared_ptr<stored_file const> file);
[[nodiscard]] std::unique_ptr<part_finder> make_bzip2_finder(std::shared_ptr<stored_file const> file);
[[nodiscard]] std::unique_ptr<part_finder> make_xz_finder(std::shared_ptr<stored_file const> file);
}
