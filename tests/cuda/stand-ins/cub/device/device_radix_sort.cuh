// Replaces the CUB header of this name: the functions that are used, on the host.
#pragma once
#include "../../../emulator/emulator.hpp"
#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>
#include <string>
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
            constexpr int digit_bits = 8;
            std::vector<std::pair<Key, Value>> all(count), sorted(count);
            for (std::size_t i = 0; i < count; ++i) all[i] = {from[i], value_from[i]};
            for (int bit = low; bit < high; bit += digit_bits) {
                auto const mask = (Key{1} << std::min(digit_bits, high - bit)) - 1;
                auto const digit = [=](auto const& x) { return static_cast<std::size_t>(x.first >> bit & mask); };
                std::array<std::size_t, (1 << digit_bits) + 1> starts{};
                for (auto const& x : all) ++starts[digit(x) + 1];
                std::partial_sum(starts.begin(), starts.end(), starts.begin());
                for (auto const& x : all) sorted[starts[digit(x)]++] = x;
                std::swap(all, sorted);
            }
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
