module wordmill.corpora:wiki_lines;
import wordmill.standard;

namespace wordmill::detail {
/// Appends the text that the entity at the front of `text` ("&amp;...") stands for; the bytes it took, or 0 when it is
/// none. Spaces of all widths and line ends become ' ', so that an entity never makes a line.
std::size_t append_entity(std::string_view text, std::string& out);

/// The second half of `plain_text`: strips the marks at the borders of lines, resolves entities, joins runs of spaces,
/// leaves out empty lines.
std::string tidy_lines(std::string_view text);
}
