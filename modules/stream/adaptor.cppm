export module wordmill.stream:adaptor;
import :generator;
import wordmill.standard;

namespace wordmill {
/// A stage without its source: `source | adaptor` makes the composed generator, lazily.
/// `make` takes a generator by value and returns a generator. When it is a lambda, mark it
/// `[options] [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] (generator<T> source) { ... }`
/// and let it call a coroutine that owns what it reads.
export template <class Make> struct adaptor {
    Make make;
};
export template <class Make> adaptor(Make) -> adaptor<Make>;

export template <class T, class Make>
    requires std::invocable<Make, generator<T>>
[[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] auto operator|(generator<T>&& source,
                                                                                     adaptor<Make> stage) {
    return std::move(stage.make)(std::move(source));
}

/// A generator is single-pass: pass it with std::move, or write the pipeline in one expression.
export template <class T, class Make> void operator|(generator<T>& source, adaptor<Make> stage) = delete;

/// Composes two adaptors into one.
export template <class First, class Second> [[nodiscard]] auto operator|(adaptor<First> first, adaptor<Second> second) {
    return adaptor{[f = std::move(first.make),
                    s = std::move(second.make)]<class T> [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] (
                       generator<T> source) mutable { return std::move(s)(std::move(f)(std::move(source))); }};
}
}
