#pragma once
// Included before the imports of a unit: nanobind and the standard library, as text.
#include <Python.h>
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <exception>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace nb = nanobind;

void bind_batches(nb::module_& m);
void bind_errors(nb::module_& m);
void bind_language_model(nb::module_& m);
void bind_phrases(nb::module_& m);
void bind_run(nb::module_& m);
void bind_seq2seq(nb::module_& m);
void bind_sources(nb::module_& m);
void bind_vectors(nb::module_& m);
void bind_vocabulary(nb::module_& m);
void bind_training(nb::module_& m);

/// A Python object that any thread may drop, also one without the GIL: a generator can be destroyed half-way anywhere.
class held_object {
public:
    held_object() = default;
    /// Called with the GIL.
    explicit held_object(nb::object object) : object_(std::move(object)) {}
    held_object(held_object const&) = delete;
    held_object& operator=(held_object const&) = delete;
    ~held_object() {
        if (!object_.is_valid()) return;
        nb::gil_scoped_acquire const gil;
        if (gil.is_valid())
            object_.reset();
        else
            (void)object_.release(); // the interpreter is going down: leak
    }
    [[nodiscard]] nb::object& operator*() noexcept { return object_; }
    [[nodiscard]] nb::object const& operator*() const noexcept { return object_; }

private:
    nb::object object_;
};

/// Words are bytes in the library; bytes that are not UTF-8 become lone surrogates in Python, and back.
[[nodiscard]] nb::str to_python(std::string_view word);
/// The bytes of a `str`; `space` holds them where Python has no UTF-8 of it. TypeError for other objects.
[[nodiscard]] std::string_view bytes_of(nb::handle word, std::string& space);
/// The bytes of a path: `str`, `bytes` or `os.PathLike`.
[[nodiscard]] std::string path_text(nb::handle path);

/// A read-only array of numbers that `owner` keeps alive.
template <class T> [[nodiscard]] nb::object array_of(std::span<T const> numbers, nb::handle owner) {
    return nb::cast(nb::ndarray<nb::numpy, T const, nb::ndim<1>>(numbers.data(), {numbers.size()}, owner));
}
/// An array that owns a copy of the numbers.
template <class T, class Shape> [[nodiscard]] nb::object owned_array(std::vector<T> numbers, Shape const& shape) {
    auto kept = std::make_unique<std::vector<T>>(std::move(numbers));
    auto* const data = kept->data();
    nb::capsule const owner(kept.release(), [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
    return nb::cast(nb::ndarray<nb::numpy, T>(data, shape.size(), shape.data(), owner));
}
