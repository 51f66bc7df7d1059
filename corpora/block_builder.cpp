module;
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
module wordmill.corpora;
import wordmill.core;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
block_builder::block_builder(std::size_t block_bytes, position start) : block_bytes_(block_bytes) {
    block_.skip = start.skip;
    start.skip = 0;
    block_.index = start.block;
    block_.first_sentence = start.state;
    block_.next = start;
    block_.start = std::move(start);
}

void block_builder::advance(position next) {
    next.block = block_.start.block;
    next.skip = 0;
    next.state = block_.first_sentence + sentences_;
    next.fingerprint = block_.start.fingerprint;
    block_.next = std::move(next);
}

void block_builder::add_document(std::string_view text, position next) {
    while (!text.empty()) {
        auto const newline = text.find('\n');
        bool const closed = newline != std::string_view::npos;
        auto line = text.substr(0, newline);
        text.remove_prefix(closed ? newline + 1 : text.size());
        if (closed && line.ends_with('\r')) line.remove_suffix(1);
        for (auto at = line.find('\r'); at != std::string_view::npos; at = line.find('\r')) {
            add_sentence(line.substr(0, at));
            line.remove_prefix(at + 1);
            ++lone_returns_;
        }
        if (closed || !line.empty()) add_sentence(line);
    }
    expect(block_.text.size() < 0xffffffffU, "block_builder: a block must stay below 4 GiB");
    block_.document_ends.push_back(static_cast<std::uint32_t>(block_.text.size()));
    advance(std::move(next));
}

void block_builder::add_sentence(std::string_view line) {
    block_.text += line;
    block_.text += '\n';
    ++sentences_;
}

void block_builder::skip_record(position next) { advance(std::move(next)); }

text_block block_builder::take() {
    text_block next;
    next.start = block_.next;
    next.start.block = block_.start.block + 1;
    next.next = next.start;
    next.index = next.start.block;
    next.first_sentence = block_.first_sentence + sentences_;
    block_.next = next.start;
    sentences_ = 0;
    return std::exchange(block_, std::move(next));
}
}
