module wordmill.io:sink;
import :bytes;
import wordmill.standard;

namespace wordmill::detail {
/// A destination of bytes.
class byte_sink {
public:
    byte_sink() = default;
    byte_sink(byte_sink const&) = delete;
    byte_sink& operator=(byte_sink const&) = delete;
    virtual ~byte_sink() = default;
    virtual void write(std::string_view bytes) = 0;
    /// Ends the output and passes on what was held back. Call it once.
    virtual void finish() = 0;
};

/// Cuts the output into members of `member_bytes`, so that readers can decode them in parallel and start at each. The
/// cuts depend on the bytes only, not on how they were passed in. Empty output gives one empty member.
class member_sink : public byte_sink {
public:
    inline explicit member_sink(std::size_t member_bytes) : room_(member_bytes), member_bytes_(member_bytes) {}
    inline void write(std::string_view bytes) final {
        while (!bytes.empty()) {
            auto const piece = bytes.substr(0, room_);
            compress(piece);
            any_ = true;
            room_ -= piece.size();
            bytes.remove_prefix(piece.size());
            if (room_ == 0) {
                end_member();
                room_ = member_bytes_;
            }
        }
    }
    inline void finish() final {
        if (room_ < member_bytes_ || !any_) end_member();
    }

protected:
    /// Adds bytes to the open member, and opens one if none is.
    virtual void compress(std::string_view bytes) = 0;
    virtual void end_member() = 0;

private:
    std::size_t room_;
    std::size_t member_bytes_;
    bool any_ = false;
};

/// `failure::usage` for a level that the codec does not have; 0 is its default.
void check_level(codec c, int level);

/// Compresses into `below`, which must outlive it. `level` 0 is the codec's default.
[[nodiscard]] std::unique_ptr<byte_sink> make_gzip_sink(byte_sink& below, int level);
[[nodiscard]] std::unique_ptr<byte_sink> make_zstd_sink(byte_sink& below, int level);
[[nodiscard]] std::unique_ptr<byte_sink> make_bzip2_sink(byte_sink& below, int level);
[[nodiscard]] std::unique_ptr<byte_sink> make_xz_sink(byte_sink& below, int level);
/// One of the above; null for `codec::none`.
[[nodiscard]] std::unique_ptr<byte_sink> make_compressor(codec c, byte_sink& below, int level);
}
