module;
#include <memory>
#include <string>
module wordmill.nn;
import :cpu;
import :operations;
import wordmill.compute;

namespace wordmill {
namespace detail {
namespace {
struct shared_owner {
    cpu_shared shared;
};

class cpu_arithmetic final : shared_owner,
                             public operations<float>,
                             cpu_memory,
                             cpu_products,
                             cpu_elements,
                             cpu_losses,
                             cpu_rows,
                             cpu_recurrent,
                             cpu_attention,
                             cpu_transformer,
                             cpu_addressing,
                             cpu_updates {
public:
    cpu_arithmetic(unsigned threads, precision products)
        : shared_owner{{threads, products}},
          operations<float>(processor_queue()),
          cpu_memory(shared),
          cpu_products(shared),
          cpu_elements(shared),
          cpu_losses(shared),
          cpu_rows(shared),
          cpu_recurrent(shared),
          cpu_attention(shared),
          cpu_transformer(shared),
          cpu_addressing(shared),
          cpu_updates(shared) {}

    void affine(device_view<float const> x, transposed form, device_view<float const> w, device_view<float const> b,
                device_view<float> y) override {
        cpu_products::affine(x, form, w, b, y);
    }
    void hold_weights() override { shared.hold_weights(); }
    void release_weights() noexcept override { shared.release_weights(); }
    void sum(device_view<float const> a, device_view<float const> b, device_view<float> y) override {
        cpu_elements::sum(a, b, y);
    }
    void sum_dropped(dropout_mask const& mask, device_view<float const> a, device_view<float const> b,
                     device_view<float> y) override {
        cpu_elements::sum_dropped(mask, a, b, y);
    }

    std::string name() const override {
        auto const threads = shared.team.members();
        return "cpu, " + std::to_string(threads) + (threads == 1 ? " thread" : " threads")
               + (shared.half ? ", bf16" : "");
    }
};
}
}

std::shared_ptr<operations<float>> cpu_operations(unsigned threads, precision products) {
    if (products == precision::tf32)
        throw error(failure::usage, "CPU: expected products in fp32 or bf16, found tf32", {}, "tf32 needs a GPU");
    return std::make_shared<detail::cpu_arithmetic>(threads, products);
}
}
