#pragma once
#include <cmath>

/// The larger of two distances, and NaN if one of them is: `std::max(worst, NaN)` would be `worst`.
template <class T> [[nodiscard]] T worse_of(T a, T b) { return std::isnan(a) || b <= a ? a : b; }
