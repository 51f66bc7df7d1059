export module wordmill.stream:generator;
import wordmill.standard;

namespace wordmill {
/// `co_yield elements_of(inner)` yields all elements of another generator of the same type.
export template <class R> struct elements_of {
    R range;
};
export template <class R> elements_of(R&&) -> elements_of<R&&>;

/// A lazy, move-only, single-pass sequence made by a coroutine, modelled on C++23's std::generator.
/// The yielded reference is valid until the next increment: a consumer that keeps the value copies or moves it.
/// Exceptions are thrown by `begin()` or `++`. Call `begin()` once. Not to be shared between threads, but a generator
/// may be resumed on another thread than the one that made it.
export template <class T> class [[nodiscard, clang::coro_return_type, clang::coro_lifetimebound]] generator {
public:
    using value_type = std::remove_cvref_t<T>;
    using reference = std::conditional_t<std::is_reference_v<T>, T, T&&>;
    class promise_type;
    class iterator;

    generator() = default;
    generator(generator&& other) noexcept : coroutine_(std::exchange(other.coroutine_, {})) {}
    generator& operator=(generator other) noexcept {
        std::swap(coroutine_, other.coroutine_);
        return *this;
    }
    ~generator() {
        if (coroutine_) coroutine_.destroy();
    }

    [[nodiscard]] iterator begin() {
        if (coroutine_) coroutine_.promise().resume();
        return iterator(coroutine_);
    }
    [[nodiscard]] inline std::default_sentinel_t end() const noexcept { return {}; }

private:
    using handle = std::coroutine_handle<promise_type>;
    explicit generator(handle h) noexcept : coroutine_(h) {}
    handle coroutine_{};
};

template <class T> class generator<T>::promise_type {
public:
    promise_type() noexcept : root_(this), leaf_(handle::from_promise(*this)) {}
    promise_type(promise_type const&) = delete;

    generator get_return_object() noexcept { return generator(handle::from_promise(*this)); }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    struct final_awaiter {
        bool await_ready() const noexcept { return false; }
        std::coroutine_handle<> await_suspend(handle h) const noexcept {
            auto& promise = h.promise();
            if (!promise.parent_) return std::noop_coroutine();
            promise.root_->leaf_ = promise.parent_;
            return promise.parent_;
        }
        void await_resume() const noexcept {}
    };
    final_awaiter final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    // Kept and rethrown where it is resumed: in the consumer, or in the generator that this one is nested in.
    void unhandled_exception() noexcept { error_ = std::current_exception(); }

    std::suspend_always yield_value(reference value) noexcept {
        root_->value_ = std::addressof(value);
        return {};
    }
    /// An lvalue that a generator<T> yields is copied, and the copy is kept during the suspension.
    struct copy_awaiter : std::suspend_always {
        value_type copy;
        template <class U> explicit copy_awaiter(U&& value) : copy(std::forward<U>(value)) {}
        void await_suspend(handle h) noexcept { h.promise().root_->value_ = std::addressof(copy); }
    };
    copy_awaiter yield_value(std::remove_reference_t<reference> const& value)
        requires(std::is_rvalue_reference_v<reference> && std::copy_constructible<value_type>)
    {
        return copy_awaiter(value);
    }

    struct nested_awaiter {
        generator inner;
        bool await_ready() const noexcept { return !inner.coroutine_; }
        handle await_suspend(handle self) noexcept {
            auto& promise = inner.coroutine_.promise();
            promise.parent_ = self;
            promise.root_ = self.promise().root_;
            promise.root_->leaf_ = inner.coroutine_;
            return inner.coroutine_;
        }
        void await_resume() {
            if (auto e = inner.coroutine_ ? inner.coroutine_.promise().error_ : nullptr) std::rethrow_exception(e);
        }
    };
    nested_awaiter yield_value(elements_of<generator&&> nested) noexcept { return {std::move(nested.range)}; }
    nested_awaiter yield_value(elements_of<generator&> nested) noexcept { return {std::move(nested.range)}; }
    void await_transform() = delete; // no co_await inside a generator

    inline void resume() {
        leaf_.resume();
        if (error_) [[unlikely]]
            std::rethrow_exception(std::exchange(error_, nullptr));
    }

private:
    friend iterator;
    promise_type* root_;
    handle leaf_;
    handle parent_{};
    std::exception_ptr error_{};
    std::add_pointer_t<reference> value_{};
};

template <class T> class generator<T>::iterator {
public:
    using iterator_concept = std::input_iterator_tag;
    using iterator_category = std::input_iterator_tag;
    using value_type = generator::value_type;
    using reference = generator::reference;
    using difference_type = std::ptrdiff_t;
    using pointer = void;

    iterator() = default;
    inline reference operator*() const { return static_cast<reference>(*coroutine_.promise().value_); }
    inline iterator& operator++() {
        coroutine_.promise().resume();
        return *this;
    }
    inline void operator++(int) { ++*this; }
    friend inline bool operator==(iterator const& it, std::default_sentinel_t) noexcept {
        return !it.coroutine_ || it.coroutine_.done();
    }

private:
    friend generator;
    explicit iterator(handle h) noexcept : coroutine_(h) {}
    handle coroutine_{};
};
}
