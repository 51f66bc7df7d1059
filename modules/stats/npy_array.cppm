module wordmill.stats:npy_array;
import :matrix_entries;
import :zip;
import wordmill.core;
import wordmill.standard;

namespace wordmill::detail {
/// A reader of one array in an .npz file, of zero or one dimensions. Values are read one by one, in order.
class npy_array {
public:
    /// Reads the header of the member `name` + ".npy" and compares its size with that of the member.
    npy_array(std::string const& file, std::string const& name, std::vector<zip_entry> const& members);

    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
    [[nodiscard]] bool is_scalar() const noexcept { return scalar_; }
    [[nodiscard]] std::string const& type() const noexcept { return type_; }

    /// The bytes of the next value, of any type.
    [[nodiscard]] std::string_view next();
    /// The next value of type '<i4' or '<i8', which must not be negative.
    [[nodiscard]] std::uint64_t next_index();
    /// Stores the next number in the entry. Refuses a number that the entry cannot hold.
    template <class Entry> void set_next(Entry& e, std::uint64_t unit);
    /// Checks the checksum; call it after the last value.
    void finish();

    [[noreturn]] void refuse(std::string const& message) const; ///< names the value that was read last

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
