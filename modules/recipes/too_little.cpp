module;
#include <cstdint>
#include <string>
module wordmill.recipes;
import :running;
import :too_little;
import wordmill.core;

namespace wordmill::detail {
error nothing_to_pair(std::string const& what, unpaired_tokens const& tokens) {
    auto const [known, subsampled, threshold, cross_sentences] = tokens;
    auto const left = known - subsampled;
    auto message = what + ": no word of the corpus has a neighbour to learn from: " + format_count(known)
                   + (known == 1 ? " token" : " tokens") + " of the vocabulary";
    if (subsampled > 0)
        message += ", " + format_count(subsampled) + " of them dropped by --sample " + format_short(threshold);
    std::string hint;
    if (known == 0)
        hint = "give more text, a lower --min-count, or a --vocabulary that has its words";
    else if (subsampled > 0)
        hint = "--sample 0 keeps every token";
    else if (known > 1 && !cross_sentences)
        hint = "every sentence has one such token: --cross-sentences pairs words across line ends, and a lower "
               "--min-count and a higher --max-size keep more words";
    else
        hint = "give more text, a lower --min-count or a higher --max-size";
    if (subsampled > 0 && left > 1 && !cross_sentences) hint += "; --cross-sentences pairs words across line ends";
    return error(failure::bad_data, message, {}, hint);
}
}
