export module wordmill.nn:embedding;
import :operations;
import :parameters;
import :tensor;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// The rows of a table [V, D] by number. Its gradient is that of the rows that were seen: what a step costs depends on
/// the batch, never on V. Views are as in `affine`; ids are read at once. An id that is no row is a
/// `failure::usage`.
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

/// The inner products of each of N vectors with K rows of a table [V, D] of its own. As `embedding`.
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

/// -log sigmoid(w . h) of the positive row and -log sigmoid(-w . h) of the K negative ones, summed for each of N
/// vectors, and its mean over these (Mikolov et al. 2013). As `embedding`.
export template <class T> class negative_sampling_loss {
public:
    explicit negative_sampling_loss(parameter<T>& table);

    /// h [N, D]; `negatives` [N K], those of one vector side by side. The sum is over all, the count is N.
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
