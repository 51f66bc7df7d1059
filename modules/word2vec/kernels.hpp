#pragma once
// The vectorised kernels of word2vec; the instruction set is chosen at run time. Plain C++ without modules, because the
// unit is compiled once for every instruction set.
#include <cstddef>
#include <cstdint>

namespace wordmill::kernels {
/// Rows of both matrices are `stride` floats apart, a multiple of `row_floats`; the floats after the dimension are 0.
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
    bool pairs_apart; ///< each context is trained before the next, for example because it has its own negatives
    /// Hierarchical softmax: where the path of each type ends in `path_steps` (node << 1 | child). Otherwise null.
    std::uint64_t const* path_ends;
    std::uint32_t const* path_steps;
    std::size_t most_outputs; ///< bound on the outputs of a target: itself and its negatives, or the longest path
};
inline std::uint64_t path_begin(windows const& w, std::uint32_t id) { return id == 0 ? 0 : w.path_ends[id - 1]; }
/// Output rows of window i.
inline std::size_t output_count(windows const& w, std::size_t i) {
    return w.path_ends ? w.path_ends[w.targets[i]] - path_begin(w, w.targets[i]) : w.negative_count + 1;
}

enum class input_form : std::uint8_t { sum, mean, mean_with_whole_gradient };

struct totals {
    double loss = 0;
    std::uint64_t examples = 0;
};

inline constexpr std::size_t most_negatives = 255;
inline constexpr std::size_t most_inputs = 16; // contexts that are trained together
inline constexpr std::size_t padded(std::size_t floats) { return (floats + row_floats - 1) / row_floats * row_floats; }

/// How many floats of aligned scratch memory a call needs.
[[nodiscard]] std::size_t scratch_floats(std::size_t stride, std::size_t most_outputs);
/// Trains on the windows in order. A row that two threads change at the same time may lose an update.
[[nodiscard]] totals train_cbow(tables const& t, windows const& w, input_form form, float rate, float* scratch);
[[nodiscard]] totals train_skip_gram(tables const& t, windows const& w, float rate, float* scratch);

/// A run of skip-gram windows. All changes are computed against unchanged tables and applied afterwards, so the result
/// does not depend on how threads share the work. `changes` has one row for each changed row of the output or input
/// table: for each window the rows of its outputs, then one row for each context.
struct frozen_run {
    std::size_t first;
    std::size_t last;
    float* changes;                ///< rows of the tables' stride
    std::uint64_t const* row_ends; ///< where the rows of each window end, counted from window 0
};
/// Computes the changes of windows from .. to of a run; returns their loss.
[[nodiscard]] double changes_of_skip_gram(tables const& t, windows const& w, frozen_run const& run, std::size_t from,
                                          std::size_t to, float rate, float* scratch);
/// Applies the changes of a run, in the order of the windows, to the rows with `row % members == member`.
void make_changes(tables const& t, windows const& w, frozen_run const& run, std::uint32_t member,
                  std::uint32_t members);

/// Examples with one hidden vector each. It is the sum or mean of any number of input rows and is trained against any
/// number of output rows.
struct lists {
    std::size_t count;
    std::uint32_t const* input_ends;  ///< [count], ends in `inputs`
    std::uint32_t const* inputs;      ///< rows of the input table
    std::uint32_t const* output_ends; ///< [count], ends in `outputs`
    std::uint32_t const* outputs;     ///< rows of the output table
    float const*
        weights; ///< weight of each loss, negative for label 1; `row_floats` more floats after them may be read
};
/// How many floats of scratch memory a call needs; `most_outputs` bounds the outputs of an example.
[[nodiscard]] std::size_t list_scratch_floats(std::size_t stride, std::size_t most_outputs);
/// Trains on the examples in order; returns the loss.
[[nodiscard]] double train_lists(tables const& t, lists const& l, input_form form, float rate, float* scratch);
/// The changes of examples, computed against unchanged tables: for each example its hidden vector and the change of its
/// inputs, and for each output the factor of the hidden vector.
struct frozen_lists {
    float* rows;    ///< [2 count] of the tables' stride
    float* factors; ///< [outputs]
};
[[nodiscard]] double changes_of_lists(tables const& t, lists const& l, frozen_lists const& f, std::size_t from,
                                      std::size_t to, input_form form, float rate, float* scratch);
/// Applies the changes, in the order of the examples, to the rows with `row % members == member`.
void make_list_changes(tables const& t, lists const& l, frozen_lists const& f, input_form form, std::uint32_t member,
                       std::uint32_t members);

/// The name of the instruction set in use.
[[nodiscard]] char const* instruction_set();
}
