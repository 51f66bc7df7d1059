export module wordmill.plot:attention_map;
import wordmill.standard;

namespace wordmill {
/// The attention weights of a source and its target, for example an input and its translation.
export struct attention_pair {
    std::vector<std::string> source{}; ///< tokens, [S], in the order of the text
    std::vector<std::string> target{}; ///< tokens, [T]
    std::vector<float> weights{}; ///< [T, S], row after row: how much each target token attends to each source token
    std::string source_text{};    ///< shown in the list of a page; by default the tokens
    std::string target_text{};
};

export struct attention_map_options {
    std::string title{};
    std::string x_label{};
    std::string y_label{};
    double size =
        640; ///< of the longer side, in pixels; cells shrink to fit, but not below 10, so that tokens stay readable
    double cell = 26;   ///< the largest size of a cell
    double highest = 1; ///< the weight of the darkest colour; 0 = the largest weight of the pair
};

/// An SVG image: a row of cells for each target token, from the top, a column for each source token; a legend; a
/// browser shows tokens and weight of the cell under the pointer. It loads nothing else. Tokens may hold any bytes (see
/// `to_html`) and are cut where they are too long; blanks are drawn as U+2423. `failure::usage` with both sizes where
/// the weights do not fit the tokens; `failure::bad_data` for weights that are negative or not finite, without a token
/// on either side, and for more than 100,000 weights.
export [[nodiscard]] std::string attention_map(attention_pair const& pair, attention_map_options const& options = {});

/// Many pairs as one HTML file that loads nothing else: a list of the texts, and the map of the one that is chosen, in
/// which the pointer highlights the tokens of a cell, row or column. A pair may have no tokens. Errors are those of
/// `attention_map`, with the number of the pair, from 1; at most 3,000,000 weights in all.
export [[nodiscard]] std::string attention_page(std::span<attention_pair const> pairs, std::string_view title);
}
