// The vector instructions that a test or perf program uses: those of the processor, or fewer on request.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <hwy/targets.h>
#include <string>

namespace vector_target {
/// Highway's name of a set of instructions; "emulation" for its plain C++.
inline std::string name_of(std::int64_t target) {
    return (target & (HWY_EMU128 | HWY_SCALAR)) != 0 ? "emulation" : hwy::TargetName(target);
}
/// The best of a set: Highway gives better ones lower bits.
inline std::int64_t best_of(std::int64_t targets) { return targets & -targets; }
inline std::string chosen() { return name_of(best_of(hwy::SupportedTargets())); }

/// Uses no more than the instructions `wanted`, a name as above. False when the processor has none of that name.
inline bool limit_to(std::string const& wanted) {
    auto const has = hwy::SupportedTargets() | HWY_EMU128;
    for (std::int64_t rest = has; rest != 0; rest &= rest - 1)
        if (name_of(best_of(rest)) == wanted) {
            hwy::SetSupportedTargetsForTest(rest);
            return true;
        }
    return false;
}
/// The same with the name in the environment as WORDMILL_VECTOR_TARGET, if there is one.
inline bool limit_as_asked() {
    auto const* const wanted = std::getenv("WORDMILL_VECTOR_TARGET");
    return wanted == nullptr || limit_to(wanted);
}
}
