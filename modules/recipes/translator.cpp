module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.recipes;
import :seq2seq_folder;
import :sequence_text;
import :translator;
import wordmill.batch;
import wordmill.core;
import wordmill.nn;
import wordmill.pipeline;
import wordmill.plot;
import wordmill.seq2seq;
import wordmill.text;

namespace wordmill {
namespace {
/// The ids of each text.
std::vector<std::vector<token_id>> ids_of(std::span<std::string const> texts, tokenizer const& split,
                                          vocabulary const& words, sequence_marks const& marks, tally& counts) {
    text_block block;
    for (auto const& text : texts) append_side(text, block.text);
    auto const found = split(std::move(block));
    std::vector<token_id> all(found.words.size());
    words.look_up(found, all);
    std::vector<std::vector<token_id>> ids;
    std::size_t begin = 0;
    std::uint64_t unknown = 0;
    for (auto const end : found.sentence_ends) {
        auto& of_text = ids.emplace_back();
        for (auto i = begin; i < end; ++i) {
            auto const id = all[i];
            bool const known = id != no_token && !marks.is_mark(id);
            unknown += known ? 0 : 1;
            if (known)
                of_text.push_back(id);
            else if (marks.unknown)
                of_text.push_back(*marks.unknown);
        }
        begin = end;
    }
    std::uint64_t delivered = 0;
    for (auto const& of_text : ids) delivered += of_text.size();
    counts.deliver("token", delivered);
    if (marks.unknown)
        counts.note("unknown word mapped", unknown);
    else
        counts.drop("token", "unknown", unknown);
    return ids;
}

std::vector<std::string> words_of(std::span<token_id const> ids, vocabulary const& words) {
    std::vector<std::string> out;
    for (auto const id : ids) out.emplace_back(words.word(id));
    return out;
}
}

translator::translator(seq2seq_model<float>& model, sequence_setup const& setup, translator_options options,
                       tally counts)
    : model_(&model),
      setup_(&setup),
      options_(std::move(options)),
      counts_(std::move(counts)),
      source_split_(setup.source_text.split(counts_)),
      target_split_(setup.target_text.split(counts_)),
      uncounted_split_(setup.target_text.split()),
      source_marks_(sequence_marks_of(setup.source)),
      target_marks_(sequence_marks_of(setup.target)) {
    options_.decoding.check();
    if (options_.batch == 0) throw error(failure::usage, "translation: expected a batch of 1 or more, found 0");
}

std::vector<std::vector<token_id>> translator::source_ids(std::span<std::string const> texts) const {
    auto counts = counts_;
    return ids_of(texts, source_split_, setup_->source, source_marks_, counts);
}
std::vector<std::vector<token_id>> translator::target_ids(std::span<std::string const> texts) const {
    auto counts = counts_;
    return ids_of(texts, target_split_, setup_->target, target_marks_, counts);
}

std::string translator::target_text(std::span<token_id const> ids) const {
    std::vector<std::string_view> words;
    for (auto const id : ids) words.push_back(setup_->target.word(id));
    return target_split_.join(words);
}

std::vector<std::string> translator::target_tokens(std::span<token_id const> ids) const {
    return words_of(ids, setup_->target);
}

std::vector<std::string> translator::split_target(std::string const& text) const {
    text_block block;
    append_side(text, block.text);
    auto const found = uncounted_split_(std::move(block));
    std::vector<std::string> words;
    for (std::size_t i = 0; i < found.words.size(); ++i) words.emplace_back(found.word(i));
    return words;
}

std::vector<std::vector<decoded_target>> translator::decode(std::span<std::vector<token_id> const> sources) {
    std::vector<std::size_t> order(sources.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) { // longest first, those of a length in their order
        return sources[a].size() != sources[b].size() ? sources[a].size() > sources[b].size() : a < b;
    });
    std::vector<std::vector<decoded_target>> found(sources.size());
    decoding_marks const marks{
        .begin = target_marks_.begin, .end = target_marks_.end, .never = {target_marks_.padding, target_marks_.begin}};
    while (!order.empty() && sources[order.back()].empty()) {
        found[order.back()].push_back({.ended = true});
        order.pop_back();
    }
    constant_weights<float> const held(model_->parameters().ops()); // from one batch to the next
    for (std::size_t first = 0; first < order.size(); first += options_.batch) {
        options_.watch.check();
        auto const of_batch = std::span(order).subspan(first, std::min(options_.batch, order.size() - first));
        std::vector<std::span<token_id const>> some;
        for (auto const i : of_batch) some.emplace_back(sources[i]);
        auto const batch = source_batch(some, source_marks_, setup_->reverse_source);
        auto targets = wordmill::decode(*model_, batch, marks, options_.decoding);
        for (std::size_t b = 0; b < batch.lanes; ++b) found[of_batch[batch.pairs[b]]] = std::move(targets[b]);
    }
    return found;
}

std::vector<std::vector<translation>> translator::translate(std::span<std::string const> sources) {
    std::vector<std::vector<translation>> all;
    for (auto& targets : decode(source_ids(sources))) {
        auto& of_source = all.emplace_back();
        for (auto const& target : targets)
            of_source.push_back({.text = target_text(target.tokens),
                                 .tokens = target_tokens(target.tokens),
                                 .score = target.score,
                                 .log_probability = target.log_probability,
                                 .ended = target.ended});
    }
    return all;
}

attention_pair translator::attention(std::string const& source, std::string const& target,
                                     attention_choice const& choice) {
    if (!model_->options().attends())
        throw error(failure::usage, "attention: expected a model with attention, found one without");
    auto const from = source_ids(std::span(&source, 1)).at(0), to = target_ids(std::span(&target, 1)).at(0);
    if (from.empty()) throw error(failure::bad_data, "attention: expected a source with tokens, found none");
    std::vector<std::span<token_id const>> const one{from};
    auto batch = source_batch(one, source_marks_, setup_->reverse_source);
    batch.target_steps = to.size() + 1;
    batch.inputs.assign(1, target_marks_.begin);
    batch.inputs.insert(batch.inputs.end(), to.begin(), to.end());
    batch.targets = to;
    batch.targets.push_back(target_marks_.end);
    batch.counted = batch.targets.size();
    (void)model_->evaluate(batch).wait();
    attention_pair out{.source = words_of(from, setup_->source),
                       .target = words_of(batch.targets, setup_->target),
                       .weights = model_->attention_weights(choice),
                       .source_text = source,
                       .target_text = target};
    if (setup_->reverse_source)
        for (std::size_t t = 0; t < batch.target_steps; ++t)
            std::ranges::reverse(std::span(out.weights).subspan(t * from.size(), from.size()));
    return out;
}
}
