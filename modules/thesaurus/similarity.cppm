export module wordmill.thesaurus:similarity;
import :synset;
import :wordnet;
import wordmill.standard;

// Similarities of two synsets by where they stand in the hierarchy of hypernyms, with the conventions of NLTK 3:
// - Instance hypernyms count as hypernyms.
// - Nouns have one root. Synsets of other parts of speech that have no root in common get one above all: it stands one
//   step above the ancestor that is farthest from the synset.
// - Synsets of different parts of speech have no similarity. NLTK joins them by that root if one of them is no noun.
// - Satellite adjectives are adjectives. NLTK has no Leacock-Chodorow similarity of the two kinds.

namespace wordmill {
/// 1 / (1 + d), where d is the number of steps on the shortest way from one synset to the other by a common hypernym.
/// From 0 to 1; 1 for a synset and itself. Nothing when there is no way.
export [[nodiscard]] std::optional<double> path_similarity(wordnet const& words, synset_id a, synset_id b);
/// Wu and Palmer (1994): 2 depth / (length of a + length of b). The deepest common hypernym has the depth, of its
/// longest way to the root and counted from 1; a length is that depth and the steps from the synset to the common
/// hypernym. The deepest is the one whose shortest way to the root is longest: `a` itself, or else the first by name.
/// Exchanging `a` and `b` may therefore change the result.
export [[nodiscard]] std::optional<double> wu_palmer_similarity(wordnet const& words, synset_id a, synset_id b);
/// Leacock and Chodorow (1998): -log((d + 1) / 2D), where d is as in `path_similarity`, and D is the largest depth of
/// the part of speech, in steps and with the root above all where there is one. Natural logarithm.
export [[nodiscard]] std::optional<double> leacock_chodorow_similarity(wordnet const& words, synset_id a, synset_id b);
}
