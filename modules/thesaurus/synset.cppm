export module wordmill.thesaurus:synset;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
export enum class part_of_speech : std::uint8_t { noun, verb, adjective, adverb };

/// In the order in which WordNet lists the synsets of a word.
export inline constexpr named_value<part_of_speech> parts_of_speech[] = {{"noun", part_of_speech::noun},
                                                                         {"verb", part_of_speech::verb},
                                                                         {"adjective", part_of_speech::adjective},
                                                                         {"adverb", part_of_speech::adverb}};

/// A synset of one database: its part of speech, and the byte in that part's data file where its line begins.
export struct synset_id {
    part_of_speech pos = part_of_speech::noun;
    std::uint32_t offset = 0;

    [[nodiscard]] constexpr bool operator==(synset_id const&) const noexcept = default;
    [[nodiscard]] constexpr std::strong_ordering operator<=>(synset_id const&) const noexcept = default;
};

/// The kinds of pointers of WordNet, by the names of wninput(5WN). "B is a member meronym of A" where B is a member of
/// what A is; then A is the member holonym of B.
export enum class relation : std::uint8_t {
    antonym,
    hypernym,
    instance_hypernym,
    hyponym,
    instance_hyponym,
    member_holonym,
    substance_holonym,
    part_holonym,
    member_meronym,
    substance_meronym,
    part_meronym,
    attribute,
    derivation, ///< a derivationally related form
    topic_domain,
    topic_domain_member,
    region_domain,
    region_domain_member,
    usage_domain,
    usage_domain_member,
    entailment,
    cause,
    also_see,
    verb_group,
    similar_to,
    participle,
    pertainym, ///< of an adjective; of an adverb, the adjective from which it is derived
};

export inline constexpr named_value<relation> relations[] = {{"antonym", relation::antonym},
                                                             {"hypernym", relation::hypernym},
                                                             {"instance hypernym", relation::instance_hypernym},
                                                             {"hyponym", relation::hyponym},
                                                             {"instance hyponym", relation::instance_hyponym},
                                                             {"member holonym", relation::member_holonym},
                                                             {"substance holonym", relation::substance_holonym},
                                                             {"part holonym", relation::part_holonym},
                                                             {"member meronym", relation::member_meronym},
                                                             {"substance meronym", relation::substance_meronym},
                                                             {"part meronym", relation::part_meronym},
                                                             {"attribute", relation::attribute},
                                                             {"derivation", relation::derivation},
                                                             {"topic domain", relation::topic_domain},
                                                             {"topic domain member", relation::topic_domain_member},
                                                             {"region domain", relation::region_domain},
                                                             {"region domain member", relation::region_domain_member},
                                                             {"usage domain", relation::usage_domain},
                                                             {"usage domain member", relation::usage_domain_member},
                                                             {"entailment", relation::entailment},
                                                             {"cause", relation::cause},
                                                             {"also see", relation::also_see},
                                                             {"verb group", relation::verb_group},
                                                             {"similar to", relation::similar_to},
                                                             {"participle", relation::participle},
                                                             {"pertainym", relation::pertainym}};

/// A pointer from one synset to another, or from a lemma of the one to a lemma of the other.
export struct synset_pointer {
    relation kind = relation::hypernym;
    synset_id target{};
    unsigned source_lemma = 0; ///< from 1; 0 = the pointer holds for the whole synsets
    unsigned target_lemma = 0; ///< likewise

    [[nodiscard]] bool operator==(synset_pointer const&) const = default;
};

/// A word or collocation of a synset.
export struct synset_lemma {
    std::string name{};   ///< as it is written, with '_' for blanks
    std::string marker{}; ///< where an adjective may stand: "p" predicate, "a" before a noun, "ip" after it; else empty

    [[nodiscard]] bool operator==(synset_lemma const&) const = default;
};

/// A sentence frame of a verb (wninput(5WN) lists them).
export struct verb_frame {
    unsigned frame = 0;
    unsigned lemma = 0; ///< from 1; 0 = all lemmas

    [[nodiscard]] bool operator==(verb_frame const&) const = default;
};

/// Words with one meaning, as their line in the database describes it.
export struct synset {
    synset_id id{};
    bool satellite = false; ///< an adjective that is similar to the head of its cluster
    std::vector<synset_lemma> lemmas{};
    std::vector<synset_pointer> pointers{};
    std::vector<verb_frame> frames{};
    std::string definition{};
    std::vector<std::string> examples{};
};
}
