export module wordmill.corpora:wikitext;
import wordmill.standard;

namespace wordmill {
/// Reduces the markup of a MediaWiki page to plain text: a paragraph, heading or list item is a line closed by '\n'
/// (every source line stays a line of its own; no sentence splitting), empty lines are left out.
///
/// Dropped with their content: templates, parser functions and parameters `{{...}}` (infoboxes, but also words that a
/// template would print: dates, units, transcriptions), tables (`{| |}` and HTML), files, images, categories and links
/// to other languages, references, comments, galleries, formulas, scores, timelines, maps, source code blocks. Dropped,
/// but their text is kept: link targets and URLs (bare URLs stay), bold and italic quotes, heading, list and indent
/// marks, rules, magic words such as `__TOC__`, HTML tags (a line break becomes a space, a block element a line end).
/// Character entities are resolved once, no-break and thin spaces become spaces, runs of spaces become one. Nothing is
/// expanded: text that templates and modules would add is missing, brackets around it may stay empty, and language
/// variants `-{...}-` are kept as written. Unmatched marks are removed, but the text around them is kept. An unclosed
/// comment extends to the end of the page, as in MediaWiki.
///
/// A link to a file is known by its namespace, or by the ending of its name (".jpg") after any namespace; a link to a
/// category by its namespace. The names of these namespaces are those of the larger Wikipedias and `silent_namespaces`
/// (which an export lists under siteinfo); case, and underscores for spaces, make no difference.
///
/// Linear time, no recursion: an explicit stack of at most the size of the markup. Bytes that are not UTF-8 are kept.
export [[nodiscard]] std::string plain_text(std::string_view wikitext,
                                            std::span<std::string const> silent_namespaces = {});
}
