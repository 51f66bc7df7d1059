/// WordNet (Miller 1995; Fellbaum 1998): synsets of words, their relations, base forms, and similarities of synsets.
export module wordmill.thesaurus;
export import :find_wordnet;
export import :hypernyms;
export import :similarity;
export import :synset;
export import :wordnet;
