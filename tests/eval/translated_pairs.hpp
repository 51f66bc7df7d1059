#pragma once
#include <string>
#include <vector>

/// A hypothesis and its references.
struct translated_pair {
    std::string hypothesis;
    std::vector<std::string> references;
};

// The pairs that BLEU and chrF are compared with sacreBLEU 2.6.0 on.
inline std::vector<translated_pair> const plain_pairs{{"the cat sat on the mat", {"the cat is on the mat"}},
                                                      {"a dog barks", {"a dog barked loudly at night"}}};
inline std::vector<translated_pair> const pairs_with_marks{
    {"It costs $1,234.50, i.e. 3-4 days' work.", {"It costs $1,234.50 (i.e. 3-4 days' work)."}},
    {"He said: &quot;R&amp;D &lt;b&gt;&amp;lt;&quot; ...", {"He said: \"R&D <b>&lt;\" .."}}};
// No-break and ideographic blanks, tabs, a line end inside and at the end, the separator 1C.
inline std::vector<translated_pair> const pairs_with_space{
    {"  two\t words\u00A0here \u3000 now\n", {"two words here now"}},
    {"well-\nknown <skipped>fact\x1C"
     "end",
     {"wellknown fact end"}}};
// In lower case the last letter of "\u039F\u0394\u039F\u03A3" is the final sigma.
inline std::vector<translated_pair> const pairs_beyond_ascii{
    {"Ein M\u00E4dchen l\u00E4uft \u00FCber die Stra\u00DFe.",
     {"Ein M\u00C4DCHEN l\u00E4uft \u00FCber die Stra\u00DFe ."}},
    {"\u6771\u4EAC\u306F \u65E5\u672C\u306E\u9996\u90FD\u3002 \u039F\u0394\u039F\u03A3",
     {"\u6771\u4EAC\u304C\u65E5\u672C\u306E\u9996\u90FD\u3002 \u03BF\u03B4\u03BF\u03C2"}}};
inline std::vector<translated_pair> const pairs_without_4gram{{"the big cat slept", {"the big dog slept"}}};
inline std::vector<translated_pair> const pairs_with_two_references{
    {"the cat is on the mat today", {"there is a cat on the mat", "the cat is on a mat now, today"}},
    {"a b c d e", {"a b c", "a b c d e f g"}}};
inline std::vector<translated_pair> const no_hypothesis{{"", {"some reference here"}}};
inline std::vector<translated_pair> const no_reference{{"some hypothesis here", {""}}};
inline std::vector<translated_pair> const nothing{{"", {""}}};
inline std::vector<translated_pair> const no_match{{"x y z w", {"a b c d"}}};
inline std::vector<translated_pair> const one_word{{"yes", {"yes"}}};

inline std::vector<translated_pair> all_pairs() {
    std::vector<translated_pair> all;
    for (auto const& pairs : {plain_pairs, pairs_with_marks, pairs_with_space, pairs_beyond_ascii, pairs_without_4gram})
        all.insert(all.end(), pairs.begin(), pairs.end());
    all.push_back({"", {"left out"}});
    return all;
}
