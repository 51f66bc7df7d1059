module wordmill.corpora:wiki_lines;
import wordmill.standard;

namespace wordmill::detail {
/// Appends the text that the entity at the front of `text` ("&amp;...") stands for. Returns the length of the entity,
/// or 0 if there is none. Spaces of all widths and line ends become ' ', so an entity never starts a new line.
std::size_t append_entity(std::string_view text, std::string& out);

/// The second half of `plain_text`: strips the marks at both ends of lines, resolves entities, collapses runs of spaces
/// and drops empty lines.
std::string tidy_lines(std::string_view text);
}
