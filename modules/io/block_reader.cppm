module wordmill.io:block_reader;
import :bytes;
import :byte_source;
import :decoder;
import :inputs;
import :part_jobs;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// Refuses what expands beyond `decode_limits::max_expansion`. Parts are judged alone and in sum, each 64 MiB.
class expansion_guard {
public:
    explicit expansion_guard(std::uint64_t limit) : limit_(limit) {}
    /// Inside a part: so much of it has been decoded, from so many stored bytes.
    void inside(std::uint64_t decoded, std::uint64_t stored);
    /// A part has ended.
    void ended(std::uint64_t decoded, std::uint64_t stored);

private:
    static constexpr std::uint64_t period = std::uint64_t{64} << 20;
    struct amounts {
        std::uint64_t decoded = 0;
        std::uint64_t stored = 0;
    };
    void check(amounts a) const;

    std::uint64_t limit_;
    amounts seen_{}; ///< of the part, when last looked at
    amounts sum_{};  ///< of whole parts since the last look
};

/// What `read_bytes` does, without the coroutine: cuts decoded parts into blocks and gives errors their place.
class block_reader {
public:
    block_reader(input_file file, byte_options options);

    /// The next block; false at the end. What came before an error is delivered first. `block.bytes` is reused.
    [[nodiscard]] bool next(byte_block& block);
    /// What was counted since the last call; from now on `byte_options::counts` sees nothing more.
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
    std::exception_ptr failure_; ///< to be thrown behind the block that is delivered first
    std::uint64_t byte_ = 0;     ///< decoded offset reached
    std::uint64_t part_byte_ = 0;
    std::uint64_t part_stored_ = 0;
    bool in_part_ = false;
    bool finished_ = false;
};
}
