export module wordmill.glove:reference;
import wordmill.standard;

namespace wordmill {
/// The objective that is minimised over the entries x of a co-occurrence matrix (Pennington, Socher & Manning 2014,
/// equation 8): the sum of f(x) (w . c + b + b~ - log x)^2 with f(x) = min(1, (x / x_max)^alpha).
export struct glove_objective {
    double x_max = 100;
    double alpha = 0.75;
    double clip = 100; ///< each component of a gradient is clipped to -clip .. clip, as in the original program
};

/// A plain implementation for float and double, which the vectorised one is tested against. A row [D + 1] is the D
/// components of a vector, followed by its bias.
export namespace reference {
/// f(x).
template <class Real> [[nodiscard]] Real glove_weight(Real x, glove_objective const& objective) {
    auto const ratio = x / static_cast<Real>(objective.x_max);
    return std::min(Real(1), std::pow(ratio, static_cast<Real>(objective.alpha)));
}

/// Computes the gradient of f(x) diff^2 / 2 with respect to the rows of a target and of its context [D + 1]; returns
/// f(x) diff^2.
template <class Real> Real glove_gradient(std::span<Real const> word, std::span<Real const> context, Real x,
                                          glove_objective const& objective, std::span<Real> d_word,
                                          std::span<Real> d_context) {
    auto const bias = word.size() - 1;
    auto diff = word[bias] + context[bias] - std::log(x);
    for (std::size_t c = 0; c < bias; ++c) diff += word[c] * context[c];
    auto const weighted = glove_weight(x, objective) * diff;
    for (std::size_t c = 0; c < bias; ++c) {
        d_word[c] = weighted * context[c];
        d_context[c] = weighted * word[c];
    }
    d_word[bias] = d_context[bias] = weighted;
    return weighted * diff;
}

/// AdaGrad (Duchi, Hazan & Singer 2011) as in the original program. A step is rate x gradient, and a change is step /
/// sqrt(squares), where `squares` sums the squares of earlier steps. The rate of a bias is 1. All arrays are [D + 1].
template <class Real> void glove_descend(std::span<Real> row, std::span<Real> squares, std::span<Real const> gradient,
                                         Real rate, glove_objective const& objective) {
    auto const clip = static_cast<Real>(objective.clip);
    for (std::size_t c = 0; c < row.size(); ++c) {
        auto const step = std::clamp(gradient[c], -clip, clip) * (c + 1 < row.size() ? rate : Real(1));
        row[c] -= step / std::sqrt(squares[c]);
        squares[c] += step * step;
    }
}
}
}
