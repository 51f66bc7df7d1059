module wordmill.corpora:byte_window;
import wordmill.io;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
/// Decoded bytes of one file that have not been delivered yet, with their restart points.
class byte_window {
public:
    /// `source` begins at byte `from.byte` of the file.
    byte_window(generator<byte_block> source, position const& from)
        : at_(from.byte), restarts_{{from.restart, from.restart_byte}}, source_(std::move(source)) {}

    /// Makes at least `wanted` bytes available, or all remaining ones.
    void fill(std::size_t wanted) {
        while (!ended_ && view().size() < wanted) {
            if (!next_)
                next_.emplace(source_.begin());
            else
                ++*next_;
            if (*next_ == source_.end()) {
                ended_ = true;
                return;
            }
            auto&& block = **next_;
            if (restarts_.back().second != block.restart_byte)
                restarts_.emplace_back(block.restart, block.restart_byte);
            if (begin_ != 0) {
                buffer_.erase(0, begin_);
                begin_ = 0;
            }
            buffer_ += block.bytes;
        }
    }
    [[nodiscard]] std::string_view view() const { return std::string_view(buffer_).substr(begin_); }
    [[nodiscard]] bool ended() const { return ended_; }
    void consume(std::size_t bytes) {
        begin_ += bytes;
        at_ += bytes;
        while (restarts_.size() > 1 && restarts_[1].second <= at_) restarts_.pop_front();
    }
    /// Fills in the position of the next byte.
    void locate(position& p) const {
        p.byte = at_;
        p.restart = restarts_.front().first;
        p.restart_byte = restarts_.front().second;
    }

private:
    std::string buffer_;
    std::size_t begin_ = 0;
    std::uint64_t at_;
    std::deque<std::pair<std::uint64_t, std::uint64_t>> restarts_;
    bool ended_ = false;
    generator<byte_block> source_;
    std::optional<generator<byte_block>::iterator> next_;
};
}
