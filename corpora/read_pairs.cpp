module;
#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.corpora;
import :content;
import :input_bytes;
import :json_record;
import :jsonl;
import :pair_lines;
import :read_corpus;
import :read_pairs;
import :readers;
import wordmill.core;
import wordmill.io;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
namespace {
[[noreturn]] void refuse(std::string const& text, std::string const& hint = {}) {
    throw error(failure::usage, "pairs: " + text, {}, hint);
}

/// Turns two lines into a pair.
struct to_pairs {
    text_pair_block operator()(text_block block) const {
        text_pair_block out;
        for (std::size_t begin = 0; begin < block.text.size();) {
            auto const end = block.text.find('\n', begin);
            out.text.append(block.text, begin, end - begin);
            out.ends.push_back(static_cast<std::uint32_t>(out.text.size()));
            begin = end + 1;
        }
        return out;
    }
};

/// The layout of a corpus, by the beginning of its first file with text.
pair_layout layout_of(detail::input_bytes& files, pair_options const& options) {
    auto const& inputs = files.inputs();
    bool const even = !inputs.empty() && inputs.size() % 2 == 0;
    std::uint64_t first = options.from.file;
    while (first < inputs.size() && detail::is_empty(inputs[first])) ++first;
    if (first == inputs.size()) return even ? pair_layout::parallel : pair_layout::separated;
    if (!options.from.inner.empty()) return pair_layout::parallel;
    auto const head = files.head(first);
    if (head.empty()) return pair_layout::separated; // it cannot be read, and that reader says why
    if (detail::content_of(head).format == corpus_format::jsonl) return pair_layout::jsonl;
    if (head.substr(0, head.find('\n')).find(options.separator) != head.npos || options.from.byte > 0)
        return pair_layout::separated;
    if (even && !inputs[first].can_reread())
        refuse("expected files of sources and of targets, found a pipe", "--pairs parallel reads it");
    if (even) return pair_layout::parallel;
    throw error(failure::bad_data,
                "pairs: expected JSON objects, or the separator " + detail::quoted_separator(options.separator)
                    + " in the first line, or files of sources and as many files of targets; found none of them",
                {.file = inputs[first].name, .line = 1}, "--separator names the separator, --pairs the layout");
}

/// One side of parallel files, line by line.
class side_lines {
public:
    side_lines(std::vector<input_file> inputs, read_options options, position from)
        : inputs_(inputs), at_(std::move(from)), lines_(open(std::move(inputs), std::move(options), at_)) {}

    /// Moves to the next line; false at the end.
    bool next() {
        if (begun_)
            ++line_;
        else
            line_ = lines_.begin();
        begun_ = true;
        if (line_ == lines_.end()) return false;
        at_ = *(*line_).next;
        return true;
    }
    [[nodiscard]] std::string_view text() { return (*line_).text; }
    [[nodiscard]] position const& at() const noexcept { return at_; } ///< after the line
    [[nodiscard]] std::uint64_t file() const noexcept { return at_.file; }
    [[nodiscard]] std::uint64_t number() const noexcept { return at_.line + at_.skip; } ///< of the line in its file
    [[nodiscard]] std::string const& name(std::uint64_t file) const { return inputs_[file].name; }
    [[nodiscard]] place where() const { return {.file = name(file()), .line = number()}; }

private:
    [[clang::coro_wrapper]] static generator<sentence> open(std::vector<input_file> inputs, read_options options,
                                                            position const& from) {
        options.from = from;
        options.counts = {};
        return sentences(detail::every_line(std::move(inputs), std::move(options)));
    }
    std::vector<input_file> inputs_;
    position at_;
    generator<sentence> lines_;
    generator<sentence>::iterator line_{};
    bool begun_ = false;
};

/// Ends with an error where one file has more lines than the other.
class line_counts {
public:
    line_counts(side_lines& sources, side_lines& targets) : sources_(&sources), targets_(&targets) {}

    /// Both are at a line of file `file`, or one of them is not.
    void check(bool source, bool target, std::uint64_t file) const {
        bool const more_sources = source && sources_->file() == file && !(target && targets_->file() == file);
        bool const more_targets = target && targets_->file() == file && !(source && sources_->file() == file);
        if (!more_sources && !more_targets) return;
        auto& longer = more_sources ? *sources_ : *targets_;
        auto& shorter = more_sources ? *targets_ : *sources_;
        auto const ended = longer.number() - 1;
        auto lines = longer.number();
        while (longer.next() && longer.file() == file) lines = longer.number();
        throw error(failure::bad_data,
                    "parallel files: expected as many lines as in " + longer.name(file) + ", " + format_count(lines)
                        + ", found " + format_count(ended),
                    {.file = shorter.name(file)}, "line n of the targets must belong to line n of the sources");
    }

private:
    side_lines* sources_;
    side_lines* targets_;
};

generator<text_pair_block> parallel_pairs(std::vector<input_file> inputs, pair_options options) {
    if (inputs.size() % 2 != 0)
        refuse("expected files of sources and as many files of targets, found " + std::to_string(inputs.size())
               + (inputs.size() == 1 ? " file" : " files"));
    auto const half = inputs.begin() + static_cast<std::ptrdiff_t>(inputs.size() / 2);
    side_lines sources({inputs.begin(), half}, options, options.from.child(0));
    side_lines targets({half, inputs.end()}, options, options.from.child(1));
    line_counts const counts(sources, targets);
    bad_records bad(options, "pair");
    text_pair_block block;
    auto const restart = [&](position at) {
        block = {};
        block.start = at;
        block.index = at.block;
        block.first_sentence = at.record;
    };
    auto at = options.from;
    restart(at);
    std::uint64_t read = 0;
    std::exception_ptr problem;
    auto const append = [&](std::string_view side) {
        if (options.utf8 == utf8_policy::replace)
            append_repaired(block.text, side);
        else
            block.text += side;
        block.ends.push_back(static_cast<std::uint32_t>(block.text.size()));
    };
    /// Reports a pair with a bad side.
    auto const is_good = [&](side_lines& side) {
        auto const fault = detail::line_fault(side.text(), options.utf8);
        if (fault.empty()) return true;
        bad.report(side.where(), fault, side.text() == detail::too_long_line ? std::string_view() : side.text(),
                   "--on-bad skip drops the pair");
        return false;
    };
    for (;;) {
        bool const source = sources.next(), target = targets.next();
        if (!source && !target) break;
        auto const file =
            source && target ? std::min(sources.file(), targets.file()) : (source ? sources.file() : targets.file());
        bool good = false;
        try {
            counts.check(source, target, file);
            ++read;
            good = is_good(sources) && is_good(targets);
        } catch (...) {
            problem = std::current_exception(); // the pairs before it are delivered first
            break;
        }
        if (good) {
            append(sources.text());
            append(targets.text());
        }
        at.record = block.first_sentence + block.size();
        at.inner = {sources.at(), targets.at()};
        if (block.text.size() >= options.block_bytes) {
            bad.count_read(std::exchange(read, 0));
            ++at.block;
            block.next = at;
            co_yield std::move(block);
            restart(at);
        }
    }
    if (read > 0) bad.count_read(read);
    if (block.size() > 0) {
        ++at.block;
        block.next = at;
        co_yield std::move(block);
    }
    if (problem) std::rethrow_exception(problem);
    bad.finish();
}
}

generator<text_pair_block> pairs_of_lines(generator<text_block> lines) {
    for (auto&& pairs : sequential(std::move(lines), to_pairs{})) {
        pairs.first_sentence /= 2; // of lines
        co_yield std::move(pairs);
    }
}

generator<text_pair_block> read_pairs(std::vector<input_file> inputs, pair_options options) {
    expect(options.block_bytes > 0, "read_pairs: block_bytes must be positive");
    if (options.separator.empty() || options.separator.find_first_of("\n\r") != std::string::npos)
        refuse("expected a separator of one character or more, without a line break");
    if (options.layout == pair_layout::parallel) {
        co_yield elements_of(parallel_pairs(std::move(inputs), std::move(options)));
        co_return;
    }
    auto files = std::make_shared<detail::input_bytes>(inputs, options);
    auto const layout = options.layout == pair_layout::automatic ? layout_of(*files, options) : options.layout;
    if (layout == pair_layout::parallel) {
        files.reset();
        co_yield elements_of(parallel_pairs(std::move(inputs), std::move(options)));
    } else if (layout == pair_layout::jsonl) {
        jsonl_options how{options, options.source_field};
        co_yield elements_of(pairs_of_lines(detail::json_of(std::move(files), std::move(how), {options.target_field},
                                                            {.name = "pair", .delivers = false})));
    } else {
        co_yield elements_of(pairs_of_lines(detail::separated_pairs(std::move(files), std::move(options))));
    }
}
}
