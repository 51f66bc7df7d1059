export module wordmill.training:minibatches;
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
/// The numbers of the rows of a batch. `start.state` is the epoch, `start.block` the batch in it.
export struct minibatch : block_header {
    std::vector<row_number> rows{};
};

/// Delivers all rows once per epoch, in a random order that depends only on key and epoch (Fisher & Yates 1938). The
/// row numbers apply to several arrays at once.
export struct shuffled_rows {
    std::size_t rows = 0;
    std::size_t batch_size = 32;
    bool drop_remainder = false; ///< omits the shorter batch at the end of an epoch, as in the book
    random_key key{};

    /// The batches of epoch `epoch`, counted from 0, after the first `from.block` batches. `failure::usage` without
    /// rows, for more rows than there are ids, for a batch size of 0, and with both sizes when not even one batch would
    /// remain.
    [[nodiscard]] generator<minibatch> operator()(std::uint64_t epoch, position from = {}) const;
    [[nodiscard]] std::size_t batches() const noexcept; ///< in an epoch
    [[nodiscard]] std::size_t dropped() const noexcept; ///< rows that an epoch leaves out
};

/// Labelled examples: inputs [N, D] in the memory of a device, and the class of each row.
export class labelled_rows {
public:
    /// `inputs` [N, D] are on the host, row-major. `failure::usage` with both sizes when they do not match the classes.
    labelled_rows(std::shared_ptr<operations<float>> ops, std::span<float const> inputs, std::size_t columns,
                  std::span<token_id const> classes);

    struct batch {
        device_view<float const> inputs;
        std::span<token_id const> targets;
    };
    /// These rows, valid until the next call. `failure::usage` for a row that does not exist.
    [[nodiscard]] batch at(std::span<row_number const> rows);
    [[nodiscard]] std::size_t size() const noexcept { return classes_.size(); }

private:
    std::shared_ptr<operations<float>> ops_;
    tensor<float> inputs_;
    std::vector<token_id> classes_;
    tensor<float> batch_inputs_;
    mirrored<token_id> batch_rows_;
    std::vector<token_id> batch_targets_{};
};

/// Returns the column of the largest value of each row, the first of equal ones: the class predicted by scores in the
/// memory of a device.
export [[nodiscard]] std::vector<token_id> largest_columns(operations<float>& ops, device_view<float const> scores);
}
