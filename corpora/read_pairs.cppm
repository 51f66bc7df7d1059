export module wordmill.corpora:read_pairs;
import :read_options;
import wordmill.core;
import wordmill.io;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
/// How files hold pairs.
export enum class pair_layout : std::uint8_t {
    automatic, ///< `separated` if the first line of the first file has the separator, else `parallel`
    separated, ///< a line is a source, the separator and a target
    parallel,  ///< the first half of the files are sources, the second half targets; lines belong together by number
};
export inline constexpr named_value<pair_layout> pair_layout_names[] = {
    {"auto", pair_layout::automatic}, {"separated", pair_layout::separated}, {"parallel", pair_layout::parallel}};

/// How pairs are read.
export struct pair_options : read_options {
    pair_layout layout = pair_layout::automatic;
    std::string separator = "\t"; ///< any text without a line break
};

/// Reads pairs of a source and a target from files of any codec. Blanks at the ends of a side are kept; the '\r' of
/// "\r\n" and a UTF-8 byte-order mark are not. `separated`: blank lines without the separator are passed over.
/// `parallel`: file i of the first half belongs to file i of the second; an empty line is an empty side; different
/// numbers of lines are a `failure::bad_data` with both, whatever `on_bad` says. Bad pairs (by `on_bad`): no separator
/// or more than one, a NUL byte, invalid UTF-8 unless `utf8` accepts it, a line above `max_record_bytes`. "pair" counts
/// those read and the bad ones; the consumer (`encode_pairs`, `count_pair_words`) counts delivered ones. Positions
/// count pairs, bad ones included, in `record`, and delivered ones in `state`; for `parallel`, `inner` has the
/// positions of both sides. Lines are checked on `threads` threads; blocks do not depend on it.
export generator<text_pair_block> read_pairs(std::vector<input_file> inputs, pair_options options = {});
}
