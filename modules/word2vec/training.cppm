export module wordmill.word2vec:training;
import :model;
import wordmill.batch;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
/// A learning rate that falls linearly with the tokens trained on, as in word2vec.c.
export struct learning_rate_schedule {
    double first = 0.025;
    double last = 0.025 * 1e-4;
    std::uint64_t tokens = 1; ///< tokens of all epochs together

    [[nodiscard]] inline double at(std::uint64_t token) const noexcept {
        auto const share = static_cast<double>(token) / static_cast<double>(std::max<std::uint64_t>(tokens, 1));
        return std::max(last, first - (first - last) * std::min(share, 1.0));
    }
};

export struct epoch_options {
    unsigned threads = 1;            ///< more than one is not reproducible (see `word2vec_model::step`)
    std::uint64_t tokens_before = 0; ///< tokens of earlier epochs, for the learning rate
    learning_rate_schedule rate{};
    monitor progress{}; ///< receives tokens, loss and rate of each block
};

namespace detail {
inline void check_finite(loss_sum const& loss, std::uint64_t block, double rate) {
    if (std::isfinite(loss.sum)) return;
    throw error(failure::bad_data,
                "training: the loss is no longer finite in block " + std::to_string(block) + " at a learning rate of "
                    + std::to_string(rate),
                {}, "begin with a smaller learning rate");
}
inline void report(monitor to, std::uint64_t tokens, loss_sum const& loss, double rate) {
    to.add_tokens(tokens);
    to.add_learnt({.tokens = tokens, .examples = loss.count, .loss = loss.sum, .rate = rate});
}
}

/// Trains for one pass. `to_batch` is a stage (see `sequential`) that makes a `window_batch` of each block. It runs on
/// the thread that then trains on the batch, so that the batch stays in that thread's cache. The loss of each example
/// is measured when it is trained on. A loss that is no longer finite is a `failure::bad_data` with the block and the
/// rate.
export template <class Block, class Stage> [[nodiscard]] loss_sum
train_epoch(word2vec_model& model, generator<Block> blocks, Stage to_batch, epoch_options options) {
    struct worker {
        loss_sum loss;
        training_scratch memory;
        typename Stage::scratch space;
    };
    auto workers = reduce_blocks(
        std::move(blocks), [] { return worker{}; },
        [&model, to_batch = std::move(to_batch), options](worker& w, Block&& block) {
            auto const batch = to_batch(std::move(block), w.space);
            auto const rate = options.rate.at(options.tokens_before + batch.first_token);
            auto const loss = model.step(batch, static_cast<float>(rate), w.memory);
            detail::check_finite(loss, batch.index, rate);
            w.loss += loss;
            detail::report(options.progress, batch.tokens, loss, rate);
        },
        {.threads = options.threads});
    loss_sum total;
    for (auto const& w : workers) total += w.loss;
    return total;
}

/// How many of `threads` read and make batches while the others train in order: a quarter of them, at least one. The
/// training threads meet every 64 windows, so none of them should lose its core to a reading thread.
export [[nodiscard]] constexpr unsigned reading_threads(unsigned threads) noexcept { return std::max(threads / 4, 1U); }

/// Trains for one pass, block after block in the order of the stream. The result does not depend on the number of
/// threads (see `word2vec_model::step_in_order`).
export template <class Block, class Stage> [[nodiscard]] loss_sum
train_epoch_in_order(word2vec_model& model, generator<Block> blocks, Stage to_batch, epoch_options options) {
    auto const reading = reading_threads(options.threads);
    ordered_scratch scratch(std::max(options.threads - reading, 1U));
    loss_sum total;
    auto batches = parallel(std::move(blocks), std::move(to_batch), {.threads = reading});
    if (options.threads > 1) batches = prefetch(std::move(batches), 4);
    for (auto&& batch : batches) {
        auto const rate = options.rate.at(options.tokens_before + batch.first_token);
        auto const loss = model.step_in_order(batch, static_cast<float>(rate), scratch);
        detail::check_finite(loss, batch.index, rate);
        total += loss;
        detail::report(options.progress, batch.tokens, loss, rate);
    }
    return total;
}
}
