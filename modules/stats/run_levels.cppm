module wordmill.stats:run_levels;
import :pair_runs;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// The runs of one count, in memory while they fit, otherwise in temporary files. When a level has `fan_in` runs, they
/// are merged into one run of the next level, so there are few runs at any time. Any thread may add runs.
class run_levels {
public:
    run_levels(std::uint64_t memory_bytes, std::filesystem::path folder)
        : memory_bytes_(memory_bytes), folder_(std::move(folder)) {}

    void add(pair_run run) {
        if (run.pairs() == 0) return;
        auto const bytes = run.memory_bytes();
        auto added = keeps(bytes) ? run_pointer(std::make_unique<pair_run const>(std::move(run))) : in_file(run);
        for (std::size_t level = 0;; ++level) {
            auto full = put(std::move(added), level);
            if (full.empty()) return;
            added = merged(full);
        }
    }
    [[nodiscard]] std::vector<std::shared_ptr<pair_run const>> take() && {
        std::vector<std::shared_ptr<pair_run const>> all;
        for (auto& level : levels_) all.insert(all.end(), level.begin(), level.end());
        return all;
    }

    static constexpr std::size_t fan_in = 12;
    static constexpr std::size_t read_buffer = std::size_t{64} << 10;

private:
    using run_pointer = std::shared_ptr<pair_run const>;

    /// Returns whether `bytes` more bytes fit in memory; if so, counts them as used.
    [[nodiscard]] bool keeps(std::uint64_t bytes) {
        std::scoped_lock const lock(mutex_);
        if (bytes > memory_bytes_ - std::min(memory_bytes_, kept_)) return false;
        kept_ += bytes;
        return true;
    }
    void forget(run_pointer const& run) {
        std::scoped_lock const lock(mutex_);
        if (run->in_memory()) kept_ -= run->memory_bytes();
    }
    /// Adds a run to a level. If that fills the level, returns its runs.
    [[nodiscard]] std::vector<run_pointer> put(run_pointer run, std::size_t level) {
        std::scoped_lock const lock(mutex_);
        if (levels_.size() <= level) levels_.resize(level + 1);
        levels_[level].push_back(std::move(run));
        if (levels_[level].size() < fan_in) return {};
        return std::exchange(levels_[level], {});
    }
    [[nodiscard]] run_pointer in_file(pair_run const& run) const {
        pair_run_writer writer(folder_, run.bytes());
        pair_run::reader reader(run, 0, read_buffer);
        for (; !reader.ended(); reader.next()) writer.add(reader.pair());
        return std::make_unique<pair_run const>(std::move(writer).finish());
    }
    [[nodiscard]] run_pointer merged(std::vector<run_pointer> const& runs) {
        std::uint64_t bytes = 0;
        for (auto const& run : runs) bytes += run->bytes();
        bool const kept = keeps(bytes);
        auto writer = kept ? pair_run_writer() : pair_run_writer(folder_, bytes);
        merged_pairs all(runs, 0, {}, read_buffer);
        while (auto const pair = all.next()) writer.add(*pair);
        run_pointer made = std::make_unique<pair_run const>(std::move(writer).finish());
        for (auto const& run : runs) forget(run);
        std::scoped_lock const lock(mutex_);
        if (kept) kept_ = kept_ - bytes + made->memory_bytes();
        return made;
    }

    std::mutex mutex_;
    std::uint64_t const memory_bytes_;
    std::filesystem::path const folder_;
    std::uint64_t kept_ = 0; ///< bytes of runs in memory
    std::vector<std::vector<run_pointer>> levels_{};
};
}
