module;
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>
export module wordmill.word2vec:reference;
import wordmill.batch;
import wordmill.core;

namespace wordmill {
/// How the contexts of a CBOW target become one vector, and what each gets back.
export enum class cbow_input : std::uint8_t {
    mean, ///< the mean; each gets 1 / n of the gradient (Irsoy et al. 2020, "Corrected CBOW Performs as well as
          ///< Skip-gram")
    sum,  ///< the sum; each gets the gradient
    mean_with_whole_gradient, ///< the mean, but each gets the whole gradient, as in word2vec.c
};

/// The loss of training so far.
export struct training_loss {
    double sum = 0;             ///< negative log-likelihood, in nats
    std::uint64_t examples = 0; ///< pairs of skip-gram, targets of CBOW: each with its negatives
    [[nodiscard]] inline double mean() const noexcept {
        return examples == 0 ? 0 : sum / static_cast<double>(examples);
    }
    inline training_loss& operator+=(training_loss const& other) noexcept {
        sum += other.sum;
        examples += other.examples;
        return *this;
    }
};

/// The plain form of the arithmetic, for float and double: what the fast one is tested against. An input vector h
/// against the output vectors of a target (label 1) and its negatives (label 0): loss = sum of -log sigmoid(z) for the
/// label 1 and -log sigmoid(-z) for 0, z = h . output (Mikolov et al. 2013, equation 4). All gradients are taken before
/// the rows change.
export namespace reference {
/// log(1 + exp(y)) without overflow.
template <class Real> [[nodiscard]] Real softplus(Real y) {
    return (y > 0 ? y : Real(0)) + std::log1p(std::exp(-std::abs(y)));
}
template <class Real> [[nodiscard]] Real sigmoid(Real z) { return Real(1) / (Real(1) + std::exp(-z)); }

/// The gradient of the loss of `inputs` [n, D] against `outputs` [m] (the first has label 1); returns the loss.
/// Writes d_inputs [n, D] and d_outputs [m, D].
template <class Real> Real negative_sampling(matrix_view<Real const> inputs, matrix_view<Real const> outputs,
                                             matrix_view<Real> d_inputs, matrix_view<Real> d_outputs) {
    Real loss = 0;
    for (std::size_t a = 0; a < inputs.rows; ++a)
        for (std::size_t c = 0; c < inputs.columns; ++c) d_inputs(a, c) = 0;
    for (std::size_t b = 0; b < outputs.rows; ++b)
        for (std::size_t c = 0; c < outputs.columns; ++c) d_outputs(b, c) = 0;
    for (std::size_t a = 0; a < inputs.rows; ++a)
        for (std::size_t b = 0; b < outputs.rows; ++b) {
            Real z = 0;
            for (std::size_t c = 0; c < inputs.columns; ++c) z += inputs(a, c) * outputs(b, c);
            auto const label = b == 0 ? Real(1) : Real(0);
            loss += softplus(b == 0 ? -z : z);
            auto const d_z = sigmoid(z) - label;
            for (std::size_t c = 0; c < inputs.columns; ++c) {
                d_inputs(a, c) += d_z * outputs(b, c);
                d_outputs(b, c) += d_z * inputs(a, c);
            }
        }
    return loss;
}

/// Copies rows of a table: [ids, D].
template <class Real> [[nodiscard]] matrix<Real> gather(matrix_view<Real const> table, std::span<token_id const> ids) {
    matrix<Real> rows(ids.size(), table.columns);
    for (std::size_t i = 0; i < ids.size(); ++i)
        for (std::size_t c = 0; c < table.columns; ++c) rows.view()(i, c) = table(index(ids[i]), c);
    return rows;
}

/// table[ids[i]] -= rate * gradient[i], in order.
template <class Real>
void descend(matrix_view<Real> table, std::span<token_id const> ids, matrix_view<Real const> gradient, Real rate) {
    for (std::size_t i = 0; i < ids.size(); ++i)
        for (std::size_t c = 0; c < table.columns; ++c) table(index(ids[i]), c) -= rate * gradient(i, c);
}

/// Target and negatives of a pair, the target first.
[[nodiscard]] inline std::vector<token_id> outputs_of(window_batch const& batch, std::size_t target, std::size_t pair) {
    std::vector<token_id> ids{batch.targets[target]};
    for (auto const id : batch.negatives_of(target, pair)) ids.push_back(id);
    return ids;
}

/// Skip-gram: each context is an input. The contexts of a target are trained together, 16 at a time, when they share
/// their negatives; else one by one.
template <class Real>
training_loss train_skip_gram(matrix_view<Real> input, matrix_view<Real> output, window_batch const& batch, Real rate) {
    training_loss total;
    std::size_t const most = batch.sharing == negative_sharing::pair ? 1 : 16;
    for (std::size_t target = 0; target < batch.size(); ++target) {
        auto const contexts = batch.contexts_of(target);
        for (std::size_t k = 0; k < contexts.size(); k += most) {
            auto const some = contexts.subspan(k, k + most < contexts.size() ? most : contexts.size() - k);
            auto const outputs = outputs_of(batch, target, batch.first_context(target) + k);
            auto const x = gather<Real>(input, some);
            auto const y = gather<Real>(output, outputs);
            matrix<Real> d_x(some.size(), input.columns);
            matrix<Real> d_y(outputs.size(), output.columns);
            total.sum += static_cast<double>(negative_sampling<Real>(x.view(), y.view(), d_x.view(), d_y.view()));
            total.examples += some.size();
            descend<Real>(output, outputs, d_y.view(), rate);
            descend<Real>(input, some, d_x.view(), rate);
        }
    }
    return total;
}

/// CBOW: the contexts of a target together are one input.
template <class Real> training_loss train_cbow(matrix_view<Real> input, matrix_view<Real> output,
                                               window_batch const& batch, cbow_input form, Real rate) {
    training_loss total;
    for (std::size_t target = 0; target < batch.size(); ++target) {
        auto const contexts = batch.contexts_of(target);
        auto const outputs = outputs_of(batch, target, batch.first_context(target));
        auto const x = gather<Real>(input, contexts);
        auto const y = gather<Real>(output, outputs);
        auto const share = form == cbow_input::sum ? Real(1) : Real(1) / static_cast<Real>(contexts.size());
        matrix<Real> hidden(1, input.columns);
        for (std::size_t i = 0; i < contexts.size(); ++i)
            for (std::size_t c = 0; c < input.columns; ++c) hidden.view()(0, c) += share * x.view()(i, c);
        matrix<Real> d_hidden(1, input.columns);
        matrix<Real> d_y(outputs.size(), output.columns);
        total.sum += static_cast<double>(
            negative_sampling<Real>(std::as_const(hidden).view(), y.view(), d_hidden.view(), d_y.view()));
        ++total.examples;
        descend<Real>(output, outputs, d_y.view(), rate);
        matrix<Real> d_x(contexts.size(), input.columns);
        auto const back = form == cbow_input::mean ? share : Real(1);
        for (std::size_t i = 0; i < contexts.size(); ++i)
            for (std::size_t c = 0; c < input.columns; ++c) d_x.view()(i, c) = back * d_hidden.view()(0, c);
        descend<Real>(input, contexts, d_x.view(), rate);
    }
    return total;
}
}
}
