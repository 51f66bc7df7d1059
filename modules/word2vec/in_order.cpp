module;
#include "kernels.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>
module wordmill.word2vec;
import wordmill.batch;
import wordmill.core;
import :example_lists;
import :kernel_views;
import :model;
import :scratch;
import :team;
import :weights;

namespace wordmill {
namespace {
/// Decides whether a team is faster than one thread. On a busy machine a member that waits for its core delays all
/// others. The result is the same either way, so the faster way is used and the other is tried again from time to time.
class pace {
public:
    [[nodiscard]] bool together() {
        if (batches_ < 2) return batches_ == 0; // first, one batch each way
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

/// The state of a team.
struct ordered_scratch::state {
    explicit state(unsigned threads) : team(std::max(threads, 1U)), members(team.members()) {}
    worker_team team;
    std::vector<detail::working_memory> members;
    aligned_floats changes{};
    aligned_floats factors{};
    pace speed{};
};
ordered_scratch::ordered_scratch(unsigned threads) : state_(std::make_unique<state>(threads)) {}
ordered_scratch::ordered_scratch(ordered_scratch&&) noexcept = default;
ordered_scratch& ordered_scratch::operator=(ordered_scratch&&) noexcept = default;
ordered_scratch::~ordered_scratch() = default;

namespace {
constexpr std::size_t run_windows = 64;
constexpr std::size_t stretch = 16; // windows whose loss is added up by one member; any member may take a stretch

/// What the members of a team share while they train on one batch. In each run of windows all members first compute
/// changes against unchanged tables; then each member applies the changes to its own rows.
class ordered_step {
public:
    struct run {
        std::size_t first;
        std::size_t last;
    };
    ordered_step(std::size_t windows, std::uint64_t examples) : windows_(windows), total_{.count = examples} {}
    ordered_step(ordered_step const&) = delete;
    ordered_step& operator=(ordered_step const&) = delete;
    virtual ~ordered_step() = default;

    /// Without a team, the calling thread does all the work.
    [[nodiscard]] loss_sum go(worker_team* team) {
        team_ = team;
        if (team)
            team->run([](void* self, unsigned member) noexcept { static_cast<ordered_step*>(self)->serve(member); },
                      this);
        else
            serve(0);
        return total_;
    }

private:
    virtual void begin(unsigned member, run r) noexcept = 0;
    /// Computes the changes of windows from .. to of a run; returns their loss.
    virtual double work_out(unsigned member, run r, std::size_t from, std::size_t to) noexcept = 0;
    virtual void make(unsigned member, unsigned members, run r) noexcept = 0;

    void serve(unsigned member) noexcept {
        auto const members = team_ ? team_->members() : 1U;
        for (run r{}; r.first < windows_; r.first = r.last) {
            r.last = std::min(r.first + run_windows, windows_);
            begin(member, r);
            for (auto from = r.first + member * stretch; from < r.last; from += members * stretch)
                loss_[(from - r.first) / stretch] = work_out(member, r, from, std::min(from + stretch, r.last));
            if (team_) team_->meet();
            make(member, members, r);
            if (member == 0)
                for (std::size_t i = 0; i * stretch < r.last - r.first; ++i) total_.sum += loss_[i];
            if (team_) team_->meet();
        }
    }

    std::size_t windows_;
    loss_sum total_;
    worker_team* team_ = nullptr;
    double loss_[run_windows / stretch]{};
};

/// Skip-gram over words. The changes of a run are stored as rows, for the outputs and the inputs of each window.
class window_step final : public ordered_step {
public:
    window_step(window_batch const& batch, kernels::tables tables, kernels::windows views, float rate,
                std::vector<detail::working_memory*> members, aligned_floats& changes)
        : ordered_step(batch.size(), batch.pairs()), tables_(tables), views_(views), rate_(rate) {
        row_ends_.reserve(views_.count);
        std::uint64_t rows = 0;
        std::uint64_t run_begin = 0;
        std::uint64_t most = 0;
        for (std::size_t i = 0; i < views_.count; ++i) {
            if (i % run_windows == 0) run_begin = rows;
            rows += kernels::output_count(views_, i) + batch.contexts_of(i).size();
            row_ends_.push_back(rows);
            most = std::max(most, rows - run_begin);
        }
        changes_ = changes.reserve(checked_product(most, tables_.stride));
        for (auto* const member : members)
            memory_.push_back(member->floats.reserve(kernels::scratch_floats(tables_.stride, views_.most_outputs)));
    }

private:
    [[nodiscard]] kernels::frozen_run frozen(run r) const noexcept {
        return {r.first, r.last, changes_, row_ends_.data()};
    }
    void begin(unsigned, run) noexcept override {}
    double work_out(unsigned member, run r, std::size_t from, std::size_t to) noexcept override {
        return kernels::changes_of_skip_gram(tables_, views_, frozen(r), from, to, rate_, memory_[member]);
    }
    void make(unsigned member, unsigned members, run r) noexcept override {
        kernels::make_changes(tables_, views_, frozen(r), member, members);
    }

    kernels::tables tables_;
    kernels::windows views_;
    float rate_;
    std::vector<std::uint64_t> row_ends_{};
    std::vector<float*> memory_{};
    float* changes_ = nullptr;
};

/// CBOW, and every model with subwords: each window has one hidden vector, and its outputs change by multiples of it.
class list_step final : public ordered_step {
public:
    list_step(word2vec_options const& model, window_batch const& batch, kernels::tables tables, float rate,
              std::vector<detail::working_memory*> members, aligned_floats& rows, aligned_floats& factors)
        : ordered_step(batch.size(), model.architecture == architecture::cbow ? batch.size() : batch.pairs()),
          model_(model),
          batch_(batch),
          tables_(tables),
          form_(form_of(model.cbow)),
          rate_(rate),
          members_(std::move(members)) {
        example_lists::sizes most;
        for (std::size_t first = 0; first < batch.size(); first += run_windows) {
            auto const s = example_lists::sizes_of(model, batch, first, std::min(first + run_windows, batch.size()));
            most = {std::max(most.inputs, s.inputs), std::max(most.outputs, s.outputs)};
        }
        for (auto* const member : members_) {
            member->lists.reserve(run_windows, most);
            (void)member->floats.reserve(kernels::list_scratch_floats(tables_.stride, most.outputs));
        }
        frozen_ = {rows.reserve(checked_product(2 * run_windows, tables_.stride)), factors.reserve(most.outputs)};
    }

private:
    void begin(unsigned member, run r) noexcept override {
        members_[member]->lists.set(model_, batch_, r.first, r.last);
    }
    double work_out(unsigned member, run r, std::size_t from, std::size_t to) noexcept override {
        auto& m = *members_[member];
        return kernels::changes_of_lists(tables_, m.lists.view(), frozen_, from - r.first, to - r.first, form_, rate_,
                                         m.floats.reserve(0));
    }
    void make(unsigned member, unsigned members, run) noexcept override {
        kernels::make_list_changes(tables_, members_[member]->lists.view(), frozen_, form_, member, members);
    }

    word2vec_options const& model_;
    window_batch const& batch_;
    kernels::tables tables_;
    kernels::input_form form_;
    float rate_;
    std::vector<detail::working_memory*> members_;
    kernels::frozen_lists frozen_{};
};
}

loss_sum word2vec_model::step_in_order(window_batch const& batch, float learning_rate, ordered_scratch& scratch) {
    bool const sampled = options_.tree.empty();
    if (sampled && batch.sharing == negative_sharing::pair)
        throw error(failure::usage,
                    "training in order: expected negatives shared by a window or a batch, found each pair's own");
    auto const tables = tables_of(weights_);
    auto const windows = windows_of(batch, options_.tree); // checks the batch
    auto& s = *scratch.state_;
    std::vector<detail::working_memory*> members;
    for (auto& member : s.members) members.push_back(&member);
    std::unique_ptr<ordered_step> step;
    if (options_.architecture == architecture::cbow || !options_.subwords.empty())
        step = std::make_unique<list_step>(options_, batch, tables, learning_rate, std::move(members), s.changes,
                                           s.factors);
    else
        step = std::make_unique<window_step>(batch, tables, windows, learning_rate, std::move(members), s.changes);
    bool const together = s.team.members() > 1 && s.speed.together();
    auto const start = std::chrono::steady_clock::now();
    auto const total = step->go(together ? &s.team : nullptr);
    auto const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (batch.size() > 0) s.speed.took(together, seconds / static_cast<double>(batch.size()));
    return total;
}
}
