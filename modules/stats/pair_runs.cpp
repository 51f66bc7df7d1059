module;
#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>
module wordmill.stats;
import wordmill.core;
import wordmill.io;
import wordmill.stream;
import :pair_runs;

namespace wordmill {
namespace {
constexpr std::size_t write_buffer = std::size_t{1} << 16;

void append_number(std::string& out, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
    out += static_cast<char>(value);
}
}

pair_run_writer::pair_run_writer(std::filesystem::path const& folder, std::uint64_t expected_bytes) {
    auto const where = folder.empty() ? temporary_folder() : folder;
    auto const free = free_bytes(where);
    if (free < expected_bytes)
        throw error(failure::io,
                    "co-occurrence: what exceeds --memory needs " + format_bytes(expected_bytes)
                        + " of temporary space, " + format_bytes(free) + " are free",
                    {.file = where.string()}, "name another folder, or allow more memory");
    file_ = std::make_shared<spill_file>(where);
}

void pair_run_writer::restart(std::uint64_t key) {
    last_key_ = 0;
    if (run_.pairs_ % run_.pairs_per_restart() != 0) return;
    if (run_.restarts_.size() == pair_run::most_restarts) { // keep every other one
        for (std::size_t i = 0; i < run_.restarts_.size() / 2; ++i) run_.restarts_[i] = run_.restarts_[2 * i];
        run_.restarts_.resize(run_.restarts_.size() / 2);
        run_.restart_stride_ *= 2;
    }
    run_.restarts_.push_back({key, run_.bytes_ + packed_.size()});
}

void pair_run_writer::add(weighted_pair pair) {
    if (run_.pairs_ % pair_run::restart_interval == 0) restart(pair.key);
    append_number(packed_, pair.key - std::exchange(last_key_, pair.key));
    append_number(packed_, pair.weight);
    ++run_.pairs_;
    if (file_ && packed_.size() >= write_buffer) {
        file_->write(packed_);
        run_.bytes_ += packed_.size();
        packed_.clear();
    }
}

pair_run pair_run_writer::finish() && {
    run_.bytes_ += packed_.size();
    if (file_) {
        file_->write(packed_);
        file_->finish();
        run_.file_ = std::move(file_);
    } else {
        packed_.shrink_to_fit();
        run_.memory_ = std::move(packed_);
    }
    run_.restarts_.shrink_to_fit();
    return std::move(run_);
}

pair_run::reader::reader(pair_run const& run, std::uint64_t from, std::size_t buffer_bytes) : run_(run) {
    if (run.pairs_ == 0) {
        ended_ = true;
        return;
    }
    auto after = std::ranges::upper_bound(run.restarts_, from, {}, &restart::key);
    if (after != run.restarts_.begin()) --after;
    left_ = run.pairs_ - static_cast<std::uint64_t>(after - run.restarts_.begin()) * run.pairs_per_restart();
    next_byte_ = after->byte;
    if (run.file_) {
        buffer_.resize(buffer_bytes + most_pair_bytes);
        at_ = end_ = buffer_.data();
    } else {
        at_ = run.memory_.data() + next_byte_;
        end_ = run.memory_.data() + run.memory_.size();
        next_byte_ = run.bytes_;
    }
    for (next(); !ended_ && pair_.key < from;) next();
}

void pair_run::reader::refill() {
    if (next_byte_ == run_.bytes_) return;
    auto const left = static_cast<std::size_t>(end_ - at_);
    std::memmove(buffer_.data(), at_, left);
    auto const most = std::min<std::uint64_t>(buffer_.size() - most_pair_bytes, run_.bytes_ - next_byte_);
    auto const got = run_.file_->read_at(next_byte_, std::span(buffer_.data() + left, most));
    if (got != most) throw error(failure::io, "a temporary file of pairs came back changed");
    next_byte_ += got;
    at_ = buffer_.data();
    end_ = at_ + left + got;
}

merged_pairs::merged_pairs(std::span<std::shared_ptr<pair_run const> const> runs, std::uint64_t from,
                           std::optional<std::uint64_t> until, std::size_t buffer_bytes)
    : until_(until.value_or(0)), bounded_(until.has_value()) {
    for (auto const& run : runs) {
        auto reader = std::make_unique<pair_run::reader>(*run, from, buffer_bytes);
        if (!reader->ended()) readers_.push_back(std::move(reader));
    }
    for (auto i = readers_.size(); i-- > 0;) sink(i);
}

void merged_pairs::sink(std::size_t at) noexcept {
    for (;;) {
        auto child = 2 * at + 1;
        if (child >= readers_.size()) return;
        if (child + 1 < readers_.size() && readers_[child + 1]->pair().key < readers_[child]->pair().key) ++child;
        if (readers_[at]->pair().key <= readers_[child]->pair().key) return;
        std::swap(readers_[child], readers_[at]);
        at = child;
    }
}

std::optional<weighted_pair> merged_pairs::next() {
    if (readers_.empty()) return std::nullopt;
    auto sum = readers_.front()->pair();
    if (bounded_ && sum.key >= until_) return std::nullopt;
    auto const advance = [&] {
        readers_.front()->next();
        if (readers_.front()->ended()) {
            std::swap(readers_.front(), readers_.back());
            readers_.pop_back();
        }
        sink(0);
    };
    advance();
    for (; !readers_.empty() && readers_.front()->pair().key == sum.key; advance())
        sum.weight = checked_sum(sum.weight, readers_.front()->pair().weight);
    return sum;
}
}
