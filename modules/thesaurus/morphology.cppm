module wordmill.thesaurus:morphology;
import :line_table;
import :synset;
import wordmill.standard;

namespace wordmill::detail {
/// The base forms of a word, as `wordnet::base_forms` describes them, by the index and the exceptions of `pos`.
[[nodiscard]] std::vector<std::string> base_forms_of(std::string_view word, part_of_speech pos, line_table const& index,
                                                     line_table const& exceptions);
}
