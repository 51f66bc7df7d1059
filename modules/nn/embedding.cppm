export module wordmill.nn:embedding;
import :operations;
import :parameters;
import :tensor;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// Looks up rows of a table [V, D] by id. The gradient covers only the rows that were looked up, so the cost of a step
/// depends on the batch and not on V. Views are as in `affine`; ids are read before the call returns. An id that is not
/// below V is a `failure::usage`.
export template <class T> class embedding {
public:
    explicit embedding(parameter<T>& table);

    device_view<T const> forward(std::span<token_id const> ids); ///< [N] to [N, D]
    void backward(device_view<T const> d_y);                     ///< [N, D]

private:
    parameter<T>* table_;
    mirrored<token_id> ids_;
    tensor<T> y_;
};

/// Computes the inner products of each of N vectors with K rows of a table [V, D]; every vector has its own K rows.
/// Cost, views and errors are those of `embedding`.
export template <class T> class embedding_dot {
public:
    explicit embedding_dot(parameter<T>& table);

    device_view<T const> forward(device_view<T const> h, std::span<token_id const> ids); ///< [N, D], [N K] to [N, K]
    device_view<T const> backward(device_view<T const> d_y);                             ///< [N, K] to [N, D]

private:
    parameter<T>* table_;
    mirrored<token_id> ids_;
    device_view<T const> h_{};
    tensor<T> rows_;
    tensor<T> y_;
    tensor<T> d_rows_;
    tensor<T> d_h_;
};

/// The loss of negative sampling (Mikolov et al. 2013). The loss of a vector h is -log sigmoid(w . h) for its positive
/// row w plus the sum of -log sigmoid(-w . h) over its K negative rows w. Gradients are those of the mean over N
/// vectors. Cost, views and errors are those of `embedding`.
export template <class T> class negative_sampling_loss {
public:
    explicit negative_sampling_loss(parameter<T>& table);

    /// h is [N, D]; `negatives` is [N K], with the K ids of each vector side by side. Returns the sum over all vectors,
    /// with the count N.
    deferred<loss_sum> forward(device_view<T const> h, std::span<token_id const> positives,
                               std::span<token_id const> negatives);
    device_view<T const> backward(); ///< [N, D]

private:
    embedding_dot<T> dot_;
    parameter<T>* table_;
    std::vector<token_id> ids_{};
    mirrored<std::uint8_t> labels_;
    deferred<loss_sum> loss_;
    tensor<T> d_scores_;
};

extern template class embedding<float>;
extern template class embedding<double>;
extern template class embedding_dot<float>;
extern template class embedding_dot<double>;
extern template class negative_sampling_loss<float>;
extern template class negative_sampling_loss<double>;
}
