module wordmill.seq2seq:encoder_decoder;
import :options;
import wordmill.batch;
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
import wordmill.standard;

namespace wordmill::detail {
/// A sequence-to-sequence model up to the projection. Row t B + b of every matrix is lane b at step t. Views are as in
/// `affine`.
template <class T> class encoder_decoder {
public:
    encoder_decoder() = default;
    encoder_decoder(encoder_decoder const&) = delete;
    encoder_decoder& operator=(encoder_decoder const&) = delete;
    virtual ~encoder_decoder() = default;

    /// All steps of a batch to what enters the projection, [T B, P]. The batch is borrowed until `backward`.
    virtual device_view<T const> forward(sequence_batch const& batch, pass const& p) = 0;
    /// d is [T B, P].
    virtual void backward(device_view<T const> d) = 0;

    /// Begins to decode up to `steps` tokens for each source. Lane b * copies + i is copy i of source b.
    virtual void begin(sequence_batch const& batch, std::size_t steps, std::size_t copies) = 0;
    /// One more step: a token for each lane, [B copies], to [B copies, P].
    virtual device_view<T const> next(std::span<token_id const> tokens) = 0;
    /// Lane i goes on from the state of lane `lanes[i]`, which must have the same source.
    virtual void reorder(std::span<token_id const> lanes) = 0;
    /// Lane i goes on from the state of lane `lanes[i]`, with its source. There may be fewer lanes than before.
    virtual void select(std::span<token_id const> lanes) = 0;

    /// The attention weights of the last batch, or of the steps decoded so far; [T B, S] or empty. Valid until the next
    /// call.
    [[nodiscard]] virtual device_view<T const> weights(attention_choice const& choice) = 0;
};

template <class T> parameter<T>& add_normal(parameter_set<T>& set, std::string name, std::size_t rows,
                                            std::size_t columns, random_key key, double deviation) {
    auto& p = set.add(std::move(name), rows, columns);
    fill_normal(p, key, deviation);
    return p;
}

/// Repeats the rows of a matrix, the copies of a row side by side, so that several lanes can decode the same source.
template <class T> class row_copies {
public:
    explicit row_copies(std::shared_ptr<operations<T>> ops) : ops_(std::move(ops)), rows_(ops_->queue()), y_(ops_) {}

    /// [N, D] to [N copies, D]; empty for an empty matrix. Valid until the next call.
    device_view<T const> operator()(device_view<T const> x, std::size_t copies) {
        if (!x) return {};
        auto& numbers = rows_.host();
        numbers.clear();
        for (std::size_t r = 0; r < x.rows; ++r) numbers.insert(numbers.end(), copies, id_at(r));
        ops_->gather(x, rows_.upload(), y_.resize(x.rows * copies, x.columns));
        return y_.view();
    }

private:
    std::shared_ptr<operations<T>> ops_;
    mirrored<token_id> rows_;
    tensor<T> y_;
};

/// The lengths of the sources of lanes that decode.
class lane_lengths {
public:
    explicit lane_lengths(std::shared_ptr<compute_queue> queue) : lengths_(std::move(queue)) {}

    /// Each length for as many lanes as there are copies, side by side. Results are valid until the next call.
    device_span<std::uint32_t const> copy(std::span<std::uint32_t const> lengths, std::size_t copies) {
        auto& all = lengths_.host();
        all.clear();
        for (auto const length : lengths) all.insert(all.end(), copies, length);
        return lengths_.upload();
    }
    /// Lane i has the source of lane `lanes[i]`.
    device_span<std::uint32_t const> select(std::span<token_id const> lanes) {
        std::vector<std::uint32_t> some;
        for (auto const lane : lanes) some.push_back(lengths_.host()[index(lane)]);
        return lengths_.assign(some);
    }

private:
    mirrored<std::uint32_t> lengths_;
};
}
