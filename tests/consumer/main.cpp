#include <coroutine>
#include <cstdio>
import wordmill.device;
import wordmill.stream;

wordmill::generator<int> numbers(int last) {
    for (int n = 1; n <= last; ++n) co_yield n;
}

int main() {
    int sum = 0;
    for (int n : numbers(4)) sum += n;
    std::printf("sum %d, CUDA: %s\n", sum, wordmill::query_cuda().reason.c_str());
    return sum == 10 ? 0 : 1;
}
