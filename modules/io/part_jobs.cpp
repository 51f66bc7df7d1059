module;
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/task_arena.h>
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

namespace wordmill {
namespace {
constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;
/// Windows and dictionaries up to here are counted with every job; larger ones are for one decoder alone.
constexpr std::uint64_t job_window = 8 * mebibyte;
/// Longer parts stream; they are also judged by `expansion_guard` inside.
constexpr std::uint64_t most_decoded = 64 * mebibyte - 1;
constexpr std::uint64_t usual_decoded = 16 * mebibyte;

/// A stretch to be decoded by whoever comes first. Owns all it needs: it may outlive the consumer in a task queue.
struct job {
    enum class phase : int { queued, running, done };

    codec kind{};
    std::shared_ptr<stored_file const> file;
    decode_limits limits{};
    std::size_t block_bytes = 0;
    stretch range{};
    std::uint64_t most = 0;  ///< decoded bytes it may hold
    std::uint64_t claim = 0; ///< memory set aside for it

    std::atomic<phase> at{phase::queued};
    std::atomic<bool> cancelled{false};
    std::vector<decoded_part> parts{};
    std::size_t next = 0;   ///< of the parts, to be taken
    std::uint64_t held = 0; ///< decoded bytes so far
    bool too_long = false;

    bool start() {
        auto expected = phase::queued;
        return at.compare_exchange_strong(expected, phase::running);
    }
    void finish() {
        at = phase::done;
        at.notify_all();
    }
};

/// Whole blocks are decoded in place; what is shorter is copied out of `scratch`, so that a small part stays small.
bool decode_part(decoder& from, byte_source& in, job& j, decoded_part& part, std::string& scratch) {
    for (bool ended = false; !ended;) {
        if (j.cancelled) return false;
        scratch.resize(static_cast<std::size_t>(std::min<std::uint64_t>(j.block_bytes, j.most + 1)));
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

/// What fails here is decoded again by the consumer, who knows what to say.
void decode(job& j) noexcept {
    try {
        byte_source in(j.file);
        auto const from = make_decoder(j.kind, in, j.range.begin, j.limits);
        std::string scratch;
        while (from->begin_part(in) && from->begin() < j.range.stop) {
            decoded_part part{.begin = from->begin()};
            if (!decode_part(*from, in, j, part, scratch)) break;
            j.parts.push_back(std::move(part));
        }
    } catch (...) {}
    j.finish();
}

/// Besides the consumer. TBB would print a warning when asked for more than it has.
int workers(unsigned threads) {
    auto const available = static_cast<unsigned>(std::max(2, tbb::info::default_concurrency()));
    return static_cast<int>(std::min(threads, available)) - 1;
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
    std::unique_ptr<part_finder> finder{};
    std::optional<stretch> found{}; ///< not yet a job: no room
    std::deque<std::shared_ptr<job>> jobs{};
    std::uint64_t claimed = 0;
    std::uint64_t streaming_until = 0; ///< parts that begin before it are not worth looking for
    int too_long = 0;                  ///< jobs whose work was in vain
    bool finding = false;              ///< the finder stands behind the last job
    tbb::task_arena arena;

    state(codec c, std::shared_ptr<stored_file const> f, byte_options const& o)
        : kind(c), file(std::move(f)), options(o), arena(workers(o.threads), 0) {}

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
        while (finding && jobs.size() < 2 * std::size_t{options.threads}) {
            if (!found) found = finder->next();
            if (!found) finding = false;
            if (!found) return;
            if (found->last && jobs.empty()) { // nothing to run beside it
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
            start(*std::exchange(found, {}), most, claim);
        }
    }

    void start(stretch const& range, std::uint64_t most, std::uint64_t claim) {
        auto const j = std::make_shared<job>();
        j->kind = kind;
        j->file = file;
        j->limits = options.limits;
        j->limits.max_window_bytes = std::min(options.limits.max_window_bytes, job_window);
        j->block_bytes = options.block_bytes;
        j->range = range;
        j->most = most;
        j->claim = claim;
        jobs.push_back(j);
        claimed += claim;
        try {
            arena.enqueue([j] {
                if (j->start()) decode(*j);
            });
        } catch (...) { // no threads to be had: the consumer comes to it
        }
    }

    static void await(job& j) {
        while (j.at != job::phase::done) j.at.wait(job::phase::running);
    }

    /// Waits for a job, decoding this or others meanwhile.
    void help(job& wanted) {
        if (wanted.start()) return decode(wanted);
        for (auto const& j : jobs) {
            if (wanted.at == job::phase::done) return;
            if (j->start()) decode(*j);
        }
        await(wanted);
    }

    void retire_first() {
        auto& j = *jobs.front();
        j.cancelled = true;
        if (j.start()) j.finish();
        await(j);
        j.parts = {}; // a task that came too late may keep the job itself
        j.file.reset();
        claimed -= j.claim;
        jobs.pop_front();
    }

    std::optional<decoded_part> take(std::uint64_t begin) {
        while (!jobs.empty() && jobs.front()->range.stop <= begin) retire_first();
        try {
            if (jobs.empty() && begin >= streaming_until) find(begin);
            top_up();
        } catch (...) { // the consumer will come to what cannot be read
            stop_finding();
        }
        if (jobs.empty() || jobs.front()->range.begin > begin) return {};
        auto& j = *jobs.front();
        help(j);
        while (j.next < j.parts.size() && j.parts[j.next].begin < begin) ++j.next;
        if (j.next < j.parts.size() && j.parts[j.next].begin == begin) return std::move(j.parts[j.next++]);
        if (j.too_long && ++too_long == 2) {
            stop_finding();
            while (!jobs.empty()) retire_first();
        }
        return {};
    }
};

part_jobs::part_jobs(codec c, std::shared_ptr<stored_file const> file, byte_options const& options)
    : state_(std::make_unique<state>(c, std::move(file), options)) {}

part_jobs::~part_jobs() {
    for (auto const& j : state_->jobs) j->cancelled = true;
    while (!state_->jobs.empty()) state_->retire_first();
}

std::optional<decoded_part> part_jobs::take(std::uint64_t begin) { return state_->take(begin); }
}
