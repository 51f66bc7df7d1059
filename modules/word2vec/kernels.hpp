#pragma once
// The arithmetic of negative sampling, in vector registers, chosen for the processor at run time. Plain C++ without
// modules: the unit is compiled once for every instruction set.
#include <cstddef>
#include <cstdint>

namespace wordmill::kernels {
/// Rows of both matrices are `stride` floats apart, a multiple of `row_floats`; what is behind the dimension is 0.
struct tables {
    float* input;
    float* output;
    std::size_t stride;
};
inline constexpr std::size_t row_floats = 16; // a cache line

/// A window batch as plain arrays; see `window_batch`. Negatives of the pair p of target t begin at
/// `negatives + (p * per_pair + t * per_target)`.
struct windows {
    std::uint32_t const* targets;
    std::uint32_t const* context_ends;
    std::uint32_t const* contexts;
    std::uint32_t const* negatives;
    std::size_t count;
    std::size_t negative_count;
    std::size_t per_pair;
    std::size_t per_target;
    bool pairs_apart; ///< each context is trained before the next, as when it has negatives of its own
};

enum class input_form : std::uint8_t { sum, mean, mean_with_whole_gradient };

struct totals {
    double loss = 0;
    std::uint64_t examples = 0;
};

inline constexpr std::size_t most_negatives = 255;

/// Floats of aligned memory that a call needs.
[[nodiscard]] std::size_t scratch_floats(std::size_t stride, std::size_t negative_count);
/// Goes over the windows in order and changes the tables. Rows that two threads change at once may lose updates.
[[nodiscard]] totals train_cbow(tables const& t, windows const& w, input_form form, float rate, float* scratch);
[[nodiscard]] totals train_skip_gram(tables const& t, windows const& w, float rate, float* scratch);

/// A run of windows whose changes are worked out against tables that stay, and made afterwards: then the result does
/// not depend on who does which. Row r of `changes` is for a row of the output or the input table: for window i the
/// rows of its target and negatives, then one for each context (skip-gram) or one for all of them (CBOW).
struct frozen_run {
    std::size_t first;
    std::size_t last;
    float* changes; ///< rows of the tables' stride
};
/// Where the rows of window i begin. `negative_count` + 1 + contexts or 1 of them.
[[nodiscard]] std::size_t change_row(windows const& w, bool cbow, std::size_t first, std::size_t i);
/// Works out the changes of the windows from .. to of a run.
[[nodiscard]] totals changes_of_cbow(tables const& t, windows const& w, frozen_run const& run, std::size_t from,
                                     std::size_t to, input_form form, float rate, float* scratch);
[[nodiscard]] totals changes_of_skip_gram(tables const& t, windows const& w, frozen_run const& run, std::size_t from,
                                          std::size_t to, float rate, float* scratch);
/// Makes the changes of a run, in the order of the windows, to the rows whose number leaves `member` when divided by
/// `members`.
void make_changes(tables const& t, windows const& w, frozen_run const& run, bool cbow, input_form form,
                  std::uint32_t member, std::uint32_t members);

/// Of the instruction set in use.
[[nodiscard]] char const* instruction_set();
}
