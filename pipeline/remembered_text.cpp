module;
#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>
module wordmill.pipeline;
import :any_corpus;
import :remembered_text;
import wordmill.core;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
namespace {
/// What a whole pass gave.
struct whole_pass {
    std::vector<text_block> blocks{};
    tally counts{};

    /// The number of the block that begins there, or of blocks if that is the end; nothing for other positions.
    [[nodiscard]] std::optional<std::size_t> find(position const& from) const {
        if (from == position{}) return 0;
        auto const found = std::ranges::find(blocks, from, [](text_block const& block) { return block.start; });
        if (found != blocks.end()) return static_cast<std::size_t>(found - blocks.begin());
        if (!blocks.empty() && blocks.back().next == from) return blocks.size();
        return std::nullopt;
    }
};

generator<text_block> remembered(std::shared_ptr<whole_pass const> pass, std::size_t first, monitor watch,
                                 tally counts) {
    if (first == 0) counts.add(pass->counts);
    for (std::size_t i = first; i < pass->blocks.size(); ++i) {
        watch.check();
        co_yield text_block(pass->blocks[i]);
    }
}
}

struct remembered_text::memory {
    std::mutex mutex{};
    std::shared_ptr<whole_pass const> whole{}; ///< null until a pass has ended

    /// The blocks of a pass from the beginning, which are kept if they are no more than `most_bytes`.
    static generator<text_block> fill(std::shared_ptr<memory> self, std::shared_ptr<text_source const> of,
                                      pass_options pass, std::uint64_t most_bytes) {
        auto kept = std::make_shared<whole_pass>();
        struct counting {
            tally all, own;
            ~counting() { all.add(own); }
        } const counting{pass.counts, kept->counts};
        pass.counts = kept->counts;
        std::uint64_t bytes = 0;
        for (auto&& block : of->blocks(pass)) {
            bytes += block.text.size() + 4 * block.document_ends.size() + sizeof block;
            if (bytes <= most_bytes)
                kept->blocks.push_back(block);
            else
                kept->blocks = {};
            co_yield std::move(block);
        }
        if (bytes > most_bytes) co_return;
        std::scoped_lock const lock(self->mutex);
        self->whole = std::move(kept);
    }
};

remembered_text::remembered_text(std::shared_ptr<text_source const> of, std::uint64_t most_bytes)
    : of_(std::move(of)), most_bytes_(most_bytes), memory_(std::make_shared<memory>()) {}

generator<text_block> remembered_text::blocks(pass_options const& pass) const {
    std::shared_ptr<whole_pass const> whole;
    {
        std::scoped_lock const lock(memory_->mutex);
        whole = memory_->whole;
    }
    if (whole)
        if (auto const first = whole->find(pass.from))
            return remembered(std::move(whole), *first, pass.watch, pass.counts);
    return pass.from == position{} ? memory::fill(memory_, of_, pass, most_bytes_) : of_->blocks(pass);
}
}
