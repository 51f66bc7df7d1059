export module wordmill.stream:take;
import :adaptor;
import :generator;
import wordmill.standard;

namespace wordmill {
namespace detail {
template <class T> generator<T> run_take(generator<T> source, std::uint64_t count) {
    if (count == 0) co_return;
    for (auto&& item : source) {
        co_yield static_cast<typename generator<T>::reference>(item);
        if (--count == 0) co_return; // before reading more of the source
    }
}
}

/// The first `count` items, or all of them if there are fewer. The source is not advanced past them.
export template <class T> [[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] generator<T>
take(generator<T> source, std::uint64_t count) {
    return detail::run_take(std::move(source), count);
}

/// As an adaptor: `source | take(100)`.
export [[nodiscard]] inline auto take(std::uint64_t count) {
    return adaptor{[count]<class T> [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] (generator<T> source) {
        return detail::run_take(std::move(source), count);
    }};
}
}
