module wordmill.stats:npy_array;
import :matrix_entries;
import :zip;
import wordmill.core;
import wordmill.standard;

namespace wordmill::detail {
/// One array in an .npz file, of no or one dimension, from front to back. Values are read one by one.
class npy_array {
public:
    /// Reads the header of the member `name` + ".npy" and compares its size with that of the member.
    npy_array(std::string const& file, std::string const& name, std::vector<zip_entry> const& members);

    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
    [[nodiscard]] bool is_scalar() const noexcept { return scalar_; }
    [[nodiscard]] std::string const& type() const noexcept { return type_; }

    /// The bytes of a value of any type.
    [[nodiscard]] std::string_view next();
    /// Of '<i4' or '<i8': not negative.
    [[nodiscard]] std::uint64_t next_index();
    /// Of a type of numbers. Refuses those that the entry cannot hold.
    template <class Entry> void set_next(Entry& e, std::uint64_t unit);
    /// Behind the last value: looks at the checksum.
    void finish();

    [[noreturn]] void refuse(std::string const& message) const; ///< with the number of the value read last

private:
    std::string file_;
    std::string name_;
    zip_member member_;
    std::string type_{};
    std::size_t value_bytes_ = 0;
    std::uint64_t size_ = 0;
    bool scalar_ = false;
    std::uint64_t taken_ = 0; ///< values so far
    std::string window_{};
    std::size_t at_ = 0;
};
}
