// For .cu files only: page-locked memory that small copies between host and device go through, so that nobody waits.
#pragma once
#include "pinned.hpp"
#include <cstring>
#include <vector>

namespace wordmill::cuda {
/// Copies of what is on its way to the device. Memory is given out in two halves; before a half is used again, the
/// copies from it must be done, which they mostly are by then.
class upload_staging {
public:
    static constexpr std::size_t half_bytes = std::size_t{1} << 19;

    /// Whether a copy goes to the half that is being used.
    [[nodiscard]] bool fits(std::size_t bytes) const noexcept { return bytes <= half_bytes - used_; }
    /// A copy of `bytes` bytes, at most `half_bytes`, that stays until the work queued next has read it.
    [[nodiscard]] void const* copy_of(queue& q, void const* from, std::size_t bytes) {
        if (!fits(bytes)) {
            halves_[current_].copied.record(q);
            halves_[current_].in_use = true;
            current_ = 1 - current_;
            used_ = 0;
            if (halves_[current_].in_use) halves_[current_].copied.wait();
        }
        auto* const to = halves_[current_].memory.grown_to(half_bytes) + used_;
        std::memcpy(to, from, bytes);
        used_ += bytes;
        return to;
    }

private:
    struct half {
        pinned<char> memory{};
        event copied{};
        bool in_use = false; // `copied` was recorded
    };
    half halves_[2]{};
    unsigned current_ = 0;
    std::size_t used_ = 0; // bytes of the current half
};

/// Results on their way to the host. They reach the caller's memory when `deliver` is called after a wait.
class download_staging {
public:
    static constexpr std::size_t bytes_at_once = std::size_t{1} << 16;

    /// Where the device is to write `bytes` bytes that belong at `to`; null if there is no room.
    [[nodiscard]] void* room_for(void* to, std::size_t bytes) {
        if (bytes > bytes_at_once - used_) return nullptr;
        auto* const from = memory_.grown_to(bytes_at_once) + used_;
        results_.push_back({from, to, bytes});
        used_ += bytes;
        return from;
    }
    /// All that was asked for has arrived.
    void deliver() {
        for (auto const& result : results_) std::memcpy(result.to, result.from, result.bytes);
        forget();
    }
    /// What has not been delivered never will be.
    void forget() noexcept {
        results_.clear();
        used_ = 0;
    }

private:
    struct result {
        void const* from;
        void* to;
        std::size_t bytes;
    };
    pinned<char> memory_{};
    std::vector<result> results_{};
    std::size_t used_ = 0;
};
}
