module;
#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
module wordmill.corpora;
import :generated_pairs;
import wordmill.core;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
namespace {
/// A permutation of 0 .. size - 1 that depends on the key: a Feistel network, applied again while its result is too
/// large (Black and Rogaway 2002, "Ciphers with arbitrary finite domains").
std::uint64_t permuted(std::uint64_t i, std::uint64_t size, random_key key) {
    auto const half = static_cast<unsigned>(std::bit_width(size - 1) + 1) / 2;
    auto const mask = (std::uint64_t{1} << half) - 1;
    do {
        auto left = i >> half;
        auto right = i & mask;
        for (std::uint64_t round = 0; round < 6; ++round)
            left = std::exchange(right, left ^ (key.fold_in(round).fold_in(right).bits() & mask));
        i = left << half | right;
    } while (i >= size);
    return i;
}

struct digits {
    std::uint64_t first, count; ///< of the numbers with so many
};
constexpr std::array<digits, 3> with_digits{{{0, 10}, {10, 90}, {100, 900}}};

/// Sums of numbers with so many digits, and how many of them a run of additions has.
struct addition_kind {
    std::size_t digits, other_digits;
    std::uint64_t pairs;
    [[nodiscard]] constexpr std::uint64_t most() const {
        auto const a = with_digits[digits - 1].count;
        auto const b = with_digits[other_digits - 1].count;
        return digits == other_digits ? a * (a + 1) / 2 : a * b;
    }
};
constexpr std::array<addition_kind, 6> addition_kinds{
    {{1, 1, 55}, {1, 2, 900}, {1, 3, 8724}, {2, 2, 3981}, {2, 3, 23763}, {3, 3, 12577}}};
constexpr std::uint64_t addition_run = 50'000;

/// Pair `i` of all unordered pairs of a kind.
std::pair<std::uint64_t, std::uint64_t> summands(addition_kind const& kind, std::uint64_t i) {
    auto const a = with_digits[kind.digits - 1];
    auto const b = with_digits[kind.other_digits - 1];
    if (kind.digits != kind.other_digits) return {a.first + i / b.count, b.first + i % b.count};
    std::uint64_t row = 0; // row r of a triangle has r + 1 pairs
    while (i > row) i -= ++row;
    return {a.first + i, a.first + row};
}

std::string padded(std::string text, std::size_t width) {
    text.resize(std::max(width, text.size()), ' ');
    return text;
}

constexpr std::array<std::string_view, 12> month_names{"January",   "February", "March",    "April",
                                                       "May",       "June",     "July",     "August",
                                                       "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> weekday_names{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                        "Thursday", "Friday", "Saturday"};

std::string two_digits(unsigned value) { return (value < 10 ? "0" : "") + std::to_string(value); }

enum class date_style : std::uint8_t { numbers, short_month, long_month, weekday };

std::string date_text(std::chrono::sys_days day, date_style style) {
    std::chrono::year_month_day const date(day);
    auto const year = static_cast<int>(date.year());
    auto const month = static_cast<unsigned>(date.month());
    auto const day_of_month = std::to_string(static_cast<unsigned>(date.day()));
    if (style == date_style::numbers)
        return std::to_string(month) + "/" + day_of_month + "/" + two_digits(static_cast<unsigned>(year) % 100);
    std::string text;
    if (style == date_style::weekday) text.append(weekday_names[std::chrono::weekday(day).c_encoding()]).append(", ");
    auto const name = month_names[month - 1];
    text.append(style == date_style::short_month ? name.substr(0, 3) : name);
    return text.append(" ").append(day_of_month).append(", ").append(std::to_string(year));
}

void change_case(std::string& text, bool upper) {
    for (auto& c : text) {
        if (upper && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        if (!upper && c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
}

generator<text_pair_block> blocks_of(text_pair (*make)(std::uint64_t, std::uint64_t), std::uint64_t kind,
                                     generated_pair_options options) {
    expect(options.block_pairs > 0, "generated pairs: a block needs at least one pair");
    auto const print = random_key(options.seed).fold_in(kind).fold_in(options.block_pairs).bits() | 1;
    position at = std::move(options.from);
    if (at.fingerprint != 0 && at.fingerprint != print)
        throw error(failure::usage, "generated pairs: the position is of another corpus, seed or block size", {},
                    "resume with the options that the run was started with");
    at.fingerprint = print;
    at.skip = 0;
    while (at.record < options.pairs) {
        text_pair_block block;
        block.start = at;
        block.index = at.block;
        block.first_sentence = at.record;
        auto const end = at.record + std::min<std::uint64_t>(options.block_pairs, options.pairs - at.record);
        for (; at.record < end; ++at.record) {
            auto const pair = make(options.seed, at.record);
            for (auto const* side : {&pair.source, &pair.target}) {
                block.text += *side;
                block.ends.push_back(static_cast<std::uint32_t>(block.text.size()));
            }
        }
        ++at.block;
        block.next = at;
        co_yield std::move(block);
    }
}
}

text_pair addition_pair(std::uint64_t seed, std::uint64_t number) {
    auto const run = random_key(seed).fold_in(number / addition_run);
    auto place = permuted(number % addition_run, addition_run, run.fold_in(0));
    std::size_t kind = 0;
    for (; place >= addition_kinds[kind].pairs; ++kind) place -= addition_kinds[kind].pairs;
    auto [a, b] = summands(addition_kinds[kind], permuted(place, addition_kinds[kind].most(), run.fold_in(1 + kind)));
    if (run.fold_in(addition_run + number).bits() % 2 == 1) std::swap(a, b);
    return {padded(std::to_string(a) + "+" + std::to_string(b), 7), padded(std::to_string(a + b), 4)};
}

text_pair date_pair(std::uint64_t seed, std::uint64_t number) {
    using namespace std::chrono;
    constexpr sys_days first = year{1970} / 1 / 1;
    constexpr sys_days last = year{2017} / 7 / 24;
    auto random = random_key(seed).fold_in(number).engine();
    auto const day =
        first + days(static_cast<int>(random.below(static_cast<std::uint64_t>((last - first).count() + 1))));
    auto text = date_text(day, static_cast<date_style>(random.below(4)));
    auto const letters = random.below(4);
    if (letters >= 2) change_case(text, letters == 2);
    year_month_day const date(day);
    return {padded(std::move(text), 29), std::to_string(static_cast<int>(date.year())) + "-"
                                             + two_digits(static_cast<unsigned>(date.month())) + "-"
                                             + two_digits(static_cast<unsigned>(date.day()))};
}

generator<text_pair_block> generated_additions(generated_pair_options options) {
    co_yield elements_of(blocks_of(addition_pair, 1, std::move(options)));
}
generator<text_pair_block> generated_dates(generated_pair_options options) {
    co_yield elements_of(blocks_of(date_pair, 2, std::move(options)));
}

std::string plain_text(text_pair_block const& block, std::string_view separator) {
    std::string text;
    text.reserve(block.text.size() + block.size() * (separator.size() + 1));
    for (std::size_t i = 0; i < block.size(); ++i)
        text.append(block.source(i)).append(separator).append(block.target(i)).push_back('\n');
    return text;
}
}
