module wordmill.stats:zip;
import wordmill.core;
import wordmill.io;
import wordmill.standard;

namespace wordmill::detail {
/// Writes a zip archive of stored members, in order, without times: the same content gives the same bytes.
class zip_writer {
public:
    explicit zip_writer(output_file& out);
    zip_writer(zip_writer const&) = delete;
    zip_writer& operator=(zip_writer const&) = delete;
    ~zip_writer();

    /// Begins the next member. Exactly `bytes` bytes must be written to it.
    void begin(std::string const& name, std::uint64_t bytes);
    void write(std::string_view bytes);
    void finish();

private:
    struct state;
    std::unique_ptr<state> state_;
};

struct zip_entry {
    std::string name{};
    std::uint64_t bytes = 0; ///< unpacked, as claimed
};
/// The members of an archive in a regular file. A damaged directory, a name that occurs twice, and a size that the file
/// cannot unpack to are a `failure::bad_data`.
[[nodiscard]] std::vector<zip_entry> zip_members(std::string const& file);

/// Reads the bytes of one member in order. Several may be open at once.
class zip_member {
public:
    zip_member(std::string const& file, std::string const& name);
    zip_member(zip_member&&) noexcept;
    zip_member& operator=(zip_member&&) noexcept;
    ~zip_member();

    /// Reads as many bytes as fit; fewer only at the end, where the checksum is checked.
    [[nodiscard]] std::size_t read(std::span<char> into);

private:
    struct state;
    std::unique_ptr<state> state_;
};
}
