module;
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>
module wordmill.io;
import :byte_source;
import :decoder;
import :part_finder;
import :part_jobs;
import wordmill.core;
import wordmill.stream;

namespace wordmill {
namespace {
constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;
/// Windows and dictionaries up to here are counted with every job; larger ones are for one decoder alone.
constexpr std::uint64_t job_window = 8 * mebibyte;
/// Longer parts stream; they are also judged by `expansion_guard` inside.
constexpr std::uint64_t most_decoded = 64 * mebibyte - 1;
constexpr std::uint64_t usual_decoded = 16 * mebibyte;

/// A stretch, and what has been decoded of it.
struct job {
    stretch range{};
    std::uint64_t most = 0;  ///< decoded bytes it may hold
    std::uint64_t claim = 0; ///< memory set aside for it

    std::vector<decoded_part> parts{};
    std::size_t next = 0;   ///< of the parts, to be taken
    std::uint64_t held = 0; ///< decoded bytes so far
    bool too_long = false;
    std::atomic<bool> cancelled{false};

    void set(stretch const& s, std::uint64_t most_bytes, std::uint64_t claimed_bytes) {
        range = s;
        most = most_bytes;
        claim = claimed_bytes;
        parts.clear();
        next = 0;
        held = 0;
        too_long = cancelled = false;
    }
};

/// Whole blocks are decoded in place; what is shorter is copied out of `scratch`, so that a small part stays small.
bool decode_part(decoder& from, byte_source& in, job& j, std::size_t block_bytes, decoded_part& part,
                 std::string& scratch) {
    for (bool ended = false; !ended;) {
        if (j.cancelled) return false;
        scratch.resize(static_cast<std::size_t>(std::min<std::uint64_t>(block_bytes, j.most + 1)));
        room out{scratch.data(), scratch.size()};
        ended = from.decode(in, out);
        auto const size = scratch.size() - out.left;
        part.bytes += size;
        j.held += size;
        j.too_long = j.held > j.most;
        if (j.too_long) return false;
        if (out.left == 0)
            part.blocks.push_back(std::exchange(scratch, {}));
        else if (size > 0)
            part.blocks.emplace_back(scratch, 0, size);
    }
    part.end = from.end();
    return true;
}
}

std::unique_ptr<part_finder> make_part_finder(codec c, std::shared_ptr<stored_file const> file) {
    switch (c) {
    case codec::none: break;
    case codec::gzip: return make_gzip_finder(std::move(file));
    case codec::zstd: return make_zstd_finder(std::move(file));
    case codec::bzip2: return make_bzip2_finder(std::move(file));
    case codec::xz: return make_xz_finder(std::move(file));
    }
    throw error(failure::internal, "stored bytes have no parts");
}

struct part_jobs::state {
    codec kind;
    std::shared_ptr<stored_file const> file;
    byte_options options;
    window_limits job_windows;
    std::unique_ptr<part_finder> finder{};
    std::optional<stretch> found{}; ///< not yet a job: no room
    std::uint64_t claimed = 0;
    std::uint64_t streaming_until = 0; ///< parts that begin before it are not worth looking for
    int too_long = 0;                  ///< jobs whose work was wasted
    bool finding = false;              ///< the finder stands after the last job
    std::vector<job> jobs;             ///< the slots of `ring`, in the order of the file
    detail::worker_ring ring;          ///< last: its threads use all of the above

    state(codec c, std::shared_ptr<stored_file const> f, byte_options const& o)
        : kind(c),
          file(std::move(f)),
          options(o),
          job_windows(o),
          jobs(2 * std::size_t{std::min(o.threads, max_threads)}),
          ring(std::min(o.threads, max_threads), jobs.size(), this,
               [](void* self, std::size_t slot, unsigned) noexcept {
                   auto& s = *static_cast<state*>(self);
                   s.decode(s.jobs[slot]);
               }) {
        job_windows.option = std::min(job_windows.option, job_window);
    }
    ~state() {
        for (auto& j : jobs) j.cancelled = true;
    }

    /// A part that fails here is decoded again by the consumer, which reports the error.
    void decode(job& j) const noexcept {
        try {
            byte_source in(file);
            auto const from = make_decoder(kind, in, j.range.begin, job_windows);
            std::string scratch;
            while (!j.cancelled && from->begin_part(in) && from->begin() < j.range.stop) {
                decoded_part part{.begin = from->begin()};
                if (!decode_part(*from, in, j, options.block_bytes, part, scratch)) break;
                j.parts.push_back(std::move(part));
            }
        } catch (...) {}
    }

    std::uint64_t most_of(stretch const& s) const {
        if (s.decoded > 0) return s.decoded;
        auto const share = options.memory_bytes / (options.threads + 2);
        return std::clamp(share - std::min(share, job_window), usual_decoded, most_decoded);
    }

    void stop_finding() {
        finding = false;
        streaming_until = std::numeric_limits<std::uint64_t>::max();
    }

    void find(std::uint64_t begin) {
        if (!finder) finder = make_part_finder(kind, file);
        finder->seek(begin);
        found.reset();
        finding = true;
    }

    void top_up() {
        while (finding && !ring.full()) {
            if (!found) found = finder->next();
            if (!found) finding = false;
            if (!found) return;
            if (found->last && ring.empty()) { // nothing would run in parallel
                finding = false;
                streaming_until = found->stop;
                return;
            }
            auto const most = most_of(*found);
            auto const claim = most + job_window;
            if (most > most_decoded || claim > options.memory_bytes / 2) {
                finding = false;
                return;
            }
            if (claimed + claim > options.memory_bytes) return;
            jobs[ring.tail()].set(*std::exchange(found, {}), most, claim);
            ring.submit();
            claimed += claim;
        }
    }

    job& first() { return jobs[ring.head()]; }

    void retire_first() {
        first().cancelled = true;
        if (!ring.head_done()) ring.await_head();
        first().parts = {};
        claimed -= first().claim;
        ring.release_head();
    }

    std::optional<decoded_part> take(std::uint64_t begin) {
        while (!ring.empty() && first().range.stop <= begin) retire_first();
        try {
            if (ring.empty() && begin >= streaming_until) find(begin);
            top_up();
        } catch (...) { // the consumer will meet the read error
            stop_finding();
        }
        if (ring.empty() || first().range.begin > begin) return {};
        if (!ring.head_done()) ring.await_head();
        auto& j = first();
        while (j.next < j.parts.size() && j.parts[j.next].begin < begin) ++j.next;
        if (j.next < j.parts.size() && j.parts[j.next].begin == begin) return std::move(j.parts[j.next++]);
        if (j.too_long && ++too_long == 2) {
            stop_finding();
            while (!ring.empty()) retire_first();
        }
        return {};
    }
};

part_jobs::part_jobs(codec c, std::shared_ptr<stored_file const> file, byte_options const& options)
    : state_(std::make_unique<state>(c, std::move(file), options)) {}

part_jobs::~part_jobs() = default;

std::optional<decoded_part> part_jobs::take(std::uint64_t begin) { return state_->take(begin); }
}
