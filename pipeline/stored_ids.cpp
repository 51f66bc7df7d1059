module;
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.pipeline;
import wordmill.core;
import wordmill.io;
import wordmill.stream;
import wordmill.text;
import :stored_ids;

namespace wordmill {
struct stored_ids::contents {
    spill_file file;
    std::uint64_t tokens = 0;
    std::uint64_t fingerprint = 0;
    explicit contents(std::filesystem::path const& folder) : file(folder) {}
};

stored_ids::stored_ids(generator<token_block> blocks, std::filesystem::path const& folder, monitor progress) {
    auto const made = std::make_shared<contents>(folder);
    checksum sum;
    for (auto&& block : blocks) {
        std::string_view const bytes{reinterpret_cast<char const*>(block.ids.data()),
                                     block.ids.size() * sizeof(token_id)};
        sum.add(bytes);
        made->file.write(bytes);
        made->tokens += block.ids.size();
        progress.add_tokens(block.ids.size());
    }
    made->file.finish();
    made->fingerprint = sum.value() | 1;
    contents_ = made;
}

std::uint64_t stored_ids::size() const noexcept { return contents_->tokens; }
std::uint64_t stored_ids::fingerprint() const noexcept { return contents_->fingerprint; }

void stored_ids::read(std::uint64_t first, std::span<token_id> out) const {
    expect(first <= size() && out.size() <= size() - first, "stored ids: a range that is there");
    std::span<char> const bytes{reinterpret_cast<char*>(out.data()), out.size_bytes()};
    if (contents_->file.read_at(first * sizeof(token_id), bytes) != bytes.size())
        throw error(failure::io, "stored ids: the temporary file was cut");
}
}
