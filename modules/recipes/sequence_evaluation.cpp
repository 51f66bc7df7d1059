module;
#include <algorithm>
#include <cmath>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.recipes;
import :pair_corpus;
import :seq2seq_folder;
import :sequence_evaluation;
import :translator;
import wordmill.batch;
import wordmill.core;
import wordmill.eval;
import wordmill.nn;
import wordmill.pipeline;
import wordmill.seq2seq;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
namespace {
constexpr std::size_t sources_at_once = 2048;

generator<token_pair_block> one_block(token_pair_block block) { co_yield std::move(block); }

/// Collects sources with their targets, and measures the model on them.
class evaluation {
public:
    evaluation(seq2seq_model<float>& model, sequence_setup const& setup, sequence_evaluation_options const& options,
               pass_options const& pass)
        : model_(&model),
          setup_(&setup),
          options_(&options),
          watch_(pass.watch),
          counts_(pass.counts),
          translate_(model, setup, watched(options.translation, pass.watch), pass.counts) {
        scores_.for_bleu = bleu(options.for_bleu);
    }

    void add(std::string_view source, std::string_view target) {
        ++scores_.pairs;
        ++pending_;
        bool const same = options_->group_sources && !sources_.empty() && sources_.back() == source;
        if (!same) {
            if (sources_.size() >= sources_at_once) measure();
            sources_.emplace_back(source);
            targets_.emplace_back();
        }
        targets_.back().emplace_back(target);
    }
    sequence_scores finish() {
        measure();
        return std::move(scores_);
    }

private:
    static translator_options watched(translator_options options, monitor const& watch) {
        options.watch = watch;
        return options;
    }
    void measure();
    void measure_loss(std::vector<std::vector<token_id>> const& ids);

    seq2seq_model<float>* model_;
    sequence_setup const* setup_;
    sequence_evaluation_options const* options_;
    monitor watch_;
    tally counts_;
    std::uint64_t pending_ = 0; // pairs that are not measured yet
    translator translate_;
    sequence_scores scores_{};
    std::vector<std::string> sources_{};
    std::vector<std::vector<std::string>> targets_{}; // of each source
};

void evaluation::measure_loss(std::vector<std::vector<token_id>> const& ids) {
    token_pair_block block;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (ids[i].empty()) continue;
        for (auto const& target : translate_.target_ids(targets_[i])) {
            block.ids.insert(block.ids.end(), ids[i].begin(), ids[i].end());
            block.ends.push_back(static_cast<std::uint32_t>(block.ids.size()));
            block.ids.insert(block.ids.end(), target.begin(), target.end());
            block.ends.push_back(static_cast<std::uint32_t>(block.ids.size()));
            block.pairs.push_back(block.pairs.size());
        }
    }
    sequence_batch_options const how{.batch_pairs = options_->translation.batch,
                                     .shuffle = true, // by length, so that little is padded
                                     .source = sequence_marks_of(setup_->source),
                                     .target = sequence_marks_of(setup_->target),
                                     .reverse_source = setup_->reverse_source};
    for (auto const& batch : sequence_batches(one_block(std::move(block)), how))
        scores_.loss += model_->evaluate(batch).wait();
}

void evaluation::measure() {
    if (sources_.empty()) return;
    watch_.check();
    auto const ids = translate_.source_ids(sources_);
    measure_loss(ids);
    auto const found = translate_.decode(ids);
    for (std::size_t i = 0; i < sources_.size(); ++i) {
        auto const& best = found[i].at(0);
        auto const tokens = translate_.target_tokens(best.tokens);
        std::vector<token_list> references;
        for (auto const& target : targets_[i]) references.push_back(translate_.split_target(target));
        scores_.accuracy.add(tokens, references);
        scores_.edits.add(tokens, references);
        auto const text = translate_.target_text(best.tokens);
        scores_.for_bleu.add(text, targets_[i]);
        scores_.for_chrf.add(text, targets_[i]);
        scores_.empty_sources += ids[i].empty() ? 1 : 0;
        scores_.unended += best.ended ? 0 : 1;
        if (options_->on_source)
            options_->on_source({.source = sources_[i],
                                 .targets = targets_[i],
                                 .predicted = text,
                                 .right = std::ranges::find(references, tokens) != references.end()});
    }
    watch_.add_tokens(sources_.size());
    counts_.deliver("pair", std::exchange(pending_, 0));
    sources_.clear();
    targets_.clear();
}
}

sequence_scores evaluate_seq2seq(seq2seq_model<float>& model, sequence_setup const& setup, pair_corpus const& corpus,
                                 sequence_evaluation_options const& options, pass_options const& pass) {
    evaluation of_corpus(model, setup, options, pass);
    for (auto const& block : corpus.text(pass))
        for (std::size_t i = 0; i < block.size(); ++i) of_corpus.add(block.source(i), block.target(i));
    auto scores = of_corpus.finish();
    if (scores.pairs == 0) throw error(failure::bad_data, "evaluation: expected pairs, found none");
    return scores;
}
}
