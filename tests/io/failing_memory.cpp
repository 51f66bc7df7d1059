#include "failing_memory.hpp"
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {
std::atomic<long> until_failure{0};
}

failing_memory::failing_memory(long nth) { until_failure = nth; }
failing_memory::~failing_memory() { until_failure = 0; }

void* operator new(std::size_t bytes) {
    if (until_failure > 0 && --until_failure == 0) throw std::bad_alloc();
    void* const memory = std::malloc(bytes > 0 ? bytes : 1);
    if (!memory) throw std::bad_alloc();
    return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
