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
    void sum_of_squares(device_view<T const> of, device_span<double> to) override {
        auto const x = memory_of(of);
        double sum = 0;
        for (std::size_t r = 0; r < x.rows; ++r)
            for (auto const value : x.row(r)) sum += static_cast<double>(value) * static_cast<double>(value);
        memory_of(to)[0] += sum;
    }
    void update(update_rule const& rule, device_view<T const> gradient, device_span<token_id const> rows,
                device_view<T> to, device_view<T> of_first, device_view<T> of_second,
                update_guard const& guard) override {
        auto const g = memory_of(gradient);
        auto const values = memory_of(to), first = memory_of(of_first), second = memory_of(of_second);
        auto const ids = memory_of(rows);
        expect(ids.empty() ? same_shape(g, values) : ids.size() == g.rows && g.columns == values.columns,
               "update: a row of values for every row of the gradient");
        auto const factor = gradient_factor(rule, memory_of(guard.squares), memory_of(guard.loss));
        if (!factor) return;
        for (std::size_t i = 0; i < g.rows; ++i) {
            auto const r = ids.empty() ? i : index(ids[i]);
            for (std::size_t c = 0; c < g.columns; ++c) {
                T none = 0;
                reference_loops::update(rule, static_cast<T>(*factor) * g(i, c), values(r, c),
                                        first.data == nullptr ? none : first(r, c),
                                        second.data == nullptr ? none : second(r, c));
            }
        }
    }
};
}
