module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <utility>
module wordmill.io;
import :byte_source;
import wordmill.core;

namespace wordmill {
namespace {
constexpr std::size_t first_chunk = 4096; // after a jump: often only a header is wanted
}

byte_source::byte_source(std::shared_ptr<stored_file const> file, std::size_t buffer_bytes)
    : file_(std::move(file)), buffer_(std::max(buffer_bytes, first_chunk)), chunk_(buffer_.size()) {}

void byte_source::fill(std::size_t size) {
    if (at_end_) return;
    if (begin_ > 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (buffer_.size() < size) buffer_.resize(std::max(size, 2 * buffer_.size()));
    while (end_ < size && !at_end_) {
        auto const wanted = std::min(buffer_.size() - end_, std::max(chunk_, size - end_));
        auto const got = file_->read(reinterpret_cast<char*>(buffer_.data()) + end_, wanted, read_offset_);
        at_end_ = got == 0;
        end_ += got;
        read_offset_ += got;
        chunk_ = std::min(4 * chunk_, default_buffer);
    }
}

void byte_source::seek(std::uint64_t offset) {
    auto const first = read_offset_ - end_; // of the buffer
    if (offset >= first && offset <= read_offset_) {
        begin_ = static_cast<std::size_t>(offset - first);
        return;
    }
    if (file_->seekable()) {
        begin_ = end_ = 0;
        read_offset_ = offset;
        chunk_ = first_chunk;
        at_end_ = false;
        return;
    }
    expect(offset > read_offset_, "an unseekable input cannot go back");
    while (this->offset() < offset) {
        auto const left = std::min<std::uint64_t>(offset - this->offset(), peek(1).size());
        if (left == 0) return;
        consume(static_cast<std::size_t>(left));
    }
}

void byte_source::read(room& out) {
    auto const buffered = std::min(out.left, end_ - begin_);
    std::memcpy(out.next, buffer_.data() + begin_, buffered);
    begin_ += buffered;
    out.fill(buffered);
    while (out.left > 0 && !at_end_) {
        begin_ = end_ = 0; // what was buffered no longer ends at read_offset_
        auto const got = file_->read(out.next, out.left, read_offset_);
        at_end_ = got == 0;
        read_offset_ += got;
        out.fill(got);
    }
}

std::uint64_t byte_source::skip_rest() {
    std::uint64_t skipped = 0;
    while (auto const size = peek(1).size()) {
        consume(size);
        skipped += size;
    }
    return skipped;
}
}
