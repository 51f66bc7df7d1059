export module wordmill.core:budget;
import wordmill.standard;

namespace wordmill {
/// Folders that the machine's limits are read from. Tests use folders of their own.
export struct limit_sources {
    std::filesystem::path proc = "/proc";
    std::filesystem::path cgroup = "/sys/fs/cgroup";
};

/// What this process may use.
export struct machine_limits {
    std::uint64_t memory_bytes = 0; ///< least of physical memory, cgroup limits (v1, v2) and RLIMIT_AS
    unsigned threads = 1;           ///< least of online cores, affinity mask and cgroup quota (rounded up); at least 1
};

/// Reads the current limits: /proc, the cgroup of this process and its parents, affinity, resource limits.
export [[nodiscard]] machine_limits read_machine_limits(limit_sources const& sources = {});

/// The number of threads that a request was granted.
export struct thread_budget {
    unsigned count = 1;
    bool capped = false; ///< fewer than requested
};

/// The largest number of threads that is ever started.
export inline constexpr unsigned max_threads = 256;

/// Resolves a requested number of threads; 0 means as many as the machine allows. More than `max_threads` are capped.
/// A negative number is a `failure::usage`.
export [[nodiscard]] thread_budget resolve_threads(std::int64_t requested);

/// Resolves a requested memory budget in bytes; 0 means half of what the machine allows. A budget above the machine's
/// memory is a `failure::resource` that names both numbers.
export [[nodiscard]] std::uint64_t resolve_memory(std::uint64_t requested_bytes);
}
