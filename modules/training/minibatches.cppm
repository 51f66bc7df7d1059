export module wordmill.training:minibatches;
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
/// Some rows of arrays. `start.state` is the epoch, `start.block` the batch in it.
export struct minibatch : block_header {
    std::vector<token_id> rows{};
};

/// All rows of arrays once an epoch, in an order that depends on key and epoch only (Fisher & Yates 1938). Of several
/// arrays the same rows belong together.
export struct shuffled_rows {
    std::size_t rows = 0;
    std::size_t batch_size = 32;
    bool drop_remainder = false; ///< no shorter batch at the end of an epoch, as in the book
    random_key key{};

    /// The batches of epoch `epoch`, from 0, behind the first `from.block` of them. `failure::usage` without rows, for
    /// more of them than ids, for a batch size of 0, and with both sizes when not one batch would be left.
    [[nodiscard]] generator<minibatch> operator()(std::uint64_t epoch, position from = {}) const;
    [[nodiscard]] std::size_t batches() const noexcept; ///< in an epoch
    [[nodiscard]] std::size_t dropped() const noexcept; ///< rows that an epoch leaves out
};

/// Arrays side by side: inputs [N, D] in the memory of a device and the class of each.
export class labelled_rows {
public:
    /// `inputs` are the host's, [N, D] row-major. `failure::usage` with both sizes when they do not fit the classes.
    labelled_rows(std::shared_ptr<operations<float>> ops, std::span<float const> inputs, std::size_t columns,
                  std::span<token_id const> classes);

    struct batch {
        device_view<float const> inputs;
        std::span<token_id const> targets;
    };
    /// These rows, valid until the next call. `failure::usage` for a row that is none.
    [[nodiscard]] batch at(std::span<token_id const> rows);
    [[nodiscard]] std::size_t size() const noexcept { return classes_.size(); }

private:
    std::shared_ptr<operations<float>> ops_;
    tensor<float> inputs_;
    std::vector<token_id> classes_;
    tensor<float> batch_inputs_;
    mirrored<token_id> batch_rows_;
    std::vector<token_id> batch_targets_{};
};

/// The column of the largest value of each row, the first of several: the class that scores in a device's memory stand
/// for.
export [[nodiscard]] std::vector<token_id> largest_columns(operations<float>& ops, device_view<float const> scores);
}
