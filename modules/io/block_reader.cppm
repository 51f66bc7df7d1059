module wordmill.io:block_reader;
import :bytes;
import :byte_source;
import :decoder;
import :inputs;
import :part_jobs;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// Refuses files that expand beyond `decode_limits::max_expansion`. Parts are checked one by one and in sum, every
/// 64 MiB.
class expansion_guard {
public:
    explicit expansion_guard(std::uint64_t limit) : limit_(limit) {}
    /// Called inside a part with how much of it has been decoded, from how many stored bytes.
    void inside(std::uint64_t decoded, std::uint64_t stored);
    /// Called at the end of a part.
    void ended(std::uint64_t decoded, std::uint64_t stored);

private:
    static constexpr std::uint64_t period = std::uint64_t{64} << 20;
    struct amounts {
        std::uint64_t decoded = 0;
        std::uint64_t stored = 0;
    };
    void check(amounts a) const;

    std::uint64_t limit_;
    amounts seen_{}; ///< of the part, at the last check
    amounts sum_{};  ///< of whole parts since the last check
};

/// The work of `read_bytes` without the coroutine: cuts decoded parts into blocks and adds the place to errors.
class block_reader {
public:
    block_reader(input_file file, byte_options options);

    /// Reads the next block; false at the end. Bytes before an error are delivered first. `block.bytes` is reused.
    [[nodiscard]] bool next(byte_block& block);
    /// Takes the counts since the last call; from then on `byte_options::counts` gets no more.
    [[nodiscard]] tally take_counts();

private:
    bool begin_part();
    void end_part();
    void fill(byte_block& block);
    bool decode_into(byte_block& block);
    bool take_ahead(byte_block& block);
    bool keep(byte_block& block);
    void finish();
    [[nodiscard]] place here() const;
    void record_failure();

    byte_options options_;
    std::shared_ptr<stored_file const> file_;
    byte_source in_;
    codec codec_ = codec::none;
    std::unique_ptr<decoder> decoder_; ///< none for stored bytes
    std::optional<part_jobs> jobs_;
    std::optional<decoded_part> ahead_; ///< the part, when it was decoded ahead
    std::size_t ahead_next_ = 0;        ///< its next block
    expansion_guard expansion_;
    std::exception_ptr failure_; ///< thrown after the block before it has been delivered
    std::uint64_t byte_ = 0;     ///< decoded offset reached
    std::uint64_t part_byte_ = 0;
    std::uint64_t part_stored_ = 0;
    bool in_part_ = false;
    bool finished_ = false;
};
}
