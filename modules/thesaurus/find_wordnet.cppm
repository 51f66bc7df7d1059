export module wordmill.thesaurus:find_wordnet;
import wordmill.standard;

namespace wordmill {
/// Reads a variable of the environment, as `std::getenv`: nullptr when it is not set.
export using environment = std::function<char const*(char const*)>;

/// The folders in which WordNet may be, in the order in which they are searched:
/// 1. $WNSEARCHDIR, as for WordNet's own programs; if it is set, no other.
/// 2. corpora/wordnet, then corpora/wordnet31, in each folder of $NLTK_DATA.
/// 3. /usr/share/wordnet, of Debian's package wordnet-base.
/// 4. The same as in 2 where NLTK puts its data: $HOME/nltk_data, and nltk_data in /usr/share, /usr/local/share,
///    /usr/lib and /usr/local/lib.
export [[nodiscard]] std::vector<std::string> wordnet_folders(environment const& variable);
/// The first of these folders with a file data.noun. `failure::unavailable` when there is none: its message lists the
/// folders, and its hint says how to get WordNet.
export [[nodiscard]] std::string find_wordnet(std::vector<std::string> const& folders);
}
