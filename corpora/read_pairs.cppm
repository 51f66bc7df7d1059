export module wordmill.corpora:read_pairs;
import :read_options;
import wordmill.core;
import wordmill.io;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
/// How the sources and targets of pairs stand in files.
export enum class pair_layout : std::uint8_t {
    automatic,
    separated, ///< a pair is a line: source, separator, target
    parallel,  ///< files of sources, then as many files of targets; line n of one belongs to line n of the other
    jsonl,     ///< a pair is a JSON object, in any layout that `read_jsonl` reads
};
export inline constexpr named_value<pair_layout> pair_layout_names[] = {{"auto", pair_layout::automatic},
                                                                        {"separated", pair_layout::separated},
                                                                        {"parallel", pair_layout::parallel},
                                                                        {"jsonl", pair_layout::jsonl}};

/// How pairs are read.
export struct pair_options : read_options {
    pair_layout layout = pair_layout::automatic;
    std::string separator = "\t";        ///< not empty, without a line break
    std::string source_field = "source"; ///< of JSON objects; names as in `jsonl_options::field`
    std::string target_field = "target";
};

/// Reads pairs. With `automatic`, the first bytes of the first file decide: an object or array is JSON; a first line
/// with the separator means separated lines; otherwise an even number of files is parallel.
///
/// Sides are kept as they are, with blanks at their ends; "\r\n" ends a line too. Empty sides are delivered; empty
/// lines of separated files are passed over. Line breaks inside JSON strings become blanks. Bad records, by `on_bad`:
/// a line without a separator, or with two; what is bad in `read_jsonl`; invalid UTF-8 unless `utf8` accepts it; NUL
/// bytes; lines and objects above `max_record_bytes`. A bad side of parallel files drops the pair and no other. Two
/// parallel files with different numbers of lines are a `failure::bad_data` with both numbers. Counts read and dropped
/// "pair"s; the consumer counts delivered ones. Separated lines and JSON are parsed on `threads` threads; blocks do not
/// depend on it.
///
/// A position of parallel files has those of both sides in `inner`.
export [[nodiscard]] generator<text_pair_block> read_pairs(std::vector<input_file> inputs, pair_options options = {});

/// Pairs from blocks of text in which each pair is two lines, a source and its target.
export [[nodiscard]] generator<text_pair_block> pairs_of_lines(generator<text_block> lines);
}
