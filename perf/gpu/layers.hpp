// Measures layers of language models and of sequence-to-sequence models.
#pragma once
#include "figures.hpp"

namespace perf::gpu {
/// Adds figures of groups "lm" and "layers". `small`: sizes for compute-sanitizer and the emulator.
void measure_layers(figures& out, int repeats, bool small);
}
