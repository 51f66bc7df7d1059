export module wordmill.text:lower_case;
import wordmill.standard;

namespace wordmill {
/// The lower-case forms of a word that the tokenizers make, each once and without the word itself, the likeliest first:
/// Unicode's lower case of the word in form NFC, the same without a change of form, and its case folding, which
/// differs in a few letters ('ς' and 'σ', 'ß' and 'ss'). As in the tokenizers, the process's locale has no influence
/// and bytes that are not UTF-8 become U+FFFD.
export [[nodiscard]] std::vector<std::string> lower_case_forms(std::string_view word);
/// The text in lower case, without a change of form: Unicode's full mapping in the root locale, as Python's
/// `str.lower`. Bytes that are not UTF-8 become U+FFFD.
export [[nodiscard]] std::string to_lower_case(std::string_view text);
}
