module;
#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>
module wordmill.io;
import :block_reader;
import :decoded_files;
import wordmill.core;
import wordmill.stream;

namespace wordmill {
namespace {
constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;
/// Smaller files take less time to decode than a thread takes to start.
constexpr std::uint64_t least_stored = 128 << 10;
/// The memory that one file may take ahead: enough for most whole files, bounded so that memory is not wasted.
constexpr std::uint64_t most_share = 256 * mebibyte;
constexpr std::uint64_t least_share = 32 * mebibyte;
constexpr std::uint64_t least_window = 8 * mebibyte;

/// A block and what was counted on the way to it, so that counts are those of what the consumer has seen.
struct counted_block {
    byte_block block{};
    tally counts{};
};

/// The last one is empty: it has what was counted after the last byte.
generator<counted_block> read_counted(input_file file, byte_options options) {
    auto watch = options.watch;
    options.counts = {};
    block_reader reader(std::move(file), std::move(options));
    std::uint64_t shown = 0;
    for (bool more = true; more;) {
        counted_block next;
        more = reader.next(next.block);
        next.counts = reader.take_counts();
        watch.add_stored(next.block.consumed - std::min(shown, next.block.consumed));
        shown = std::max(shown, next.block.consumed);
        co_yield std::move(next);
        watch.check();
    }
}

using queue = prefetch_queue<counted_block>;

generator<byte_block> deliver(std::unique_ptr<queue> ahead, input_file file, byte_options options) {
    std::uint64_t delivered = 0;
    bool failed = false;
    for (;;) {
        counted_block* next = nullptr;
        try {
            next = ahead->front();
        } catch (error const&) {
            failed = true;
        }
        if (!next) break;
        options.counts.add(next->counts);
        delivered += next->block.bytes.size();
        if (!next->block.bytes.empty()) co_yield std::move(next->block);
        options.watch.check();
        ahead->pop();
    }
    if (!failed) co_return;
    // This read had a smaller window than allowed and ran early; a read of its own gives the error.
    ahead.reset();
    options.byte = delivered;
    co_yield elements_of(read_bytes(std::move(file), std::move(options)));
}
}

struct decoded_files::state {
    std::vector<input_file> files;
    std::size_t first;
    byte_options options;
    std::size_t most_ahead = 0; ///< files
    std::uint64_t share = 0;    ///< bytes of memory for each of them
    std::size_t looked_at = 0;  ///< files before it are started, or too small to start
    std::map<std::size_t, std::unique_ptr<queue>> ahead{};

    state(std::vector<input_file> all, std::size_t from, byte_options o)
        : files(std::move(all)), first(from), options(std::move(o)), looked_at(from + 1) {
        if (options.threads < 2 || looked_at >= files.size()) return;
        auto const memory = options.memory_bytes / 2;
        auto const most = std::min<std::uint64_t>(options.threads - 1, files.size() - looked_at);
        most_ahead = static_cast<std::size_t>(std::min(most, memory / least_share));
        if (most_ahead == 0) return;
        share = std::min(memory / most_ahead, most_share);
        options.memory_bytes -= memory;
    }

    byte_options options_of(std::size_t i) const {
        auto own = options;
        if (i != first) own.restart = own.restart_byte = own.byte = 0;
        return own;
    }

    void look_ahead() {
        for (; looked_at < files.size() && ahead.size() < most_ahead; ++looked_at) {
            auto const& file = files[looked_at];
            if (!file.can_reread() || file.bytes < least_stored) continue;
            auto own = options_of(looked_at);
            // Half for its parts that are being decoded, half for the blocks that wait, of which one is being filled
            // and one being taken.
            own.memory_bytes = share / 2;
            own.limits.max_window_bytes = std::min(own.limits.max_window_bytes, std::max(least_window, share / 8));
            auto const blocks = (share / 2 - own.limits.max_window_bytes) / own.block_bytes;
            if (blocks < 3) return;
            ahead.emplace(looked_at, std::make_unique<queue>(read_counted(file, std::move(own)),
                                                             static_cast<std::size_t>(blocks - 2)));
        }
    }

    [[clang::coro_wrapper]] generator<byte_block> read(std::size_t i) {
        looked_at = std::max(looked_at, i + 1);
        auto own = ahead.extract(i);
        look_ahead();
        if (own.empty()) return read_bytes(files[i], options_of(i));
        return deliver(std::move(own.mapped()), files[i], options_of(i));
    }
};

decoded_files::decoded_files(std::vector<input_file> files, std::size_t first, byte_options options)
    : state_(std::make_unique<state>(std::move(files), first, std::move(options))) {}

decoded_files::~decoded_files() = default;

[[clang::coro_wrapper]] generator<byte_block> decoded_files::read(std::size_t i) { return state_->read(i); }
}
