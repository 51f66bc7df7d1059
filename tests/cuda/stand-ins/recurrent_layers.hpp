// The stand-in for cuDNN among the stand-ins for NVIDIA's libraries.
#pragma once

/// A function of cuDNN by its name, or null.
[[nodiscard]] void* find_recurrent_function(char const* name);
