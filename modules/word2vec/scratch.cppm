module wordmill.word2vec:scratch;
import wordmill.core;
import :example_lists;
import :model;
import wordmill.standard;

namespace wordmill {
/// A growing array of floats that starts at a cache line.
class aligned_floats {
public:
    /// Provides at least `floats` floats; earlier contents may be lost.
    [[nodiscard]] float* reserve(std::size_t floats) {
        if (floats_ < floats) {
            memory_.reset();
            floats_ = 0;
            memory_.reset(static_cast<float*>(::operator new(checked_product(floats, sizeof(float)), cache_line)));
            floats_ = floats;
        }
        return memory_.get();
    }

private:
    static constexpr std::align_val_t cache_line{64};
    struct release {
        void operator()(float* memory) const noexcept { ::operator delete(memory, cache_line); }
    };
    std::unique_ptr<float[], release> memory_{};
    std::size_t floats_ = 0;
};

struct detail::working_memory {
    aligned_floats floats{};
    example_lists lists{}; ///< for models with subwords
};
}
