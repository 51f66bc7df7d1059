module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
module wordmill.corpora;
import :content;
import :json_batches;
import :records;
import wordmill.io;
import wordmill.text;

namespace wordmill::detail {
line_gatherer::line_gatherer(std::uint64_t file, byte_options const& from, std::uint64_t line,
                             std::uint64_t max_line_bytes)
    : max_line_bytes_(max_line_bytes) {
    pending_.file = file;
    pending_.byte = from.byte;
    pending_.line = line;
    pending_.restarts.push_back({from.restart, from.restart_byte});
}

void line_gatherer::add(byte_block& block) {
    if (block.byte == 0) {
        pending_.other_bytes = byte_order_mark(block.bytes);
        block.bytes.erase(0, pending_.other_bytes);
        pending_.byte += pending_.other_bytes;
    }
    restart_point const restart{block.restart, block.restart_byte};
    if (pending_.restarts.back() != restart) pending_.restarts.push_back(restart);
    std::string_view bytes = block.bytes;
    if (pending_.too_long > 0) { // inside a line that will be refused: only its length matters
        auto const end = bytes.find('\n');
        auto const skipped = end == bytes.npos ? bytes.size() : end + 1;
        pending_.too_long += skipped;
        bytes.remove_prefix(skipped);
        if (end == std::string_view::npos) return;
        rest_ = bytes;
        complete_ = true;
        return;
    }
    auto const end = bytes.rfind('\n');
    if (end != std::string_view::npos) whole_ = pending_.bytes.size() + end + 1;
    pending_.bytes += bytes;
    // A long tail is moved away from the whole lines before it, so that its length can be judged.
    if (whole_ >= json_batch_bytes || (whole_ > 0 && pending_.bytes.size() - whole_ > json_batch_bytes)) {
        rest_ = pending_.bytes.substr(whole_);
        pending_.bytes.resize(whole_);
        complete_ = true;
    } else if (whole_ == 0 && pending_.bytes.size() > max_line_bytes_) {
        pending_.too_long = pending_.bytes.size();
        pending_.bytes.resize(std::min<std::size_t>(pending_.bytes.size(), 256));
        pending_.bytes.shrink_to_fit();
    }
}

json_batch line_gatherer::take(bool at_end) {
    if (!complete_ && !at_end && pending_.too_long == 0) {
        rest_ = pending_.bytes.substr(whole_);
        pending_.bytes.resize(whole_);
    }
    auto out = std::move(pending_);
    pending_ = {};
    pending_.file = out.file;
    pending_.byte = out.byte + (out.too_long > 0 ? out.too_long : out.bytes.size());
    pending_.line = out.line + (out.too_long > 0 ? 1 : count_newlines(out.bytes));
    pending_.restarts.push_back(out.restarts.back());
    pending_.bytes = std::exchange(rest_, {});
    auto const end = pending_.bytes.rfind('\n');
    whole_ = end == std::string::npos ? 0 : end + 1;
    complete_ = false;
    return out;
}
}
