module;
#include "kernels.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <vector>
module wordmill.word2vec;
import wordmill.batch;
import wordmill.core;
import :model;
import :team;
import :weights;

namespace wordmill {
namespace {
constexpr std::align_val_t cache_line{64};

/// The kernels know ids as plain numbers; they are compiled apart.
std::uint32_t const* numbers(std::vector<token_id> const& ids) {
    return reinterpret_cast<std::uint32_t const*>(ids.data());
}

kernels::input_form form_of(cbow_input form) {
    switch (form) {
    case cbow_input::sum: return kernels::input_form::sum;
    case cbow_input::mean: return kernels::input_form::mean;
    case cbow_input::mean_with_whole_gradient: break;
    }
    return kernels::input_form::mean_with_whole_gradient;
}

kernels::windows windows_of(window_batch const& batch) {
    if (batch.negative_count > kernels::most_negatives)
        throw error(failure::usage, "negative samples: expected at most " + std::to_string(kernels::most_negatives)
                                        + ", found " + std::to_string(batch.negative_count));
    return {
        .targets = numbers(batch.targets),
        .context_ends = batch.context_ends.data(),
        .contexts = numbers(batch.contexts),
        .negatives = numbers(batch.negatives),
        .count = batch.size(),
        .negative_count = batch.negative_count,
        .per_pair = batch.sharing == negative_sharing::pair ? batch.negative_count : std::size_t{0},
        .per_target = batch.sharing == negative_sharing::window ? batch.negative_count : std::size_t{0},
        .pairs_apart = batch.sharing == negative_sharing::pair,
    };
}
}

void training_scratch::release::operator()(float* memory) const noexcept { ::operator delete(memory, cache_line); }

float* training_scratch::reserve(std::size_t floats) {
    if (floats_ < floats) {
        memory_.reset();
        memory_.reset(static_cast<float*>(::operator new(checked_product(floats, sizeof(float)), cache_line)));
        floats_ = floats;
    }
    return memory_.get();
}

word2vec_model::word2vec_model(word2vec_options options, random_key key)
    : options_(options), weights_(options.vocabulary_size, options.dimension, key) {}

training_loss word2vec_model::step(window_batch const& batch, float learning_rate, training_scratch& scratch) {
    auto const windows = windows_of(batch);
    auto const stride = weights_.input().stride;
    kernels::tables const tables{weights_.input().data, weights_.output().data, stride};
    auto* const memory = scratch.reserve(kernels::scratch_floats(stride, batch.negative_count));
    auto const total = options_.architecture == architecture::cbow
                           ? kernels::train_cbow(tables, windows, form_of(options_.cbow), learning_rate, memory)
                           : kernels::train_skip_gram(tables, windows, learning_rate, memory);
    return {total.loss, total.examples};
}

namespace {
/// Whether a team is worth its meetings: on a machine with other work a member that waits for its core holds up all.
/// The result is the same either way, so the faster is taken, and the other tried again from time to time.
class pace {
public:
    [[nodiscard]] bool together() {
        if (batches_ < 2) return batches_ == 0; // one batch each way to begin with
        return batches_ == next_try_ ? seconds_[1] > seconds_[0] : seconds_[1] <= seconds_[0];
    }
    void took(bool together, double seconds_per_window) {
        auto const better = seconds_[1] <= seconds_[0];
        seconds_[together ? 1 : 0] = seconds_per_window;
        if (batches_ >= 2 && batches_ == next_try_) {
            wait_ = (seconds_[1] <= seconds_[0]) == better ? std::min<std::uint64_t>(2 * wait_, 512) : 8;
            next_try_ = batches_ + wait_;
        }
        ++batches_;
    }

private:
    double seconds_[2] = {0, 0}; ///< per window, alone and together, when last tried
    std::uint64_t batches_ = 0;
    std::uint64_t wait_ = 8;
    std::uint64_t next_try_ = 8;
};
}

struct ordered_scratch::state {
    explicit state(unsigned threads) : team(std::max(threads, 1U)), members(team.members()) {}
    worker_team team;
    std::vector<training_scratch> members;
    training_scratch changes;
    pace speed;
};
ordered_scratch::ordered_scratch(unsigned threads) : state_(std::make_unique<state>(threads)) {}
ordered_scratch::ordered_scratch(ordered_scratch&&) noexcept = default;
ordered_scratch& ordered_scratch::operator=(ordered_scratch&&) noexcept = default;
ordered_scratch::~ordered_scratch() = default;

namespace {
/// What the members of a team share while they learn from one batch.
struct ordered_step {
    worker_team* team; ///< none: one thread does it all
    kernels::tables tables;
    kernels::windows windows;
    bool cbow;
    kernels::input_form form;
    float rate;
    float* changes;
    std::vector<float*> memory; ///< of each member
    std::vector<double> loss{}; ///< of each window of a run, so that sums do not depend on who had which
    training_loss total{};

    void run(unsigned member) noexcept {
        auto const members = team ? std::size_t{team->members()} : std::size_t{1};
        for (std::size_t first = 0; first < windows.count; first += run_windows) {
            auto const last = std::min(first + run_windows, windows.count);
            kernels::frozen_run const frozen{first, last, changes};
            // Stretches of fixed length: each has one sum of the loss.
            for (auto from = first + member * stretch; from < last; from += members * stretch) {
                auto const to = std::min(from + stretch, last);
                auto const got =
                    cbow ? kernels::changes_of_cbow(tables, windows, frozen, from, to, form, rate, memory[member])
                         : kernels::changes_of_skip_gram(tables, windows, frozen, from, to, rate, memory[member]);
                loss[(from - first) / stretch] = got.loss;
            }
            if (team) team->meet();
            kernels::make_changes(tables, windows, frozen, cbow, form, member, static_cast<std::uint32_t>(members));
            if (member == 0)
                for (std::size_t i = 0; i * stretch < last - first; ++i) total.sum += loss[i];
            if (team) team->meet();
        }
    }
    static constexpr std::size_t stretch = 16;
    static constexpr std::size_t run_windows = 64;
};
}

training_loss word2vec_model::step_in_order(window_batch const& batch, float learning_rate, ordered_scratch& scratch) {
    if (batch.sharing == negative_sharing::pair)
        throw error(failure::usage,
                    "training in order: expected negatives shared by a window or a batch, found each pair's own");
    auto const windows = windows_of(batch);
    bool const cbow = options_.architecture == architecture::cbow;
    auto const stride = weights_.input().stride;
    std::size_t rows = 0;
    for (std::size_t first = 0; first < windows.count; first += ordered_step::run_windows) {
        auto const last = std::min(first + ordered_step::run_windows, windows.count);
        rows = std::max(rows, kernels::change_row(windows, cbow, first, last));
    }
    auto& s = *scratch.state_;
    bool const together = s.team.members() > 1 && s.speed.together();
    ordered_step step{.team = together ? &s.team : nullptr,
                      .tables = {weights_.input().data, weights_.output().data, stride},
                      .windows = windows,
                      .cbow = cbow,
                      .form = form_of(options_.cbow),
                      .rate = learning_rate,
                      .changes = s.changes.reserve(checked_product(rows, stride)),
                      .memory = {},
                      .loss = std::vector<double>(ordered_step::run_windows / ordered_step::stretch)};
    for (auto& member : s.members)
        step.memory.push_back(member.reserve(kernels::scratch_floats(stride, batch.negative_count)));
    auto const start = std::chrono::steady_clock::now();
    if (together)
        s.team.run([](void* self, unsigned member) noexcept { static_cast<ordered_step*>(self)->run(member); }, &step);
    else
        step.run(0);
    auto const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (windows.count > 0) s.speed.took(together, seconds / static_cast<double>(windows.count));
    step.total.examples = cbow ? batch.size() : batch.pairs();
    return step.total;
}

std::string_view word2vec_model::instruction_set() { return kernels::instruction_set(); }
}
