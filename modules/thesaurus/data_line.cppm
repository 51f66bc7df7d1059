module wordmill.thesaurus:data_line;
import :synset;
import wordmill.standard;

namespace wordmill::detail {
/// A data file of WordNet, as wndb(5WN) describes it.
struct data_file {
    part_of_speech pos = part_of_speech::noun;
    std::string file{};
    std::string text{};
};

/// The letter of a part of speech in files and names: n, v, a or r.
[[nodiscard]] constexpr char letter(part_of_speech pos) noexcept { return "nvar"[static_cast<std::size_t>(pos)]; }

/// Reads the synset whose line begins at this byte. `failure::bad_data` with file and byte when no line of this number
/// begins there, or the line is malformed.
[[nodiscard]] synset read_synset(data_file const& data, std::uint32_t offset);
/// Only its pointers: without the rest, reading takes a fraction of the time.
[[nodiscard]] std::vector<synset_pointer> read_pointers(data_file const& data, std::uint32_t offset);
[[nodiscard]] bool is_satellite(data_file const& data, std::uint32_t offset);
/// The bytes at which the lines of synsets begin.
[[nodiscard]] std::vector<std::uint32_t> synset_offsets(data_file const& data);
}
