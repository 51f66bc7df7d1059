export module wordmill.nn:lane_order;
import :operations;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// Moves lanes of matrices in which row t B + b is step t of lane b.
template <class T> class lane_order {
public:
    explicit lane_order(std::shared_ptr<operations<T>> ops) : ops_(std::move(ops)), rows_(ops_->queue()) {}

    /// x [n B, C] to `to` [n L, C]: lane i becomes lane lanes[i] of B, for L lanes.
    void move(device_view<T const> x, std::size_t all, std::span<token_id const> lanes, device_view<T> to) {
        if (x.rows == 0) return;
        auto& rows = rows_.host();
        rows.clear();
        for (std::size_t r = 0; r < x.rows; r += all)
            for (auto const lane : lanes) rows.push_back(id_at(r + index(lane)));
        ops_->gather(x, rows_.upload(), to);
    }

private:
    std::shared_ptr<operations<T>> ops_;
    mirrored<token_id> rows_;
};
}
