export module wordmill.nn:memory_operations;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// Operations that move values within the memory of a device.
export template <class T> class memory_operations {
public:
    virtual ~memory_operations() = default;
    virtual void copy(device_view<T const> from, device_view<T> to) = 0;
    virtual void fill(device_view<T> x, T value) = 0;
};
}
