module;
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <sched.h>
#include <sstream>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <unistd.h>
module wordmill.core;

namespace wordmill {
namespace {
// Names are joined as strings: std::filesystem::path of libstdc++ 12 frees twice when memory runs out in a join.
std::optional<std::string> first_line(std::string const& path) {
    std::ifstream in(path);
    std::string line;
    if (!in || !std::getline(in, line)) return std::nullopt;
    return line;
}

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    auto const [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc{} || end == text.data()) return std::nullopt;
    return value;
}

std::optional<std::uint64_t> number_in(std::string const& path) {
    auto const line = first_line(path);
    return line ? number(*line) : std::nullopt;
}

void lower_memory(machine_limits& limits, std::optional<std::uint64_t> bytes) {
    if (bytes && *bytes > 0) limits.memory_bytes = std::min(limits.memory_bytes, *bytes);
}

/// A quota of 0.5 cores still needs one thread.
void lower_threads(machine_limits& limits, std::uint64_t quota, std::uint64_t period) {
    if (quota == 0 || period == 0) return;
    auto const cores = std::max<std::uint64_t>(1, (quota + period - 1) / period);
    limits.threads = static_cast<unsigned>(std::min<std::uint64_t>(limits.threads, cores));
}

void read_unified(machine_limits& limits, std::string const& group) {
    lower_memory(limits, number_in(group + "/memory.max"));
    if (auto const line = first_line(group + "/cpu.max")) {
        auto const space = line->find(' ');
        auto const quota = number(*line);
        if (quota && space != std::string::npos)
            lower_threads(limits, *quota, number(std::string_view(*line).substr(space + 1)).value_or(0));
    }
}

void read_legacy(machine_limits& limits, std::string const& memory, std::string const& cpu) {
    lower_memory(limits, number_in(memory + "/memory.limit_in_bytes"));
    lower_threads(limits, number_in(cpu + "/cpu.cfs_quota_us").value_or(0),
                  number_in(cpu + "/cpu.cfs_period_us").value_or(0));
}

/// Visits "/a/b", "/a" and "": any of them may hold the limit. Inside a container the path may not exist below the
/// mount; the root then holds the container's own limits.
template <class Visit> void each_ancestor(std::string group, Visit visit) {
    while (group.ends_with('/')) group.pop_back();
    for (;;) {
        visit(group);
        if (group.empty()) return;
        auto const slash = group.rfind('/');
        group.resize(slash == std::string::npos ? 0 : slash);
    }
}

void read_cgroups(machine_limits& limits, limit_sources const& sources) {
    std::ifstream in(sources.proc.native() + "/self/cgroup");
    std::string const root = sources.cgroup.native() + '/';
    for (std::string line; std::getline(in, line);) {
        auto const first = line.find(':');
        auto const second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos) continue;
        auto const controllers = std::string_view(line).substr(first + 1, second - first - 1);
        auto const path = line.substr(second + 1);
        if (controllers.empty()) {
            each_ancestor(path, [&](auto const& group) { read_unified(limits, root + group); });
        } else if (controllers.find("memory") != std::string_view::npos
                   || controllers.find("cpu") != std::string_view::npos) {
            each_ancestor(path, [&](auto const& group) {
                read_legacy(limits, root + "memory/" + group, root + "cpu/" + group);
                read_legacy(limits, root + "memory/" + group, root + "cpu,cpuacct/" + group);
            });
        }
    }
}
}

machine_limits read_machine_limits(limit_sources const& sources) {
    machine_limits limits{std::numeric_limits<std::uint64_t>::max(), max_threads};
    auto const pages = sysconf(_SC_PHYS_PAGES);
    auto const page_bytes = sysconf(_SC_PAGESIZE);
    if (pages > 0 && page_bytes > 0)
        limits.memory_bytes = static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page_bytes);
    rlimit address_space{};
    if (getrlimit(RLIMIT_AS, &address_space) == 0 && address_space.rlim_cur != RLIM_INFINITY)
        lower_memory(limits, address_space.rlim_cur);
    auto const online = sysconf(_SC_NPROCESSORS_ONLN);
    if (online > 0) limits.threads = static_cast<unsigned>(online);
    cpu_set_t mask;
    CPU_ZERO(&mask);
    if (sched_getaffinity(0, sizeof mask, &mask) == 0)
        limits.threads = std::min(limits.threads, static_cast<unsigned>(CPU_COUNT(&mask)));
    read_cgroups(limits, sources);
    limits.threads = std::max(1U, limits.threads);
    return limits;
}

thread_budget resolve_threads(std::int64_t requested) {
    if (requested < 0)
        throw error(failure::usage, "threads: expected 0 (automatic) or more, found " + std::to_string(requested));
    if (requested == 0) return {read_machine_limits().threads, false};
    if (requested > max_threads) return {max_threads, true};
    return {static_cast<unsigned>(requested), false};
}

std::uint64_t resolve_memory(std::uint64_t requested_bytes) {
    auto const available = read_machine_limits().memory_bytes;
    if (requested_bytes == 0) return available / 2;
    if (requested_bytes > available)
        throw error(failure::resource, "memory: " + format_bytes(requested_bytes)
                                           + " asked for, but this process may use " + format_bytes(available)
                                           + " (machine, cgroup and ulimit)");
    return requested_bytes;
}
}
