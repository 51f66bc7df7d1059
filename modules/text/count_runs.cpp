module;
#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>
module wordmill.text;
import wordmill.core;
import wordmill.io;
import wordmill.stream;
import :count_runs;
import :counting;

namespace wordmill {
namespace {
constexpr std::size_t least_buffer = 4096;
constexpr std::size_t most_buffer = std::size_t{1} << 20;
constexpr std::size_t good_buffer = std::size_t{64} << 10;
constexpr std::size_t most_fan_in = 128;
constexpr std::size_t most_number_bytes = 10;

void append_number(std::string& out, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
    out += static_cast<char>(value);
}

/// Reads a run back through a buffer; `current` is a view into the buffer.
class run_reader {
public:
    run_reader(sorted_run run, std::size_t buffer_bytes) : run_(std::move(run)), buffer_(buffer_bytes) {}

    counted_word current{};

    /// Goes to the next record; false at the end.
    [[nodiscard]] bool next() {
        std::uint64_t size = 0;
        std::uint64_t count = 0;
        if (filled_ - at_ < 2 * most_number_bytes) refill(2 * most_number_bytes);
        if (at_ == filled_) return false;
        if (!number(size) || !number(count)) damaged();
        if (filled_ - at_ < size) refill(size);
        if (filled_ - at_ < size) damaged();
        current = {{buffer_.data() + at_, static_cast<std::size_t>(size)}, count};
        at_ += size;
        return true;
    }

private:
    [[noreturn]] static void damaged() { throw error(failure::io, "a temporary file of counts came back changed"); }

    [[nodiscard]] bool number(std::uint64_t& value) noexcept {
        for (unsigned shift = 0; shift < 64 && at_ < filled_; shift += 7) {
            auto const byte = static_cast<unsigned char>(buffer_[at_++]);
            value |= std::uint64_t{byte & 0x7fU} << shift;
            if (byte < 0x80) return true;
        }
        return false;
    }
    void refill(std::size_t wanted) {
        auto const left = filled_ - at_;
        if (run_.end - run_.begin + left < wanted) wanted = run_.end - run_.begin + left;
        if (wanted > buffer_.size()) {
            std::vector<char> larger(wanted);
            std::memcpy(larger.data(), buffer_.data() + at_, left);
            buffer_ = std::move(larger);
        } else {
            std::memmove(buffer_.data(), buffer_.data() + at_, left);
        }
        at_ = 0;
        filled_ = left;
        auto const most = std::min<std::uint64_t>(buffer_.size() - left, run_.end - run_.begin);
        if (most == 0) return;
        auto const got = run_.file->read_at(run_.begin, std::span(buffer_.data() + left, most));
        if (got == 0) damaged();
        filled_ += got;
        run_.begin += got;
    }

    sorted_run run_;
    std::vector<char> buffer_;
    std::size_t at_ = 0;
    std::size_t filled_ = 0;
};

/// Moves the reader whose record comes first to the front.
class run_heap {
public:
    run_heap(std::vector<sorted_run> runs, run_order order, std::size_t buffer_bytes) : order_(order) {
        for (auto& run : runs) {
            auto reader = std::make_unique<run_reader>(std::move(run), buffer_bytes);
            if (reader->next()) readers_.push_back(std::move(reader));
        }
        for (auto i = readers_.size(); i-- > 0;) sink(i);
    }

    [[nodiscard]] bool empty() const noexcept { return readers_.empty(); }
    [[nodiscard]] counted_word const& front() const noexcept { return readers_.front()->current; }
    void advance() {
        if (!readers_.front()->next()) {
            std::swap(readers_.front(), readers_.back());
            readers_.pop_back();
        }
        sink(0);
    }

private:
    [[nodiscard]] bool before(std::size_t a, std::size_t b) const noexcept {
        auto const& x = readers_[a]->current;
        auto const& y = readers_[b]->current;
        if (order_ == run_order::by_count && x.count != y.count) return x.count > y.count;
        return x.word < y.word;
    }
    void sink(std::size_t at) noexcept {
        for (;;) {
            auto child = 2 * at + 1;
            if (child >= readers_.size()) return;
            if (child + 1 < readers_.size() && before(child + 1, child)) ++child;
            if (!before(child, at)) return;
            std::swap(readers_[child], readers_[at]);
            at = child;
        }
    }

    run_order order_;
    std::vector<std::unique_ptr<run_reader>> readers_;
};
}

void run_writer::begin_run(std::uint64_t expected_bytes) {
    auto const where = folder_.empty() ? temporary_folder() : folder_;
    std::error_code unknown;
    auto const space = std::filesystem::space(where, unknown);
    if (!unknown && space.available < expected_bytes)
        throw error(failure::io,
                    "counts beyond the memory budget need about " + format_bytes(expected_bytes)
                        + " of temporary space, but " + format_bytes(space.available) + " are free",
                    place{.file = where.string()}, "choose another temporary folder or raise the memory budget");
    if (!file_) file_ = std::make_shared<spill_file>(folder_);
}

void run_writer::write(std::string_view word, std::uint64_t count) {
    record_.clear();
    append_number(record_, word.size());
    append_number(record_, count);
    record_ += word;
    file_->write(record_);
}

void run_writer::end_run() {
    auto const end = file_->bytes();
    if (end > begin_) runs_.push_back({file_, begin_, end});
    begin_ = end;
}

std::vector<sorted_run> run_writer::finish() && {
    if (file_) file_->finish();
    return std::move(runs_);
}

std::size_t merge_budget::fan_in() const noexcept {
    return std::clamp(memory_bytes / good_buffer, std::size_t{2}, most_fan_in);
}

std::size_t merge_budget::buffer_bytes(std::size_t runs) const noexcept {
    return std::clamp(memory_bytes / std::max<std::size_t>(runs, 1), least_buffer, most_buffer);
}

generator<counted_word> merge_runs(std::vector<sorted_run> runs, run_order order, merge_budget budget) {
    auto const buffer_bytes = budget.buffer_bytes(runs.size());
    run_heap heap(std::move(runs), order, buffer_bytes);
    std::string word;
    while (!heap.empty()) {
        if (order == run_order::by_count) {
            co_yield counted_word(heap.front());
            heap.advance();
            continue;
        }
        word = heap.front().word;
        std::uint64_t count = 0;
        do {
            count = checked_sum(count, heap.front().count);
            heap.advance();
        } while (!heap.empty() && heap.front().word == word);
        co_yield counted_word{word, count};
    }
}

std::vector<sorted_run> reduce_runs(std::vector<sorted_run> runs, run_order order, merge_budget const& budget) {
    auto const fan_in = budget.fan_in();
    while (runs.size() > fan_in) {
        run_writer writer(budget.folder);
        for (std::size_t at = 0; at < runs.size(); at += fan_in) {
            auto const n = std::min(fan_in, runs.size() - at);
            std::vector<sorted_run> group(std::move_iterator(runs.begin() + static_cast<std::ptrdiff_t>(at)),
                                          std::move_iterator(runs.begin() + static_cast<std::ptrdiff_t>(at + n)));
            std::uint64_t bytes = 0;
            for (auto const& run : group) bytes += run.end - run.begin;
            writer.begin_run(bytes);
            for (auto const& entry : merge_runs(std::move(group), order, budget)) writer.write(entry.word, entry.count);
            writer.end_run();
        }
        runs = std::move(writer).finish();
    }
    return runs;
}

count_sorted sort_by_count(generator<counted_word> by_bytes, std::size_t memory_bytes,
                           std::filesystem::path const& folder) {
    struct entry {
        std::uint64_t count;
        std::uint32_t offset; // words arrive in byte order, so offsets order equal counts
        std::uint32_t size;
    };
    memory_bytes = std::clamp<std::size_t>(memory_bytes, std::size_t{64} << 10, std::size_t{4} << 30);
    std::vector<char> bytes;
    std::vector<entry> entries;
    bytes.reserve(memory_bytes / 2);
    entries.reserve(memory_bytes / 2 / sizeof(entry));
    count_sorted sorted;
    run_writer writer(folder);
    auto flush = [&] {
        if (entries.empty()) return;
        std::sort(entries.begin(), entries.end(), [](entry const& a, entry const& b) {
            return a.count != b.count ? a.count > b.count : a.offset < b.offset;
        });
        writer.begin_run(bytes.size() + 3 * entries.size());
        for (auto const& e : entries) writer.write({bytes.data() + e.offset, e.size}, e.count);
        writer.end_run();
        bytes.clear();
        entries.clear();
    };
    for (auto const& [word, count] : by_bytes) {
        if (entries.size() == entries.capacity() || bytes.size() + word.size() > bytes.capacity()) flush();
        entries.push_back({count, static_cast<std::uint32_t>(bytes.size()), static_cast<std::uint32_t>(word.size())});
        bytes.insert(bytes.end(), word.begin(), word.end());
        ++sorted.types;
        sorted.tokens = checked_sum(sorted.tokens, count);
        sorted.largest_count = std::max(sorted.largest_count, count);
    }
    flush();
    sorted.runs = std::move(writer).finish();
    return sorted;
}
}
