export module wordmill.stream:stage;
import :adaptor;
import :generator;
import :position;
import wordmill.standard;

namespace wordmill {
namespace detail {
struct no_scratch {};
template <class Stage> struct scratch_of {
    using type = no_scratch;
};
template <class Stage>
    requires requires { typename Stage::scratch; }
struct scratch_of<Stage> {
    using type = typename Stage::scratch;
};
template <class Stage> using scratch_t = typename scratch_of<Stage>::type;

template <class Stage, class In>
concept uses_scratch = std::invocable<Stage const&, In&&, scratch_t<Stage>&>;

template <class Stage, class In> consteval auto result_tag() {
    static_assert(
        uses_scratch<Stage, In> || std::invocable<Stage const&, In&&>,
        "a stage is called as `stage(std::move(block))` on a const object: give it `Out operator()(In) const` "
        "(or (In const&), (In&&), or with its own `scratch` type (In&&, scratch&))");
    if constexpr (uses_scratch<Stage, In>)
        return std::type_identity<std::invoke_result_t<Stage const&, In&&, scratch_t<Stage>&>>{};
    else
        return std::type_identity<std::invoke_result_t<Stage const&, In&&>>{};
}

/// Calls the stage and copies the header of its input to its output.
template <class Stage, class In, class Scratch> auto run_stage(Stage const& stage, In& block, Scratch& scratch) {
    using out = std::remove_cvref_t<typename decltype(result_tag<Stage, In>())::type>;
    auto const call = [&]() -> out {
        if constexpr (uses_scratch<Stage, In>)
            return stage(std::move(block), scratch);
        else
            return stage(std::move(block));
    };
    if constexpr (std::derived_from<In, block_header> && std::derived_from<out, block_header>) {
        block_header header = block; // before the stage moves it away
        out result = call();
        static_cast<block_header&>(result) = std::move(header);
        return result;
    } else {
        return call();
    }
}
}

/// The result type of stage `Stage` for an input `In`.
export template <class Stage, class In> using stage_result =
    std::remove_cvref_t<typename decltype(detail::result_tag<Stage, In>())::type>;

namespace detail {
template <class T, class Stage>
generator<stage_result<Stage, typename generator<T>::value_type>> run_sequential(generator<T> source, Stage stage) {
    static_assert(alignof(Stage) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__
                      && alignof(scratch_t<Stage>) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__,
                  "a coroutine frame cannot hold a stage or scratch of a wider alignment: keep it on the heap");
    scratch_t<Stage> scratch{};
    for (auto&& item : source) {
        typename generator<T>::value_type block = std::forward<decltype(item)>(item);
        co_yield run_stage(stage, block, scratch);
    }
}
}

/// Applies `stage` to each block in turn, on the consumer's thread: the plain form of `parallel`, equal block for
/// block. A stage is a const call from block to block (`Out operator()(In) const`, by value, reference or rvalue) that
/// may run on many threads at once. When both blocks have a `block_header`, it is copied for the stage. A stage that
/// needs working memory names a default-constructible type `scratch` and is called `stage(block, scratch&)`; each
/// thread has its own.
export template <class T, class Stage> [[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] auto
sequential(generator<T> source, Stage stage) {
    return detail::run_sequential(std::move(source), std::move(stage));
}

/// Two stages in one, `first` before `second`. The block between them stays on the thread that made it.
export template <class First, class Second> class chained {
public:
    struct scratch {
        detail::scratch_t<First> first{};
        detail::scratch_t<Second> second{};
    };
    chained(First first, Second second) : first_(std::move(first)), second_(std::move(second)) {}

    template <class In>
        requires(!std::is_lvalue_reference_v<In>)
    [[nodiscard]] auto operator()(In&& block, scratch& space) const {
        auto middle = detail::run_stage(first_, block, space.first);
        return detail::run_stage(second_, middle, space.second);
    }

private:
    First first_;
    Second second_;
};

/// `source | parallel(chain(encode(...), subsample(...)))`.
export template <class First, class Second> [[nodiscard]] auto chain(First first, Second second) {
    return chained<First, Second>(std::move(first), std::move(second));
}

/// As an adaptor: `source | sequential(stage)`.
export template <class Stage> [[nodiscard]] auto sequential(Stage stage) {
    return adaptor{
        [stage = std::move(stage)]<class T> [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] (
            generator<T> source) mutable { return detail::run_sequential(std::move(source), std::move(stage)); }};
}
}
