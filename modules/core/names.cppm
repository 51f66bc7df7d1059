export module wordmill.core:names;
import :error;
import wordmill.standard;

namespace wordmill {
/// A value and its name in options, notes and files. An array of them next to an enumeration is the only list of its
/// names.
export template <class T> struct named_value {
    std::string_view name;
    T value;
};

/// The first name of `value`; empty when the list has none.
export template <class T, std::size_t N>
[[nodiscard]] constexpr std::string_view name_in(named_value<T> const (&names)[N], T value) noexcept {
    for (auto const& each : names)
        if (each.value == value) return each.name;
    return {};
}

/// The value whose name `text` is; `failure::usage` with option and choices when it is none of them.
export template <class T, std::size_t N>
[[nodiscard]] T choose(std::string_view option, std::string_view text, named_value<T> const (&choices)[N]) {
    std::string names;
    for (auto const& choice : choices) {
        if (choice.name == text) return choice.value;
        if (!names.empty()) names += ", ";
        names += choice.name;
    }
    throw error(failure::usage,
                std::string(option) + ": expected one of " + names + "; found '" + std::string(text) + "'");
}

/// "yes" or "no", as notes say it.
export [[nodiscard]] inline std::string yes_no(bool value) { return value ? "yes" : "no"; }
}
