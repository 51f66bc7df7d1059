export module wordmill.corpora:generated_pairs;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
/// A source and its target.
export struct text_pair {
    std::string source;
    std::string target;
    [[nodiscard]] bool operator==(text_pair const&) const = default;
};

/// Addition `number` of an endless corpus in the format of Saito 2018, "Deep Learning from Scratch 2", chapter 7: the
/// source "16+75  " (7 characters) and the target "91  " (4). Depends on `seed` and `number` only. In each run of
/// 50,000 numbers (0 to 49,999 and so on) no two summands occur twice together, in either order, and summands of one,
/// two and three digits are combined as often as in the book's file: 55 pairs of one digit each, all there are, 900 of
/// one and two, 8,724 of one and three, 3,981 of two and two, 23,763 of two and three, 12,577 of three and three.
export [[nodiscard]] text_pair addition_pair(std::uint64_t seed, std::uint64_t number);

/// Date `number` of an endless corpus in the format of the same book, chapter 8: the source "september 27, 1994"
/// padded to 29 characters, and the target "1994-09-27". Depends on `seed` and `number` only. Days are uniform from
/// 1970-01-01 to 2017-07-24, as in the book's file. So are the four styles: "9/27/94", "Sep 27, 1994",
/// "September 27, 1994" and "Tuesday, September 27, 1994". Half of the names have capital initials; a quarter each is
/// in lower and upper case. Pairs may recur.
export [[nodiscard]] text_pair date_pair(std::uint64_t seed, std::uint64_t number);

export struct generated_pair_options {
    std::uint64_t pairs = 50'000;
    std::uint64_t seed = 1;
    std::size_t block_pairs = 1024;
    position from{}; ///< `record` counts pairs; {.record = n} begins with pair n
};

/// Blocks of `addition_pair`s. A position of another seed or block size is a `failure::usage`.
export generator<text_pair_block> generated_additions(generated_pair_options options = {});
/// Blocks of `date_pair`s.
export generator<text_pair_block> generated_dates(generated_pair_options options = {});

/// A block as lines "source SEPARATOR target", which `read_pairs` reads if no side has a separator or line break.
export [[nodiscard]] std::string plain_text(text_pair_block const& block, std::string_view separator);
}
