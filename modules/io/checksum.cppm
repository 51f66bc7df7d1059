export module wordmill.io:checksum;
import wordmill.standard;

namespace wordmill {
/// XXH3-64 of bytes that come in pieces, the checksum of our own files: it shows damage, not forgery. For one thread at
/// a time.
export class checksum {
public:
    checksum(); ///< `std::bad_alloc` when there is no memory for it

    void add(void const* bytes, std::size_t size) noexcept;
    inline void add(std::string_view bytes) noexcept { add(bytes.data(), bytes.size()); }
    /// Of all bytes so far; more may follow.
    [[nodiscard]] std::uint64_t value() const noexcept;

private:
    struct release {
        void operator()(void* state) const noexcept;
    };
    std::unique_ptr<void, release> state_;
};

/// The same of bytes that lie together.
export [[nodiscard]] std::uint64_t checksum_of(void const* bytes, std::size_t size) noexcept;
export [[nodiscard]] inline std::uint64_t checksum_of(std::string_view bytes) noexcept {
    return checksum_of(bytes.data(), bytes.size());
}
}
