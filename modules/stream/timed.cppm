export module wordmill.stream:timed;
import :generator;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
namespace detail {
/// Of a clock that never goes back.
[[nodiscard]] std::int64_t steady_nanoseconds();
}

/// The source as it is, while `watch` is told how long its consumer waits for it.
export template <class T> [[nodiscard]] generator<T> timed(generator<T> source, monitor watch) {
    auto before = detail::steady_nanoseconds();
    watch.source_awaited();
    for (auto&& block : source) {
        watch.source_delivered(detail::steady_nanoseconds() - before);
        co_yield std::move(block);
        before = detail::steady_nanoseconds();
        watch.source_awaited();
    }
    watch.source_delivered(detail::steady_nanoseconds() - before);
}
}
