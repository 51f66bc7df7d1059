module;
#include <cerrno>
#include <cstdint>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
module wordmill.core;

namespace wordmill {
namespace {
/// Control characters would let a file name or a token write to the terminal; they are shown as \xNN.
std::string printable(std::string_view text) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    out.reserve(text.size());
    for (char c : text) {
        auto const u = static_cast<unsigned char>(c);
        if (u < 0x20 || u == 0x7f) {
            out += "\\x";
            out += digits[u >> 4];
            out += digits[u & 15];
        } else {
            out += c;
        }
    }
    return out;
}

std::string line_of(std::string_view message, place const& where, std::string_view hint) {
    std::string out = where.text();
    if (!out.empty()) out += ": ";
    out += printable(message);
    if (!hint.empty()) {
        out += " (";
        out += printable(hint);
        out += ')';
    }
    return out;
}
}

std::string place::text() const {
    std::string out = printable(file);
    auto part = [&](char const* name, std::optional<std::uint64_t> const& value) {
        if (!value) return;
        if (!out.empty()) out += ", ";
        out += name;
        out += ' ';
        out += std::to_string(*value);
    };
    part("member", member);
    part("record", record);
    part("line", line);
    part("byte", byte);
    return out;
}

error::error(failure kind, std::string_view message, place where, std::string_view hint)
    : std::runtime_error(line_of(message, where, hint)),
      kind_(kind),
      where_(std::move(where)),
      message_(message),
      hint_(hint) {}

failure kind_of(int errno_value, failure kind) noexcept {
    switch (errno_value) {
    case EAGAIN: // threads
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOLCK:
    case ENOMEM: return failure::resource;
    case EDQUOT:
    case EFBIG:
    case EIO:
    case ENOSPC: return failure::io;
    default: return kind;
    }
}

namespace {
std::string_view hint_for(int errno_value) {
    switch (errno_value) {
    case EMFILE: return "the limit of open files is reached: raise it (ulimit -n) or give fewer files or --threads";
    case ENFILE: return "the machine's limit of open files is reached";
    case EAGAIN: return "a limit of threads (ulimit -u, pids.max of the cgroup) or of memory (ulimit -v) is reached";
    case ENOMEM: return "a smaller --memory or fewer --threads may do, or a higher limit (ulimit -v)";
    case EDQUOT:
    case ENOSPC: return "free some space or name another folder";
    case EFBIG: return "the limit of the size of a file (ulimit -f) is reached";
    default: return {};
    }
}
}

error system_error(failure kind, std::string_view message, int errno_value, place where, std::string_view hint) {
    std::string text{message};
    text += ": ";
    text += std::generic_category().message(errno_value);
    auto const now = kind_of(errno_value, kind);
    bool const limit = now != kind && now == failure::resource; // then the hint for the expected failure does not help
    return {now, text, std::move(where), hint.empty() || limit ? hint_for(errno_value) : hint};
}

void contract_failed(char const* message, std::source_location where) {
    throw contract_violation(std::string(where.file_name()) + ":" + std::to_string(where.line()) + ": " + message);
}
}
