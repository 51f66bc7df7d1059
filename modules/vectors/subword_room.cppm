module wordmill.vectors:subword_room;
import :subword_vectors;
import wordmill.core;
import wordmill.standard;

namespace wordmill::detail {
/// Room for the rows of buckets that a loader fills. Pages take memory when they are written, so that a header that
/// claims too much costs none.
class subword_room {
public:
    /// `memory_bytes` bounds the rows, 0 = what the machine allows. `failure::resource` at `where` with both numbers.
    subword_room(std::uint64_t buckets, std::uint64_t dimension, std::uint64_t memory_bytes, place const& where);
    [[nodiscard]] std::span<float> row(std::uint64_t bucket) noexcept;
    [[nodiscard]] shared_matrix finish() &&;

private:
    std::uint64_t buckets_;
    std::uint64_t dimension_;
    std::shared_ptr<mapped_memory> memory_;
};
}
