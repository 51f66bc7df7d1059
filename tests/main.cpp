// main() of every test program. With the environment variable WORDMILL_VECTOR_TARGET it uses fewer vector instructions
// than the processor has (AVX2, SSE4, emulation, ...), and where the processor lacks them it says so and ends with 77,
// which ctest counts as skipped.
#include "../perf/vector_target.hpp"
#include <boost/test/unit_test.hpp>
#include <cstdio>

int main(int arguments, char** words) {
    if (!vector_target::limit_as_asked()) {
        std::printf("skipped: this processor has no %s\n", std::getenv("WORDMILL_VECTOR_TARGET"));
        return 77;
    }
    return boost::unit_test::unit_test_main([] { return true; }, arguments, words);
}
