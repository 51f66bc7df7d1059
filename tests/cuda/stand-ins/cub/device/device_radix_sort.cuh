// Replaces the CUB header of this name: the functions that are used, done by std::stable_sort.
#pragma once
#include "../../../emulator/emulator.hpp"
#include <algorithm>
#include <cstddef>
#include <tuple>
#include <utility>
#include <vector>

namespace cub {
template <class T> class DoubleBuffer {
public:
    DoubleBuffer(T* current, T* other) : current_(current), other_(other) {}
    [[nodiscard]] T* Current() const { return current_; }
    T* exchange() { return std::swap(current_, other_), other_; } // where it was

private:
    T *current_, *other_;
};

struct DeviceRadixSort {
    template <class Key, class Value>
    static cudaError_t SortPairs(void* memory, std::size_t& bytes, DoubleBuffer<Key>& keys, DoubleBuffer<Value>& values,
                                 std::size_t count, int low, int high, cudaStream_t stream) {
        if (memory == nullptr) return bytes = 1, cudaSuccess;
        auto const* const from = keys.exchange();
        auto const* const value_from = values.exchange();
        return emulator::enqueue(stream, [=, to = keys.Current(), value_to = values.Current()] {
            auto const part = [=](auto const& x) {
                return x.first << (8 * sizeof(Key) - high) >> (8 * sizeof(Key) - high + low);
            };
            std::vector<std::pair<Key, Value>> all(count);
            for (std::size_t i = 0; i < count; ++i) all[i] = {from[i], value_from[i]};
            std::ranges::stable_sort(all, {}, part);
            for (std::size_t i = 0; i < count; ++i) std::tie(to[i], value_to[i]) = all[i];
            return std::string();
        });
    }
    template <class Key> static cudaError_t SortKeys(void* memory, std::size_t& bytes, DoubleBuffer<Key>& keys,
                                                     std::size_t count, int low, int high, cudaStream_t stream) {
        auto values = keys; // each its own
        return SortPairs(memory, bytes, keys, values, count, low, high, stream);
    }
};
}
