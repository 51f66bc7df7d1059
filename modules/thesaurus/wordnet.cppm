export module wordmill.thesaurus:wordnet;
import :synset;
import wordmill.standard;

namespace wordmill {
/// The files of a database, each as a whole, by part of speech (`index(part_of_speech)`).
export struct wordnet_files {
    std::string folder{};                    ///< for messages
    std::array<std::string, 4> data{};       ///< data.noun, data.verb, data.adj, data.adv
    std::array<std::string, 4> index{};      ///< index.noun, ...
    std::array<std::string, 4> exceptions{}; ///< noun.exc, ...
};

/// A WordNet database in memory. A handle to immutable tables: copies share them, any thread may read. A line is parsed
/// when it is asked for; that of a damaged file is then a `failure::bad_data` with file and byte.
export class wordnet {
public:
    /// `failure::bad_data` when a file is truncated inside a line.
    explicit wordnet(wordnet_files files);

    /// "3.0", from the licence at the start of data.adj; empty when it names none.
    [[nodiscard]] std::string version() const;

    /// The synsets of a word and of its base forms, each once, in all parts of speech: nouns, verbs, adjectives,
    /// adverbs; of one form, the most frequent sense first. Upper case and blanks are allowed: "Motor car" is
    /// motor_car.
    [[nodiscard]] std::vector<synset_id> synsets(std::string_view word) const;
    [[nodiscard]] std::vector<synset_id> synsets(std::string_view word, part_of_speech pos) const;
    /// The synsets of a lemma as the index spells it (lower case, '_' for blanks), without base forms.
    [[nodiscard]] std::vector<synset_id> senses(std::string_view lemma, part_of_speech pos) const;
    /// How many of these senses occur in the texts whose words WordNet's authors tagged with senses.
    [[nodiscard]] unsigned tagged_senses(std::string_view lemma, part_of_speech pos) const;
    /// The base forms of a word that are lemmas, itself included: by the exceptions or else the rules of detachment of
    /// morphy(7WN), as NLTK applies them. Beyond NLTK, a noun in -ful is taken apart, and a collocation of which no
    /// form is known is tried with each of its words in its first base form.
    [[nodiscard]] std::vector<std::string> base_forms(std::string_view word, part_of_speech pos) const;

    /// The synset of a name such as "car.n.01": lemma, part of speech (n, v, a, s or r) and the number of the sense
    /// from
    /// 1. Any lemma of a synset names it. As in NLTK 3.10, "a" counts satellites among the adjectives, and "s" counts
    /// satellites only. `failure::bad_data` for other names.
    [[nodiscard]] synset_id find(std::string_view name) const;
    /// The name of a synset, as NLTK makes it: of its first lemma.
    [[nodiscard]] std::string name(synset_id id) const;
    [[nodiscard]] std::string name(synset const& read) const;

    [[nodiscard]] synset read(synset_id id) const;
    /// The pointers of a synset and of its lemmas, in the order of the database.
    [[nodiscard]] std::vector<synset_pointer> pointers(synset_id id) const;
    /// All synsets of a part of speech, in the order of the database.
    [[nodiscard]] std::vector<synset_id> all(part_of_speech pos) const;
    /// The longest way from a synset of this part of speech up to one without hypernyms, in steps. The first call reads
    /// all of them.
    [[nodiscard]] unsigned max_depth(part_of_speech pos) const;

private:
    /// What the numbers of names count: the senses, or only the satellites among them.
    [[nodiscard]] std::vector<synset_id> numbered(std::string_view lemma, part_of_speech pos, bool satellites) const;

    struct tables;
    std::shared_ptr<tables const> tables_;
};

/// Reads the database in a folder: data.noun, index.noun, noun.exc and the same for verbs (verb), adjectives (adj) and
/// adverbs (adv), of WordNet 3.0, 3.1 or any other version in the format of wndb(5WN). `failure::no_input` when one is
/// missing, with its name.
export [[nodiscard]] wordnet load_wordnet(std::string const& folder);
}
