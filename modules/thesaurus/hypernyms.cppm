export module wordmill.thesaurus:hypernyms;
import :synset;
import :wordnet;
import wordmill.standard;

namespace wordmill {
/// The synsets to which pointers of this kind lead, of the synset or of its lemmas, each once, in the order of the
/// database.
export [[nodiscard]] std::vector<synset_id> related(wordnet const& words, synset_id id, relation kind);
/// All that can be reached by pointers of these kinds, nearest first, without `id` itself. All hyponyms of a noun are
/// `reachable(words, id, {relation::hyponym, relation::instance_hyponym})`.
export [[nodiscard]] std::vector<synset_id> reachable(wordnet const& words, synset_id id,
                                                      std::initializer_list<relation> kinds);
/// The hypernyms of a synset and the hypernyms of which it is an instance.
export [[nodiscard]] std::vector<synset_id> hypernyms(wordnet const& words, synset_id id);
/// All ways from a synset without hypernyms down to `id`, both included. `failure::bad_data` when hypernyms form a
/// cycle, and for more than 10,000 ways, which only a damaged database has.
export [[nodiscard]] std::vector<std::vector<synset_id>> hypernym_paths(wordnet const& words, synset_id id);

namespace detail {
/// The steps from a synset up to one without hypernyms, on the shortest and on the longest way.
struct depth_range {
    unsigned least = 0;
    unsigned most = 0;
};

/// Computes depths and remembers them.
class depth_finder {
public:
    explicit depth_finder(wordnet words);
    /// `failure::bad_data` when hypernyms form a cycle.
    [[nodiscard]] depth_range of(synset_id id);

private:
    wordnet words_;
    std::map<synset_id, std::optional<depth_range>> known_; ///< nothing while a synset waits for its hypernyms
};

/// The largest `depth_range::most`.
[[nodiscard]] unsigned deepest(wordnet const& words, std::vector<synset_id> const& ids);
}
}
