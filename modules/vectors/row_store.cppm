module;
#include <sys/mman.h>
module wordmill.vectors:row_store;
import wordmill.core;
import wordmill.standard;

namespace wordmill::detail {
/// Numbers on a 64-byte border that grow; big stores lie on big pages where the system has them.
template <class T> class row_store {
public:
    [[nodiscard]] inline T* data() noexcept { return values_.get(); }
    [[nodiscard]] inline T const* data() const noexcept { return values_.get(); }
    [[nodiscard]] inline std::size_t capacity() const noexcept { return capacity_; }

    /// Keeps the first `used` values.
    void reallocate(std::size_t capacity, std::size_t used) {
        constexpr std::size_t big_page = std::size_t{2} << 20;
        auto bytes = checked_product(capacity, sizeof(T));
        auto const alignment = bytes >= 8 * big_page ? big_page : 64;
        if (bytes > std::numeric_limits<std::ptrdiff_t>::max() - alignment)
            throw error(failure::resource, "a size overflows 63 bits");
        bytes = (bytes + alignment - 1) / alignment * alignment;
        std::unique_ptr<T, release> wider(static_cast<T*>(std::aligned_alloc(alignment, bytes)));
        if (!wider) throw error(failure::resource, "no memory for vectors: " + format_bytes(bytes) + " were asked for");
        if (alignment == big_page) ::madvise(wider.get(), bytes, MADV_HUGEPAGE); // only a wish
        if (used > 0) std::memcpy(wider.get(), values_.get(), used * sizeof(T));
        values_ = std::move(wider);
        capacity_ = capacity;
    }

private:
    struct release {
        void operator()(T* values) const noexcept { std::free(values); }
    };
    std::unique_ptr<T, release> values_{};
    std::size_t capacity_ = 0;
};
}
