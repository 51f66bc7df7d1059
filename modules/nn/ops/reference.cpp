module;
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
module wordmill.nn;
import wordmill.compute;
import :addressing_reference;
import :attention_reference;
import :elements_reference;
import :losses_reference;
import :memory_reference;
import :operations;
import :products_reference;
import :recurrent_reference;
import :rows_reference;
import :transformer_reference;
import :updates_reference;

namespace wordmill {
namespace {
template <class T> class reference final : public operations<T>,
                                           reference_memory<T>,
                                           reference_products<T>,
                                           reference_elements<T>,
                                           reference_losses<T>,
                                           reference_rows<T>,
                                           reference_recurrent<T>,
                                           reference_attention<T>,
                                           reference_transformer<T>,
                                           reference_addressing<T>,
                                           reference_updates<T> {
public:
    reference() : operations<T>(processor_queue()) {}
    std::string name() const override { return "reference"; }
};
}

double reference_loops::normal_probability(double x) { return std::erfc(-x / std::sqrt(2.0)) / 2; }

std::pair<double, double> reference_loops::turn_of(rotation const& by, std::size_t n, std::size_t i, std::size_t size) {
    auto const position = static_cast<double>(by.first + static_cast<std::int64_t>(n) * by.step);
    auto const angle = position * std::pow(10000.0, -2 * static_cast<double>(i) / static_cast<double>(size));
    return {std::cos(angle), std::sin(angle)};
}

template <class T> std::shared_ptr<operations<T>> reference_operations() { return std::make_shared<reference<T>>(); }
template std::shared_ptr<operations<float>> reference_operations();
template std::shared_ptr<operations<double>> reference_operations();
}
