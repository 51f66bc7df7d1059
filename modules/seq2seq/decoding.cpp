module;
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>
module wordmill.seq2seq;
import wordmill.batch;
import wordmill.core;
import wordmill.nn;
import :decoding;
import :model;

namespace wordmill {
void decoding_options::check() const {
    auto const refuse = [](std::string const& text) { throw error(failure::usage, "beam search: " + text); };
    if (beam == 0) refuse("expected a beam of 1 or more, found 0");
    if (n_best == 0 || n_best > beam)
        refuse("expected from 1 target for each source to as many as the beam, " + std::to_string(beam) + ", found "
               + std::to_string(n_best));
    if (!(length_alpha >= 0 && std::isfinite(length_alpha)))
        refuse("expected an exponent of length normalisation of 0 or more, found " + format_short(length_alpha));
    if (!(tokens_per_source > 0 && std::isfinite(tokens_per_source)))
        refuse("expected more than 0 tokens for each token of a source, found " + format_short(tokens_per_source));
}

std::size_t decoding_options::limit(std::size_t source_tokens) const noexcept {
    constexpr std::size_t more = 20;
    if (most_tokens > 0) return most_tokens;
    return static_cast<std::size_t>(tokens_per_source * static_cast<double>(source_tokens)) + more;
}

namespace {
/// A way to continue a partial target.
struct candidate {
    std::size_t member; // of the beam
    token_id token;
    double log_probability;
};
[[nodiscard]] bool better(candidate const& a, candidate const& b) {
    if (a.log_probability != b.log_probability) return a.log_probability > b.log_probability;
    return std::pair(a.member, index(a.token)) < std::pair(b.member, index(b.token));
}

/// The search for the targets of one source.
class beam_search {
public:
    /// `limit`: the most tokens of a target.
    beam_search(decoding_options const& options, decoding_marks const& marks, std::size_t limit)
        : options_(&options), marks_(&marks), limit_(limit), alive_(1) {}

    [[nodiscard]] bool done() const noexcept { return alive_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return alive_.size(); }
    [[nodiscard]] token_id last(std::size_t member) const {
        return alive_[member].tokens.empty() ? marks_->begin : alive_[member].tokens.back();
    }

    /// Takes the probabilities of the next token of each member, [members, V]. `parents` receives the number of the
    /// member that each new one continues.
    void advance(std::span<float const> probabilities, std::size_t classes, std::vector<std::size_t>& parents);
    [[nodiscard]] std::vector<decoded_target> results();

private:
    void collect(std::span<float const> probabilities, std::size_t classes);
    void finish(decoded_target target, bool ended);

    decoding_options const* options_;
    decoding_marks const* marks_;
    std::size_t limit_;
    std::vector<decoded_target> alive_;
    std::vector<decoded_target> finished_{};
    std::vector<candidate> candidates_{};
};

/// The best continuations: twice as many as the beam, so that as many as the beam go on even if the others end.
void beam_search::collect(std::span<float const> probabilities, std::size_t classes) {
    candidates_.clear();
    auto const wanted = 2 * options_->beam;
    std::vector<candidate> of_member;
    for (std::size_t m = 0; m < alive_.size(); ++m) {
        auto const row = probabilities.subspan(m * classes, classes);
        of_member.clear();
        float least = -1; // of the best so far, once there are enough
        auto const keep_best = [&] {
            std::ranges::nth_element(of_member, of_member.begin() + static_cast<std::ptrdiff_t>(wanted - 1), better);
            of_member.resize(wanted);
            least = static_cast<float>(of_member.back().log_probability);
        };
        for (std::size_t v = 0; v < classes; ++v) {
            if (!(row[v] >= least)) {
                if (std::isnan(row[v])) throw error(failure::bad_data, "beam search: a probability is not a number");
                continue;
            }
            of_member.push_back({m, id_at(v), row[v]});
            if (of_member.size() >= 4 * wanted) keep_best();
        }
        if (of_member.size() > wanted) keep_best();
        for (auto c : of_member) {
            if (std::ranges::find(marks_->never, c.token) != marks_->never.end()) continue;
            c.log_probability = alive_[m].log_probability + std::log(c.log_probability);
            candidates_.push_back(c);
        }
    }
    std::ranges::sort(candidates_, better);
}

void beam_search::finish(decoded_target target, bool ended) {
    auto const length = static_cast<double>(target.tokens.size() + (ended ? 1 : 0));
    target.score = target.log_probability / std::pow((5 + length) / 6, options_->length_alpha);
    target.ended = ended;
    finished_.push_back(std::move(target));
}

void beam_search::advance(std::span<float const> probabilities, std::size_t classes,
                          std::vector<std::size_t>& parents) {
    collect(probabilities, classes);
    std::vector<decoded_target> next;
    parents.clear();
    bool const at_limit = alive_.front().tokens.size() == limit_; // only the end token may follow
    for (std::size_t rank = 0; rank < candidates_.size() && next.size() < options_->beam; ++rank) {
        auto const& c = candidates_[rank];
        auto const& from = alive_[c.member];
        if (c.token == marks_->end) {
            if (rank >= options_->beam) continue;
            auto target = from;
            target.log_probability = c.log_probability;
            finish(std::move(target), true);
            continue;
        }
        if (at_limit) continue;
        next.push_back(from);
        next.back().tokens.push_back(c.token);
        next.back().log_probability = c.log_probability;
        parents.push_back(c.member);
    }
    if (at_limit)
        for (auto& target : alive_) finish(std::move(target), false);
    alive_ = std::move(next);
    if (finished_.size() >= options_->beam) alive_.clear();
    if (alive_.empty()) parents.clear();
}

std::vector<decoded_target> beam_search::results() {
    // Those that the limit cut come after all that ended; of equal ones the first that was found comes first.
    std::vector<std::size_t> order(finished_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, [&](std::size_t i, std::size_t k) {
        auto const &a = finished_[i], &b = finished_[k];
        if (a.ended != b.ended) return a.ended;
        return a.score != b.score ? a.score > b.score : i < k;
    });
    order.resize(std::min(order.size(), options_->n_best));
    std::vector<decoded_target> best;
    for (auto const i : order) best.push_back(std::move(finished_[i]));
    return best;
}

/// Drops the lanes of searches that are done, when these are enough to pay for moving the others.
bool drop_done(std::vector<beam_search*>& running, std::size_t beam, std::vector<token_id>& order,
               std::vector<token_id>& tokens) {
    constexpr std::size_t least_share = 8;
    auto const done = static_cast<std::size_t>(std::ranges::count_if(running, &beam_search::done));
    if (done * least_share < running.size()) return false;
    std::size_t kept = 0;
    for (std::size_t b = 0; b < running.size(); ++b) {
        if (running[b]->done()) continue;
        for (std::size_t i = 0; i < beam; ++i) {
            order[kept * beam + i] = order[b * beam + i];
            tokens[kept * beam + i] = tokens[b * beam + i];
        }
        running[kept++] = running[b];
    }
    running.resize(kept);
    order.resize(kept * beam);
    tokens.resize(kept * beam);
    return true;
}
}

std::vector<std::vector<decoded_target>> decode(seq2seq_model<float>& model, sequence_batch const& sources,
                                                decoding_marks const& marks, decoding_options const& options) {
    options.check();
    auto const beam = options.beam;
    auto const classes = model.options().target_vocabulary;
    auto const longest = model.options().longest_target();
    std::vector<beam_search> searches;
    std::size_t steps = 0;
    for (auto const length : sources.source_lengths) {
        auto const limit = longest ? std::min(options.limit(length), *longest - 1) : options.limit(length);
        searches.emplace_back(options, marks, limit);
        steps = std::max(steps, limit + 1);
    }
    constant_weights<float> const held(model.parameters().ops());
    std::vector<beam_search*> running; // a beam of lanes each
    for (auto& search : searches) running.push_back(&search);
    std::vector<token_id> tokens(sources.lanes * beam, marks.begin), order;
    std::vector<std::size_t> parents;
    if (!running.empty()) model.begin_decoding(sources, steps, beam);
    while (!running.empty()) {
        auto const probabilities = model.next_probabilities(tokens);
        order.clear();
        tokens.clear();
        bool moves = false;
        for (std::size_t b = 0; b < running.size(); ++b) {
            auto& search = *running[b];
            auto const first = b * beam;
            parents.clear();
            if (!search.done())
                search.advance(probabilities.subspan(first * classes, search.size() * classes), classes, parents);
            for (std::size_t i = 0; i < beam; ++i) { // lanes without a partial target repeat themselves
                bool const is_target = i < parents.size();
                moves = moves || (is_target && parents[i] != i);
                order.push_back(id_at(first + (is_target ? parents[i] : i)));
                tokens.push_back(is_target ? search.last(i) : marks.begin);
            }
        }
        bool const drops = drop_done(running, beam, order, tokens);
        if (!running.empty() && (drops || moves)) model.reorder(order);
    }
    std::vector<std::vector<decoded_target>> results;
    for (auto& search : searches) results.push_back(search.results());
    return results;
}
}
