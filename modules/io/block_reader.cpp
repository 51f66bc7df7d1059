module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.io;
import :block_reader;
import :byte_source;
import :decoder;
import :output;
import :part_jobs;
import wordmill.core;

namespace wordmill {
void expansion_guard::check(amounts a) const {
    if (a.decoded < period || a.decoded / limit_ <= a.stored) return;
    throw damage{"expands to " + format_bytes(a.decoded) + " from " + format_bytes(a.stored) + ", the limit is "
                     + format_count(limit_) + " : 1",
                 "--max-expansion raises the limit"};
}

void expansion_guard::inside(std::uint64_t decoded, std::uint64_t stored) {
    if (decoded - seen_.decoded < period) return;
    check({decoded - seen_.decoded, stored - seen_.stored});
    seen_ = {decoded, stored};
}

void expansion_guard::ended(std::uint64_t decoded, std::uint64_t stored) {
    seen_ = {};
    sum_.decoded += decoded;
    sum_.stored += stored;
    if (sum_.decoded < period) return;
    check(sum_);
    sum_ = {};
}

block_reader::block_reader(input_file file, byte_options options)
    : options_(std::move(options)),
      file_(std::make_shared<stored_file const>(std::move(file), options_.watch)),
      in_(file_),
      expansion_(std::max<std::uint64_t>(options_.limits.max_expansion, 1)) {
    expect(options_.block_bytes > 0, "block_bytes must be positive");
    auto const first = in_.peek(16);
    std::string_view const first_bytes(reinterpret_cast<char const*>(first.data()), first.size());
    codec_ = recognise_codec(first_bytes);
    if (codec_ != codec::none) {
        decoder_ = make_decoder(codec_, in_, options_.restart, window_limits(options_));
        byte_ = options_.restart_byte;
        if (options_.threads > 1 && file_->seekable()) jobs_.emplace(codec_, file_, options_);
    } else if (auto const foreign = foreign_codec(first_bytes); !foreign.empty()) {
        throw error(failure::bad_data,
                    "is compressed with " + std::string(foreign)
                        + ", which is not built in; gzip, zstd, bzip2 and xz are",
                    {.file = file_->input().name}, "unpack it first");
    } else {
        in_.seek(options_.byte);
        auto const reached = file_->seekable() ? std::min(options_.byte, file_->size()) : in_.offset();
        byte_ = reached;
    }
    auto const& input = file_->input();
    bool const begins = options_.restart == 0 && options_.byte == 0;
    if (begins && input.type == input_file::kind::regular && codec_of_name(input.name) != codec_)
        options_.counts.note("file name and content disagree on the codec; the content decides", 1,
                             {.file = input.name});
}

tally block_reader::take_counts() { return std::exchange(options_.counts, tally()); }

place block_reader::here() const {
    place where{.file = file_->input().name, .byte = byte_};
    if (decoder_) where.member = decoder_->member();
    return where;
}

bool block_reader::next(byte_block& block) {
    while (!finished_) {
        if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
        fill(block);
        if (keep(block)) return true;
    }
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    return false;
}

/// Advances by one block, or to the end of a part; a failure is kept for the next call.
void block_reader::fill(byte_block& block) {
    try {
        if (!in_part_ && !begin_part()) {
            block.bytes.clear();
            return finish();
        }
    } catch (...) {
        block.bytes.clear();
        return record_failure();
    }
    try {
        block.byte = byte_;
        if (ahead_ ? take_ahead(block) : decode_into(block)) end_part();
    } catch (...) {
        record_failure();
    }
}

/// True when the part has ended.
bool block_reader::decode_into(byte_block& block) {
    // Stored bytes can be read from anywhere; their blocks lie on a grid that does not depend on where reading began.
    auto const used = decoder_ ? 0 : static_cast<std::size_t>(byte_ % options_.block_bytes);
    auto const size = options_.block_bytes - used;
    block.restart = decoder_ ? decoder_->restart() : byte_ - used;
    block.restart_byte = decoder_ ? part_byte_ : byte_ - used;
    block.bytes.resize(size);
    room out{block.bytes.data(), size};
    bool ended = false;
    {
        struct account { // for what was decoded, also when decoding fails after it
            block_reader& reader;
            byte_block& block;
            room const& out;
            ~account() {
                block.bytes.resize(block.bytes.size() - out.left);
                block.consumed = reader.in_.offset();
                reader.byte_ += block.bytes.size();
            }
        } const at_exit{*this, block, out};
        if (decoder_) {
            ended = decoder_->decode(in_, out);
        } else {
            in_.read(out);
            ended = out.left > 0;
        }
    }
    if (decoder_) expansion_.inside(byte_ - part_byte_, in_.offset() - part_stored_);
    return ended;
}

bool block_reader::take_ahead(byte_block& block) {
    block.restart = decoder_->restart();
    block.restart_byte = part_byte_;
    block.bytes.clear();
    if (ahead_next_ < ahead_->blocks.size()) std::swap(block.bytes, ahead_->blocks[ahead_next_++]);
    byte_ += block.bytes.size();
    if (ahead_next_ < ahead_->blocks.size()) {
        block.consumed = in_.offset();
        return false;
    }
    decoder_->pass(in_, ahead_->end, ahead_->bytes);
    ahead_.reset();
    block.consumed = in_.offset();
    return true;
}

/// Drops what was delivered before a resume. Returns whether anything is left.
bool block_reader::keep(byte_block& block) {
    if (block.bytes.empty()) return false;
    if (byte_ <= options_.byte) return false;
    if (block.byte < options_.byte) {
        block.bytes.erase(0, static_cast<std::size_t>(options_.byte - block.byte));
        block.byte = options_.byte;
    }
    options_.counts.read("byte", block.bytes.size());
    return true;
}

bool block_reader::begin_part() {
    if (!decoder_) return in_part_ = !in_.peek(1).empty();
    part_stored_ = in_.offset();
    try {
        in_part_ = decoder_->begin_part(in_);
    } catch (garbage const&) {
        if (!options_.allow_garbage) throw;
        auto const size = in_.skip_rest();
        options_.counts.read("stored byte", size);
        options_.counts.drop("stored byte", "garbage after the last member", size, here());
        return false;
    }
    part_byte_ = byte_;
    if (in_part_ && jobs_) ahead_ = jobs_->take(decoder_->begin());
    ahead_next_ = 0;
    return in_part_;
}

void block_reader::end_part() {
    in_part_ = false;
    if (decoder_) expansion_.ended(byte_ - part_byte_, in_.offset() - part_stored_);
}

void block_reader::finish() {
    finished_ = true;
    file_->check_unchanged(options_.counts);
    if (byte_ < options_.byte)
        throw error(failure::bad_data,
                    "ends at byte " + std::to_string(byte_) + ", before the position to resume from, byte "
                        + std::to_string(options_.byte),
                    {.file = file_->input().name}, "the file is not the one that the position was saved for");
}

/// Adds the place to the current exception and keeps it.
void block_reader::record_failure() {
    auto const named = std::string(name(codec_));
    auto const keep_error = [this](std::string const& message, std::string_view hint) {
        failure_ = std::make_exception_ptr(error(failure::bad_data, message, here(), hint));
    };
    try {
        throw;
    } catch (damage const& d) {
        keep_error(d.message, d.hint);
    } catch (garbage const& g) {
        keep_error(named + ": trailing garbage at stored byte " + std::to_string(g.offset)
                       + ": expected a member or the end of the file, found " + g.found,
                   "--allow-garbage drops it");
    } catch (cut_short const&) {
        if (options_.allow_truncated) {
            options_.counts.note("truncated input", 1, here());
            finished_ = true;
            return;
        }
        keep_error(named + ": truncated after " + std::to_string(byte_) + " bytes of output",
                   "--allow-truncated keeps what is there");
    } catch (no_memory const& m) {
        failure_ = std::make_exception_ptr(
            error(failure::resource,
                  named + ": " + format_bytes(m.needed) + " to decode are not available of the "
                      + format_bytes(read_machine_limits().memory_bytes) + " that this process may use",
                  here(), "a smaller --memory or fewer --threads may do"));
    } catch (std::bad_alloc const&) {
        failure_ = std::make_exception_ptr(
            error(failure::resource,
                  codec_ == codec::none ? "not enough memory to read" : named + ": not enough memory to decode", here(),
                  "a smaller --memory or fewer --threads may do"));
    } catch (error const& e) {
        failure_ = e.kind() == failure::resource && e.where() == place{}
                       ? std::make_exception_ptr(error(e.kind(), e.message(), here(), e.hint()))
                       : std::current_exception();
    } catch (...) {
        failure_ = std::current_exception();
    }
}
}
