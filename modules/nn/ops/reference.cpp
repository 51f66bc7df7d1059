module;
#include <memory>
#include <string>
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
                                           reference_addressing<T>,
                                           reference_updates<T> {
public:
    reference() : operations<T>(processor_queue()) {}
    std::string name() const override { return "reference"; }
};
}

template <class T> std::shared_ptr<operations<T>> reference_operations() { return std::make_shared<reference<T>>(); }
template std::shared_ptr<operations<float>> reference_operations();
template std::shared_ptr<operations<double>> reference_operations();
}
