export module wordmill.stream:position;
import wordmill.standard;

namespace wordmill {
/// A point in a stream: everything before it has been delivered, nothing after it. A value. A source or a stage made
/// with `from = position` continues exactly there. Streams that combine others (interleave, shuffle) keep the positions
/// of those in `inner`. All counts start at 0 and never wrap.
export struct position {
    std::uint64_t file = 0;         ///< index into the list of inputs
    std::uint64_t restart = 0;      ///< where in the stored file decoding can start; see `read_bytes`
    std::uint64_t restart_byte = 0; ///< the decoded offset that `restart` stands for
    std::uint64_t byte = 0;         ///< decoded offset in the file of the next byte
    std::uint64_t line = 0;         ///< lines of the file before it
    std::uint64_t record = 0;       ///< records of the whole stream before it
    std::uint64_t block = 0;        ///< blocks of the whole stream before it
    std::uint64_t skip = 0;         ///< elements of the next block that were already taken by an element view
    std::uint64_t state = 0;        ///< one more number of the stage that made the position, which documents it
    std::uint64_t fingerprint = 0;  ///< of the inputs (names, sizes, times); 0 = do not compare when resuming
    std::vector<position> inner{};  ///< of the combined streams

    /// The position of the `i`-th combined stream; its start when this is the start.
    [[nodiscard]] position child(std::size_t i) const { return i < inner.size() ? inner[i] : position{}; }
    [[nodiscard]] bool operator==(position const&) const = default;
};

/// One line of ASCII, for checkpoints: "file=0 byte=120 ... inner=[...]". Fields that are 0 are left out.
export [[nodiscard]] std::string to_text(position const& at);
/// The inverse of `to_text`. Throws `failure::bad_data` for anything else.
export [[nodiscard]] position parse_position(std::string_view text);

/// What every block carries, first among its bases: where it stands in its stream. `parallel` and `sequential` copy it
/// from the input block of a stage to its output block, so that a stage cannot forget it (nor change it).
export struct block_header {
    position start{};        ///< resume here to get this block again
    position next{};         ///< resume here to get the block after it
    std::uint64_t skip = 0;  ///< elements at its front that were delivered before the resume; only element views look
    std::uint64_t index = 0; ///< number of this block in the stream, for random keys
    std::uint64_t first_sentence = 0; ///< sentences of the stream that ended before this block
    bool continued = false;           ///< the last sentence continues in the next block
};
}
