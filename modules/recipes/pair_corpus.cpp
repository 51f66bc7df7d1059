module;
#include <coroutine>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>
module wordmill.recipes;
import :pair_corpus;
import :sequence_text;
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.pipeline;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
pair_corpus::pair_corpus(std::vector<input_file> inputs, pair_options how, sequence_text source, sequence_text target)
    : inputs_(std::move(inputs)), how_(std::move(how)), source_(std::move(source)), target_(std::move(target)) {}

pair_corpus::pair_corpus(std::vector<std::string> const& names, pair_options how, sequence_text source,
                         sequence_text target)
    : pair_corpus(find_inputs(names), std::move(how), std::move(source), std::move(target)) {}

pair_corpus::pair_corpus(std::shared_ptr<text_source const> pairs, sequence_text source, sequence_text target)
    : made_(std::move(pairs)), source_(std::move(source)), target_(std::move(target)) {
    expect(made_ != nullptr, "pair_corpus: there must be a source");
}

note_map pair_corpus::description() const {
    auto notes = made_ ? made_->description() : description_of_pairs(inputs_, how_);
    for (auto const& [key, value] : source_.split().description()) notes["source: " + key] = value;
    for (auto const& [key, value] : target_.split().description()) notes["target: " + key] = value;
    return notes;
}

generator<text_pair_block> pair_corpus::text(pass_options const& pass) const {
    if (made_) return pairs_of_lines(made_->blocks(pass));
    auto how = how_;
    how.from = pass.from;
    how.threads = pass.threads;
    how.watch = pass.watch;
    how.counts = pass.counts;
    return read_pairs(inputs_, std::move(how));
}

generator<token_pair_block> pair_corpus::ids(vocabulary const& source, vocabulary const& target,
                                             pair_encode_options filter, pass_options const& pass) const {
    filter.counts = pass.counts;
    return text(pass)
           | parallel(encode_pairs({source_.split(pass.counts), source}, {target_.split(pass.counts), target},
                                   std::move(filter)),
                      {.threads = pass.threads});
}
}
