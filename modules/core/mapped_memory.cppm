export module wordmill.core:mapped_memory;
import wordmill.standard;

namespace wordmill {
/// Large memory, zero at first, in pages of its own: huge ones where the system has them, for tables that are read in
/// no order. Pages that are never touched take no memory. Owns it; moves.
export class mapped_memory {
public:
    mapped_memory() = default;
    /// `failure::resource` with the size and `what` it is for when the system cannot allocate it.
    mapped_memory(std::size_t bytes, std::string_view what);
    mapped_memory(mapped_memory&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
    mapped_memory& operator=(mapped_memory&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~mapped_memory();

    [[nodiscard]] inline std::size_t bytes() const noexcept { return bytes_; }
    /// As values of a type that needs no construction.
    template <class T> [[nodiscard]] T* as() const noexcept { return static_cast<T*>(data_); }

private:
    void* data_ = nullptr;
    std::size_t bytes_ = 0;
};
}
