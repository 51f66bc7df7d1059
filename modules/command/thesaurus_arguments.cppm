module wordmill.command:thesaurus_arguments;
import wordmill.standard;
import wordmill.thesaurus;

namespace wordmill {
/// Reads WordNet from a folder; from the first place where it is installed (`wordnet_folders`) if the folder is "auto".
[[nodiscard]] wordnet open_thesaurus(std::string const& folder);
}
