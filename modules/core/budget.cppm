export module wordmill.core:budget;
import wordmill.standard;

namespace wordmill {
/// Where the machine's limits are read from; tests point it at a folder of their own.
export struct limit_sources {
    std::filesystem::path proc = "/proc";
    std::filesystem::path cgroup = "/sys/fs/cgroup";
};

/// What this process may use, whoever limits it.
export struct machine_limits {
    std::uint64_t memory_bytes = 0; ///< least of physical memory, cgroup limits (v1, v2) and RLIMIT_AS
    unsigned threads = 1;           ///< least of online cores, affinity mask and cgroup quota (rounded up); at least 1
};

/// Reads the limits afresh: /proc, the cgroup of this process and its parents, affinity, resource limits.
export [[nodiscard]] machine_limits read_machine_limits(limit_sources const& sources = {});

/// A number of threads as asked for and as granted.
export struct thread_budget {
    unsigned count = 1;
    bool capped = false; ///< fewer than were asked for
};

/// The most threads we start, whatever is asked for.
export inline constexpr unsigned max_threads = 256;

/// 0 = as many as the machine allows; a negative number is a `failure::usage`; more than `max_threads` are capped.
export [[nodiscard]] thread_budget resolve_threads(std::int64_t requested);

/// 0 = half of what the machine allows. A budget above the machine's memory is a `failure::resource` with numbers.
export [[nodiscard]] std::uint64_t resolve_memory(std::uint64_t requested_bytes);
}
