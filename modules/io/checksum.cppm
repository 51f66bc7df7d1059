export module wordmill.io:checksum;
import wordmill.standard;

namespace wordmill {
/// XXH3-64 of bytes that arrive in pieces, the checksum of Wordmill's file formats. It detects damage, not forgery. To
/// be used by one thread at a time.
export class checksum {
public:
    checksum(); ///< `std::bad_alloc` when there is no memory for it

    void add(void const* bytes, std::size_t size) noexcept;
    inline void add(std::string_view bytes) noexcept { add(bytes.data(), bytes.size()); }
    /// The checksum of all bytes so far; more may follow.
    [[nodiscard]] std::uint64_t value() const noexcept;

private:
    struct release {
        void operator()(void* state) const noexcept;
    };
    std::unique_ptr<void, release> state_;
};

/// The same of contiguous bytes.
export [[nodiscard]] std::uint64_t checksum_of(void const* bytes, std::size_t size) noexcept;
export [[nodiscard]] inline std::uint64_t checksum_of(std::string_view bytes) noexcept {
    return checksum_of(bytes.data(), bytes.size());
}
}
