export module wordmill.nn:learning_rate;
import wordmill.standard;

// Learning-rate schedules. A schedule only computes the rate; the caller sets it in the optimizer.
namespace wordmill {
export struct constant_rate {
    double rate = 0.01;
    [[nodiscard]] constexpr double at(std::uint64_t) const noexcept { return rate; }
};

/// Falls from `first` to `last` along half a cosine over `steps` steps and stays at `last` (Loshchilov & Hutter 2017,
/// without restarts).
export struct cosine_rate {
    double first = 0.01;
    double last = 0;
    std::uint64_t steps = 1;
    [[nodiscard]] inline double at(std::uint64_t step) const noexcept {
        auto const part = steps == 0 ? 1 : std::min(1.0, static_cast<double>(step) / static_cast<double>(steps));
        return last + (first - last) * (1 + std::cos(std::numbers::pi * part)) / 2;
    }
};

/// Falls from `first` to `last` along a line over `steps` steps and stays at `last`.
export struct linear_rate {
    double first = 0.01;
    double last = 0;
    std::uint64_t steps = 1;
    [[nodiscard]] constexpr double at(std::uint64_t step) const noexcept {
        auto const part = steps == 0 ? 1 : std::min(1.0, static_cast<double>(step) / static_cast<double>(steps));
        return first + (last - first) * part;
    }
};

/// Rises linearly to the first rate of `then` over `warmup` steps, and follows `then` from there on. Steps count from
/// 0.
export template <class Schedule> struct after_warmup {
    Schedule then{};
    std::uint64_t warmup = 0;
    [[nodiscard]] constexpr double at(std::uint64_t step) const noexcept {
        if (step >= warmup) return then.at(step - warmup);
        return then.at(0) * static_cast<double>(step + 1) / static_cast<double>(warmup);
    }
};

/// Rises linearly to `rate` over `warmup` steps, then falls with the inverse square root of the step (Vaswani et al.
/// 2017). Steps count from 1, as in the paper; step 0 is taken as step 1.
export struct warmup_rate {
    double rate = 0.001;
    std::uint64_t warmup = 4000;
    [[nodiscard]] inline double at(std::uint64_t step) const noexcept {
        auto const now = static_cast<double>(std::max<std::uint64_t>(step, 1));
        auto const rise = static_cast<double>(std::max<std::uint64_t>(warmup, 1));
        return rate * std::min(now / rise, std::sqrt(rise / now));
    }
};

/// Divides the rate when a validation perplexity is not better than the best before it.
export struct quarter_on_worse {
    double rate = 20;
    double factor = 4;
    double best = std::numeric_limits<double>::infinity(); ///< perplexity so far

    /// Call after each epoch. Returns whether `perplexity` is the best so far, and divides the rate when it is not.
    inline bool saw(double perplexity) noexcept {
        if (perplexity < best) {
            best = perplexity;
            return true;
        }
        rate /= factor;
        return false;
    }
};
}
