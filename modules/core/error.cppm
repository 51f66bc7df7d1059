export module wordmill.core:error;
import wordmill.standard;

namespace wordmill {
/// Kinds of failure. The values are the exit codes of the command (from sysexits.h).
export enum class failure : int {
    internal = 1,       ///< a bug in Wordmill
    usage = 2,          ///< an option or argument out of range
    bad_data = 65,      ///< malformed input
    no_input = 66,      ///< input missing or unreadable
    unavailable = 69,   ///< a device, service or optional component that is missing
    resource = 71,      ///< memory, threads, open files
    cannot_create = 73, ///< output cannot be created
    io = 74,            ///< reading or writing failed; disk full
    interrupted = 75,   ///< stopped on request, resumable
    configuration = 78, ///< a configuration file or environment that cannot be used
};

/// The place in the input where something went wrong. Unknown parts stay empty.
export struct place {
    std::string file{};
    std::optional<std::uint64_t> member{}; ///< compressed member, frame or stream, from 1
    std::optional<std::uint64_t> record{}; ///< record (JSON object, page, row), from 1
    std::optional<std::uint64_t> line{};   ///< line, from 1
    std::optional<std::uint64_t> byte{};   ///< byte offset in the decoded file, from 0

    /// "corpus.txt.gz, member 2, line 17, byte 345"; empty when no part is known.
    [[nodiscard]] std::string text() const;
    [[nodiscard]] bool operator==(place const&) const = default;
};

/// The library's exception for bad input and system failures. `what()` is a single line: the place, what was expected,
/// what was found, and the hint.
export class error : public std::runtime_error {
public:
    error(failure kind, std::string_view message, place where = {}, std::string_view hint = {});

    [[nodiscard]] failure kind() const noexcept { return kind_; }
    [[nodiscard]] place const& where() const noexcept { return where_; }
    /// The text without place and hint.
    [[nodiscard]] std::string const& message() const noexcept { return message_; }
    [[nodiscard]] std::string const& hint() const noexcept { return hint_; }

private:
    failure kind_;
    place where_;
    std::string message_;
    std::string hint_;
};

/// The kind of failure behind `errno_value`: `resource` when a limit of memory, threads, locks or open files is
/// reached, `io` when a disk is full or broken or a file too large, otherwise `kind`.
export [[nodiscard]] failure kind_of(int errno_value, failure kind) noexcept;

/// An error whose message ends with the text of `errno_value`: "message: No such file or directory". Its kind is
/// `kind_of(errno_value, kind)`; without a hint, that of a limit names the limit.
export [[nodiscard]] error system_error(failure kind, std::string_view message, int errno_value, place where = {},
                                        std::string_view hint = {});

/// A broken precondition: a bug in the caller.
export class contract_violation : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

export [[noreturn]] void contract_failed(char const* message, std::source_location where);

/// Throws `contract_violation` naming the caller's file and line when `holds` is false.
export constexpr void expect(bool holds, char const* message,
                             std::source_location where = std::source_location::current()) {
    if (!holds) [[unlikely]]
        contract_failed(message, where);
}

/// The product a * b; a `failure::resource` if it overflows.
export [[nodiscard]] constexpr std::size_t checked_product(std::size_t a, std::size_t b) {
    std::size_t product = 0;
    if (__builtin_mul_overflow(a, b, &product)) throw error(failure::resource, "a size overflows 64 bits");
    return product;
}

/// The sum a + b; a `failure::bad_data` if it overflows, since counts never wrap.
export [[nodiscard]] constexpr std::uint64_t checked_sum(std::uint64_t a, std::uint64_t b) {
    std::uint64_t sum = 0;
    if (__builtin_add_overflow(a, b, &sum)) throw error(failure::bad_data, "a count overflows 64 bits");
    return sum;
}
}
