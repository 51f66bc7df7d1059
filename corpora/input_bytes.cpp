module;
#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.corpora;
import :content;
import :input_bytes;
import wordmill.core;
import wordmill.io;
import wordmill.stream;

namespace wordmill::detail {
std::string first_bytes(input_file const& file, read_options const& options, std::size_t size) {
    read_options quiet = options;
    quiet.from = {};
    quiet.threads = 1;
    quiet.counts = {};
    quiet.watch = {};
    auto bytes = decoding(quiet, 0);
    bytes.block_bytes = size;
    std::string head;
    try {
        for (auto&& block : read_bytes(file, bytes)) {
            head += block.bytes;
            if (head.size() >= size) break;
        }
    } catch (error const&) {
        if (head.empty()) throw;
    }
    head.resize(std::min(head.size(), size));
    return head;
}

std::string stored_bytes(input_file const& file, std::size_t size) {
    if (!file.can_reread()) return {};
    std::string head(size, '\0');
    std::ifstream in(file.name, std::ios::binary);
    in.read(head.data(), static_cast<std::streamsize>(size));
    head.resize(static_cast<std::size_t>(in.gcount()));
    return head;
}

std::optional<corpus_format> stored_format(input_file const& file) {
    auto const head = stored_bytes(file, encoded_corpus_magic.size());
    if (head == encoded_corpus_magic) return corpus_format::ids;
    if (head.starts_with("PAR1")) return corpus_format::parquet;
    return std::nullopt;
}

/// A file whose first blocks were taken from its stream.
struct input_bytes::opened {
    generator<byte_block> source;
    std::optional<generator<byte_block>::iterator> at{};
    std::vector<byte_block> blocks{};
    std::exception_ptr problem{};

    explicit opened(generator<byte_block> bytes) : source(std::move(bytes)) {}
    [[nodiscard]] bool ended() const { return *at == source.end(); }

    /// An error is kept until the blocks before it are read.
    std::string look(std::size_t size) {
        std::string head;
        try {
            at.emplace(source.begin());
            while (!ended()) {
                blocks.push_back(std::move(**at));
                head += std::string_view(blocks.back().bytes).substr(0, size - head.size());
                if (head.size() == size) break;
                ++*at;
            }
        } catch (...) {
            problem = std::current_exception();
        }
        return head;
    }
};

namespace {
/// The blocks that were taken, then the rest of the stream.
template <class Opened> generator<byte_block> replay(std::unique_ptr<Opened> file) {
    for (auto& block : file->blocks) co_yield std::move(block);
    file->blocks.clear();
    if (file->problem) std::rethrow_exception(file->problem);
    while (!file->ended()) {
        ++*file->at;
        if (!file->ended()) co_yield std::move(**file->at);
    }
}
}

input_bytes::input_bytes(std::vector<input_file> inputs, read_options const& options, bool by_content)
    : inputs_(std::move(inputs)), options_(options), by_content_(by_content), files_(decoding(inputs_, options)) {}
input_bytes::~input_bytes() = default;

void input_bytes::look(std::uint64_t file) {
    if (looked_at_ == file) return;
    opened_ = std::make_unique<opened>(files_.read(file));
    head_ = opened_->look(looked_at_bytes);
    bool const inside = file == options_.from.file && options_.from.byte > 0;
    if (inside && inputs_[file].can_reread()) head_ = first_bytes(inputs_[file], options_);
    looked_at_ = file;
    bool const rest = inside && !inputs_[file].can_reread();
    if (!rest) refuse_binary(head_, name(file));
    if (!by_content_) return;
    format_ = rest ? content_of_rest(head_).format : content_of(head_).format;
    if (format_ == corpus_format::lines) refuse_markup(head_, name(file));
}

bool input_bytes::belongs(std::uint64_t file) {
    stopped_at_ = file;
    if (file >= inputs_.size()) return false;
    if (is_empty(inputs_[file])) return true;
    if (by_content_ && stored_format(inputs_[file]) == corpus_format::parquet) return false;
    look(file);
    if (!by_content_ || detail::is_blank(head_)) return true;
    if (format_ != reading_) return false;
    if (texts_++ == 0) first_text_ = file;
    return true;
}

bool input_bytes::is_blank(std::uint64_t file) {
    return by_content_ && (is_empty(inputs_[file]) || detail::is_blank(head(file)));
}

corpus_format input_bytes::begin_format(std::uint64_t file) {
    texts_ = 0;
    auto const stored = stored_format(inputs_[file]);
    if (stored == corpus_format::parquet) return reading_ = *stored;
    look(file);
    return reading_ = format_;
}

std::string_view input_bytes::head(std::uint64_t file) {
    look(file);
    return head_;
}

generator<byte_block> input_bytes::read(std::uint64_t file) {
    look(file);
    return replay(std::move(opened_));
}
}
