module wordmill.nn:updates_reference;
import :operation_code;
import :update_operations;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
namespace reference_loops {
/// Updates one value of one parameter by the formulas of `update_rule`.
template <class T> void update(update_rule const& rule, T g, T& p, T& first, T& second) {
    auto const rate = static_cast<T>(rule.rate);
    auto const a = static_cast<T>(rule.a);
    auto const b = static_cast<T>(rule.b);
    auto const epsilon = static_cast<T>(rule.epsilon);
    switch (rule.kind) {
    case optimizer_kind::sgd: p -= rate * g; return;
    case optimizer_kind::momentum:
        first = a * first - rate * g;
        p += first;
        return;
    case optimizer_kind::nesterov:
        first = a * first - rate * g;
        p += a * first - rate * g;
        return;
    case optimizer_kind::adagrad:
        first += g * g;
        p -= rate * g / (std::sqrt(first) + epsilon);
        return;
    case optimizer_kind::rmsprop:
        first = a * first + (1 - a) * g * g;
        p -= rate * g / (std::sqrt(first) + epsilon);
        return;
    case optimizer_kind::adam:
        first += (1 - a) * (g - first);
        second += (1 - b) * (g * g - second);
        p -= rate * first / (std::sqrt(second) + epsilon);
    }
}
}

template <class T> class reference_updates : public virtual update_operations<T>, operation_code {
public:
    void sums_of_squares(std::span<device_view<T const> const> all, device_span<double> sums) override {
        expect(sums.size() == all.size(), "sums_of_squares: a sum for every matrix");
        for (std::size_t i = 0; i < all.size(); ++i) {
            auto const x = memory_of(all[i]);
            double sum = 0;
            for (std::size_t r = 0; r < x.rows; ++r)
                for (auto const value : x.row(r)) sum += static_cast<double>(value) * static_cast<double>(value);
            memory_of(sums)[i] += sum;
        }
    }
    void update_all(update_rule const& rule, std::span<update_target<T> const> all,
                    update_guard const& guard) override {
        auto const factor = gradient_factor(rule, memory_of(guard.squares), memory_of(guard.loss));
        for (auto const& target : all) {
            check_update(rule, target);
            if (factor) update_one(rule, static_cast<T>(*factor), target);
        }
    }

private:
    static void update_one(update_rule const& rule, T factor, update_target<T> const& target) {
        auto const g = memory_of(target.gradient);
        auto const values = memory_of(target.values), first = memory_of(target.first),
                   second = memory_of(target.second);
        auto const ids = memory_of(target.rows);
        std::size_t i = 0; // of the gradient
        for (std::size_t r = 0; r < values.rows; ++r) {
            bool const is_named = ids.empty() || (i < ids.size() && index(ids[i]) == r);
            if (!is_named && !rule.changes_all_rows()) continue;
            for (std::size_t c = 0; c < g.columns; ++c) {
                T none = 0;
                reference_loops::update(rule, is_named ? factor * g(i, c) : T(0), values(r, c),
                                        first.data == nullptr ? none : first(r, c),
                                        second.data == nullptr ? none : second(r, c));
            }
            if (is_named) ++i;
        }
    }
};
}
