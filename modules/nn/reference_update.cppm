module wordmill.nn:reference_update;
import :operations;
import wordmill.standard;

namespace wordmill::reference_loops {
/// One value of one parameter, by the formulas of `update_rule`.
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
