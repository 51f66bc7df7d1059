// What gpu_perf found: a table as it comes, and one JSON file at the end.
#pragma once
#include "wordmill/cuda/device.hpp"
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace perf::gpu {
struct figure {
    std::string group, name;
    double value;
    std::string unit;
    double best = 0; ///< what the value is compared with, in the same unit; 0: nothing
    std::string note{};
    bool less_is_better = false;

    /// 1 where the value is the best.
    [[nodiscard]] double share() const { return less_is_better ? best / value : value / best; }
};

class figures {
public:
    figures() { std::printf("%-9s %-44s %11s %-10s %11s %7s  %s\n", "", "", "value", "", "best", "share", "note"); }
    void add(figure f) {
        std::printf("%-9s %-44s %11.4g %-10s ", f.group.c_str(), f.name.c_str(), f.value, f.unit.c_str());
        if (f.best > 0)
            std::printf("%11.4g %6.1f%%  %s\n", f.best, 100 * f.share(), f.note.c_str());
        else
            std::printf("%11s %7s  %s\n", "", "", f.note.c_str());
        std::fflush(stdout);
        if (!std::isfinite(f.value)) fail(f.group + ": " + f.name, "the value is not finite");
        list_.push_back(std::move(f));
    }
    void fail(std::string const& what, std::string const& why) {
        std::printf("FAILED    %s: %s\n", what.c_str(), why.c_str());
        failures_.push_back(what + ": " + why);
    }
    void skip(std::string const& what, std::string const& why) {
        std::printf("skipped   %s: %s\n", what.c_str(), why.c_str());
        skipped_.push_back(what + ": " + why);
    }
    [[nodiscard]] bool failed() const { return !failures_.empty(); }

    /// Returns whether the file was written.
    [[nodiscard]] bool write(std::string const& path, bool small) const {
        auto* const to = std::fopen(path.c_str(), "w");
        if (to == nullptr) return false;
        auto const p = wordmill::cuda::describe(wordmill::cuda::check_devices().device);
        auto const driver = wordmill::cuda::driver_version();
        auto const runtime = wordmill::cuda::runtime_version();
        std::fprintf(to,
                     "{\"device\": %s, \"memory\": %zu, \"multiprocessors\": %d, \"compute_capability\": \"%d.%d\",\n"
                     " \"driver_cuda\": \"%d.%d\", \"runtime_cuda\": \"%d.%d\", \"small\": %s,\n \"figures\": [",
                     quoted(p.name).c_str(), p.memory, p.multiprocessors, p.compute_capability.major,
                     p.compute_capability.minor, driver.major, driver.minor, runtime.major, runtime.minor,
                     small ? "true" : "false");
        char const* separator = "\n";
        for (auto const& f : list_) {
            std::fprintf(to, "%s  {\"group\": %s, \"name\": %s, \"value\": %s, \"unit\": %s", separator,
                         quoted(f.group).c_str(), quoted(f.name).c_str(), number(f.value).c_str(),
                         quoted(f.unit).c_str());
            if (f.best > 0)
                std::fprintf(to, ", \"best\": %s, \"share\": %s", number(f.best).c_str(), number(f.share()).c_str());
            std::fprintf(to, ", \"note\": %s}", quoted(f.note).c_str());
            separator = ",\n";
        }
        std::fprintf(to, "],\n \"failures\": %s,\n \"skipped\": %s}\n", listed(failures_).c_str(),
                     listed(skipped_).c_str());
        return std::fclose(to) == 0;
    }

private:
    static std::string number(double x) { // JSON has no infinity
        char text[40];
        std::snprintf(text, sizeof text, "%.6g", x);
        return std::isfinite(x) ? text : "null";
    }
    static std::string quoted(std::string const& text) {
        std::string out = "\"";
        for (char const c : text) {
            if (c == '"' || c == '\\') out += '\\';
            out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
        }
        return out + '"';
    }
    static std::string listed(std::vector<std::string> const& texts) {
        std::string out = "[";
        for (auto const& text : texts) out += (out.size() > 1 ? ", " : "") + quoted(text);
        return out + "]";
    }

    std::vector<figure> list_{};
    std::vector<std::string> failures_{}, skipped_{};
};
}
