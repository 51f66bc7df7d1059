module;
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
module wordmill.text;
import wordmill.stream;

namespace wordmill {
std::uint64_t count_newlines(std::string_view text) noexcept {
    std::uint64_t count = 0;
    while (!text.empty()) { // as many as a byte can count: a vector register then counts in bytes
        unsigned char some = 0;
        auto const now = text.substr(0, 255);
        for (char const c : now) some += c == '\n' ? 1 : 0;
        count += some;
        text.remove_prefix(now.size());
    }
    return count;
}

generator<sentence> sentences(generator<text_block> blocks) {
    std::string joined; // the beginning of a sentence that came in pieces
    bool joining = false;
    for (auto&& block : blocks) {
        std::string_view const text = block.text;
        std::uint64_t skip = block.skip;
        std::uint64_t taken = 0;
        std::size_t document = 0;
        position next;
        for (std::size_t begin = 0; begin < text.size();) {
            auto const newline = text.find('\n', begin);
            auto const end = newline == std::string_view::npos ? text.size() : newline;
            if (newline == std::string_view::npos && block.continued) {
                if (!joining) joined.clear();
                joining = true;
                joined += text.substr(begin);
                break;
            }
            auto const after = end + 1;
            std::size_t ended = 0;
            for (; document < block.document_ends.size() && block.document_ends[document] <= after; ++document) ++ended;
            ++taken;
            if (joining) joined += text.substr(begin, end - begin);
            auto const whole = joining ? std::string_view(joined) : text.substr(begin, end - begin);
            joining = false;
            begin = after;
            if (taken <= skip) continue;
            if (after >= text.size()) {
                next = block.next;
            } else {
                next = block.start;
                next.skip = taken;
            }
            co_yield sentence{whole, ended > 0, &next};
        }
    }
}
}
