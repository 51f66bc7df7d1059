export module wordmill.word2vec:reference;
import :huffman;
import wordmill.batch;
import wordmill.core;
import wordmill.standard;
import wordmill.text;

namespace wordmill {
/// How the contexts of a CBOW target become one vector, and which gradient each context receives.
export enum class cbow_input : std::uint8_t {
    mean, ///< the mean; each context receives 1 / n of the gradient (Irsoy et al. 2020, "Corrected CBOW Performs as
          ///< well as Skip-gram")
    sum,  ///< the sum; each context receives the gradient
    mean_with_whole_gradient, ///< the mean, but each context receives the whole gradient, as in word2vec.c
};

/// A plain implementation for float and double, which the vectorised one is tested against. An input vector h is
/// trained against output vectors with labels: loss = sum of -log sigmoid(z) for the label 1 and -log sigmoid(-z) for
/// 0, z = h . output. The outputs are a target (1) and its negatives (0) (Mikolov et al. 2013, equation 4), or the
/// inner nodes above the target (equation 3). All gradients are computed before any row changes.
export namespace reference {
/// log(1 + exp(y)) without overflow.
template <class Real> [[nodiscard]] Real softplus(Real y) {
    return (y > 0 ? y : Real(0)) + std::log1p(std::exp(-std::abs(y)));
}
template <class Real> [[nodiscard]] Real sigmoid(Real z) { return Real(1) / (Real(1) + std::exp(-z)); }

/// The outputs that inputs are trained against: their rows, labels and weights. A weight says how often the loss of its
/// output counts.
template <class Real> struct output_set {
    std::vector<token_id> rows{};
    std::vector<Real> labels{};
    std::vector<Real> weights{};
    inline void add(token_id row, bool label, Real weight = 1) {
        rows.push_back(row);
        labels.push_back(label ? Real(1) : Real(0));
        weights.push_back(weight);
    }
};

/// The gradient of the loss of `inputs` [n, D] against `outputs` [m, D] with `labels` and `weights` [m]; returns the
/// loss. Writes d_inputs [n, D] and d_outputs [m, D].
template <class Real> Real logistic(matrix_view<Real const> inputs, matrix_view<Real const> outputs,
                                    std::span<Real const> labels, std::span<Real const> weights,
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
            loss += weights[b] * softplus(labels[b] > 0 ? -z : z);
            auto const d_z = weights[b] * (sigmoid(z) - labels[b]);
            for (std::size_t c = 0; c < inputs.columns; ++c) {
                d_inputs(a, c) += d_z * outputs(b, c);
                d_outputs(b, c) += d_z * inputs(a, c);
            }
        }
    return loss;
}

/// `logistic` against a target (the first output) and its negatives.
template <class Real> Real negative_sampling(matrix_view<Real const> inputs, matrix_view<Real const> outputs,
                                             matrix_view<Real> d_inputs, matrix_view<Real> d_outputs) {
    std::vector<Real> labels(outputs.rows);
    if (!labels.empty()) labels[0] = 1;
    std::vector<Real> const weights(outputs.rows, Real(1));
    return logistic<Real>(inputs, outputs, labels, weights, d_inputs, d_outputs);
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

/// The outputs of a target: itself and its negatives or, with a tree, the inner nodes above it. Child 0 has label 1.
template <class Real> [[nodiscard]] output_set<Real> outputs_of(window_batch const& batch, std::size_t target,
                                                                std::size_t pair, huffman_tree const& tree) {
    output_set<Real> set;
    if (!tree.empty()) {
        for (auto const step : tree.path(batch.targets[target])) set.add(id_at(step.node()), step.child() == 0);
        return set;
    }
    set.add(batch.targets[target], true);
    for (auto const id : batch.negatives_of(target, pair)) set.add(id, false);
    return set;
}

/// Skip-gram: each context is an input. The contexts of a target are trained together, 16 at a time, when they share
/// their outputs, otherwise one by one.
template <class Real> loss_sum train_skip_gram(matrix_view<Real> input, matrix_view<Real> output,
                                               window_batch const& batch, Real rate, huffman_tree const& tree = {}) {
    loss_sum total;
    std::size_t const most = batch.sharing == negative_sharing::pair && tree.empty() ? 1 : 16;
    for (std::size_t target = 0; target < batch.size(); ++target) {
        auto const contexts = batch.contexts_of(target);
        for (std::size_t k = 0; k < contexts.size(); k += most) {
            auto const some = contexts.subspan(k, k + most < contexts.size() ? most : contexts.size() - k);
            auto const outputs = outputs_of<Real>(batch, target, batch.first_context(target) + k, tree);
            auto const x = gather<Real>(input, some);
            auto const y = gather<Real>(output, outputs.rows);
            matrix<Real> d_x(some.size(), input.columns);
            matrix<Real> d_y(outputs.rows.size(), output.columns);
            total.sum += static_cast<double>(
                logistic<Real>(x.view(), y.view(), outputs.labels, outputs.weights, d_x.view(), d_y.view()));
            total.count += some.size();
            descend<Real>(output, outputs.rows, d_y.view(), rate);
            descend<Real>(input, some, d_x.view(), rate);
        }
    }
    return total;
}

/// Trains one input, made of several rows, against a set of outputs; returns the loss.
template <class Real> Real train_hidden(matrix_view<Real> input, std::span<token_id const> rows,
                                        matrix_view<Real> output, output_set<Real> const& outputs, cbow_input form,
                                        Real rate) {
    auto const x = gather<Real>(input, rows);
    auto const y = gather<Real>(output, outputs.rows);
    auto const share = form == cbow_input::sum ? Real(1) : Real(1) / static_cast<Real>(rows.size());
    matrix<Real> hidden(1, input.columns);
    for (std::size_t i = 0; i < rows.size(); ++i)
        for (std::size_t c = 0; c < input.columns; ++c) hidden.view()(0, c) += share * x.view()(i, c);
    matrix<Real> d_hidden(1, input.columns);
    matrix<Real> d_y(outputs.rows.size(), output.columns);
    auto const loss = logistic<Real>(std::as_const(hidden).view(), y.view(), outputs.labels, outputs.weights,
                                     d_hidden.view(), d_y.view());
    descend<Real>(output, outputs.rows, d_y.view(), rate);
    matrix<Real> d_x(rows.size(), input.columns);
    auto const back = form == cbow_input::mean ? share : Real(1);
    for (std::size_t i = 0; i < rows.size(); ++i)
        for (std::size_t c = 0; c < input.columns; ++c) d_x.view()(i, c) = back * d_hidden.view()(0, c);
    descend<Real>(input, rows, d_x.view(), rate);
    return loss;
}

/// The rows of the input table that make up the vectors of `ids`.
[[nodiscard]] inline std::vector<token_id> rows_of(subword_table const& subwords, std::span<token_id const> ids) {
    if (subwords.empty()) return {ids.begin(), ids.end()};
    std::vector<token_id> rows;
    for (auto const id : ids)
        for (auto const row : subwords.rows_of(id)) rows.push_back(id_at(row));
    return rows;
}

/// CBOW: the contexts of a target together are one input.
template <class Real> loss_sum train_cbow(matrix_view<Real> input, matrix_view<Real> output, window_batch const& batch,
                                          cbow_input form, Real rate, huffman_tree const& tree = {},
                                          subword_table const& subwords = {}) {
    loss_sum total;
    for (std::size_t target = 0; target < batch.size(); ++target) {
        auto const outputs = outputs_of<Real>(batch, target, batch.first_context(target), tree);
        total.sum += static_cast<double>(
            train_hidden<Real>(input, rows_of(subwords, batch.contexts_of(target)), output, outputs, form, rate));
        ++total.count;
    }
    return total;
}

/// Skip-gram with subwords: the target is the input, and all its contexts are outputs, as in fastText. A negative that
/// several pairs share counts once for each pair whose output differs from it.
template <class Real> loss_sum train_skip_gram_with_subwords(matrix_view<Real> input, matrix_view<Real> output,
                                                             window_batch const& batch, subword_table const& subwords,
                                                             cbow_input form, Real rate,
                                                             huffman_tree const& tree = {}) {
    loss_sum total;
    for (std::size_t target = 0; target < batch.size(); ++target) {
        auto const contexts = batch.contexts_of(target);
        output_set<Real> outputs;
        for (std::size_t k = 0; k < contexts.size(); ++k) {
            if (tree.empty()) outputs.add(contexts[k], true);
            for (auto const step : tree.empty() ? std::span<huffman_tree::step const>() : tree.path(contexts[k]))
                outputs.add(id_at(step.node()), step.child() == 0);
            if (!tree.empty()) continue;
            for (auto const id : batch.negatives_of(target, batch.first_context(target) + k))
                if (id != contexts[k]) outputs.add(id, false);
        }
        total.sum += static_cast<double>(train_hidden<Real>(
            input, rows_of(subwords, std::span(batch.targets).subspan(target, 1)), output, outputs, form, rate));
        total.count += contexts.size();
    }
    return total;
}
}
}
