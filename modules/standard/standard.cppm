module;
#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <charconv>
#include <cmath>
#include <compare>
#include <concepts>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <exception>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <numbers>
#include <optional>
#include <ranges>
#include <source_location>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>
export module wordmill.standard;

// The names of the standard library that interface units use. A unit that includes a standard header itself keeps a
// copy of it, and the compiler merges the copies of all imports in every unit: a build took three times as long.
export namespace std {
using std::abs;
using std::add_pointer_t;
using std::addressof;
using std::align_val_t;
using std::aligned_alloc;
using std::array;
using std::as_const;
using std::atomic;
using std::bad_alloc;
using std::bit_cast;
using std::bit_width;
using std::chars_format;
using std::clamp;
using std::conditional_t;
using std::convertible_to;
using std::copy_constructible;
using std::coroutine_handle;
using std::coroutine_traits;
using std::cos;
using std::current_exception;
using std::default_initializable;
using std::default_sentinel_t;
using std::deque;
using std::derived_from;
using std::endian;
using std::errc;
using std::exception_ptr;
using std::exchange;
using std::exp;
using std::forward;
using std::free;
using std::from_chars;
using std::function;
using std::hash;
using std::initializer_list;
using std::input_iterator_tag;
using std::int64_t;
using std::invocable;
using std::invoke_result_t;
using std::is_lvalue_reference_v;
using std::is_reference_v;
using std::is_rvalue_reference_v;
using std::isfinite;
using std::isnan;
using std::ldexp;
using std::log;
using std::log1p;
using std::logic_error;
using std::make_unique;
using std::map;
using std::max;
using std::memcmp;
using std::memcpy;
using std::memory_order_acq_rel;
using std::memory_order_acquire;
using std::memory_order_relaxed;
using std::memory_order_release;
using std::memset;
using std::min;
using std::move;
using std::mutex;
using std::nearbyint;
using std::noop_coroutine;
using std::nullopt;
using std::numeric_limits;
using std::optional;
using std::pair;
using std::partial_ordering;
using std::pop_heap;
using std::pow;
using std::ptrdiff_t;
using std::push_heap;
using std::remove_cvref_t;
using std::remove_reference_t;
using std::rethrow_exception;
using std::runtime_error;
using std::same_as;
using std::scoped_lock;
using std::shared_ptr;
using std::size_t;
using std::source_location;
using std::span;
using std::sqrt;
using std::string;
using std::string_view;
using std::strong_ordering;
using std::suspend_always;
using std::swap;
using std::system_error;
using std::tanh;
using std::thread;
using std::to_chars;
using std::to_string;
using std::type_identity;
using std::uint16_t;
using std::uint32_t;
using std::uint64_t;
using std::uint8_t;
using std::unique_ptr;
using std::vector;
using std::operator+;
namespace filesystem {
using std::filesystem::path;
}
namespace numbers {
using std::numbers::pi;
}
namespace ranges {
using std::ranges::copy;
using std::ranges::fill;
using std::ranges::max;
using std::ranges::sort;
}
}

// Not in std, and std::make_shared not at all: classes there befriend them, and clang 19 takes no name that comes from
// a using-declaration for a friend.
export namespace wordmill {
using std::operator==;
using std::operator<=>;
}

#ifdef __GLIBCXX__ // the iterators of its vectors
export namespace __gnu_cxx {
using __gnu_cxx::operator-;
using __gnu_cxx::operator<=>;
using __gnu_cxx::operator==;
}
#endif
