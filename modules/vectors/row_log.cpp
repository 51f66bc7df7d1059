module;
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
module wordmill.vectors;
import wordmill.core;
import :row_log;
import :word_vectors;

namespace wordmill::detail {
row_fault cut_row(std::string_view what) {
    return {.reason = "the file ends inside a row", .message = "the file ends inside " + std::string(what)};
}

void row_log::leave_out(row_fault const& fault, place const& where) {
    if (!skips_) throw error(failure::bad_data, fault.message, where, fault.hint);
    ++read_;
    counts_.drop("row", fault.reason, 1, where);
}

void row_log::add(word_vectors::builder& made, std::string_view word, std::uint64_t count, place const& where) {
    using enum word_vectors::builder::addition;
    auto const added = skips_ ? made.try_add(word, count) : made.add(word, count, where) ? kept : repeated;
    ++read_;
    switch (added) {
    case kept: ++kept_; return;
    case repeated: return counts_.drop("row", "the word came before", 1, where);
    case no_word: return counts_.drop("row", "no word", 1, where);
    case not_finite: return counts_.drop("row", "values that are not finite, or too large", 1, where);
    }
}

void row_log::contradiction(std::string const& message, place const& where) {
    if (!skips_)
        throw error(failure::bad_data, message, where,
                    "the file may be truncated or edited; --on-bad skip reads the rows that are there");
    contradicted_ = true;
    counts_.note(message, 1, where);
}

word_vectors row_log::finish(word_vectors::builder&& made, std::string const& file) {
    counts_.read("row", read_);
    counts_.deliver("row", kept_);
    if (kept_ == 0 && (read_ > 0 || contradicted_))
        throw error(failure::bad_data, "expected word vectors, found no usable row among " + format_count(read_),
                    {.file = file}, "without --on-bad skip, the first damaged row is named");
    return std::move(made).finish();
}
}
