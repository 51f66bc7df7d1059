module;
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>
module wordmill.thesaurus;
import :data_line;
import :hypernyms;
import :line_fields;
import :line_table;
import :morphology;
import :synset;
import :wordnet;
import wordmill.core;
import wordmill.io;
import wordmill.text;

namespace wordmill {
namespace {
constexpr std::array<std::string_view, 4> suffixes{"noun", "verb", "adj", "adv"};
constexpr std::uint64_t largest_file = std::uint64_t{1} << 30;

std::size_t index(part_of_speech pos) { return static_cast<std::size_t>(pos); }

std::string data_name(part_of_speech pos) { return "data." + std::string(suffixes[index(pos)]); }
std::string index_name(part_of_speech pos) { return "index." + std::string(suffixes[index(pos)]); }
std::string exceptions_name(part_of_speech pos) { return std::string(suffixes[index(pos)]) + ".exc"; }

struct index_entry {
    unsigned tagged = 0;
    std::vector<synset_id> synsets{};
};

/// What an index line says after its lemma.
index_entry read_entry(detail::line_fields fields, part_of_speech pos) {
    std::string const own(1, detail::letter(pos));
    if (fields.word("a part of speech") != own) fields.refuse("the part of speech " + own);
    auto const synsets = fields.number("the number of synsets", 10, 0);
    if (synsets == 0) fields.refuse("one synset or more");
    for (auto left = fields.number("the number of pointer symbols", 10, 0); left > 0; --left)
        (void)fields.word("the symbol of a pointer");
    (void)fields.number("the number of senses", 10, 0);
    index_entry entry;
    entry.tagged = fields.number("the number of tagged senses", 10, 0);
    for (std::uint32_t i = 0; i < synsets; ++i)
        entry.synsets.push_back({pos, fields.number("the number of a synset, 8 digits", 10, 8)});
    if (!fields.ended()) {
        (void)fields.word("");
        fields.refuse("the end of the line after " + std::to_string(synsets) + " synsets");
    }
    return entry;
}

index_entry find_entry(detail::line_table const& table, std::string_view lemma, part_of_speech pos) {
    auto lines = table.find(lemma);
    if (lines.empty()) return {};
    if (lines.size() > 1) {
        (void)lines[1].word("a part of speech");
        lines[1].refuse("one line for '" + std::string(lemma) + "'");
    }
    return read_entry(lines[0], pos);
}
}

struct wordnet::tables {
    std::array<detail::data_file, 4> data;
    std::array<detail::line_table, 4> index;
    std::array<detail::line_table, 4> exceptions;
    mutable std::array<std::once_flag, 4> depth_known;
    mutable std::array<unsigned, 4> depths{};
};

wordnet::wordnet(wordnet_files files) {
    auto made = std::make_shared<tables>();
    for (auto const& [name, pos] : parts_of_speech) {
        auto const at = index(pos);
        auto const path = [&](std::string const& file) {
            return (std::filesystem::path(files.folder) / file).string();
        };
        made->data[at] = {.pos = pos, .file = path(data_name(pos)), .text = std::move(files.data[at])};
        detail::expect_last_line_end(made->data[at].file, made->data[at].text);
        made->index[at] = {path(index_name(pos)), std::move(files.index[at])};
        made->exceptions[at] = {path(exceptions_name(pos)), std::move(files.exceptions[at])};
    }
    tables_ = std::move(made);
}

std::string wordnet::version() const {
    constexpr std::string_view before = "WordNet ", after = " Copyright";
    std::string_view const text = tables_->data[index(part_of_speech::adjective)].text;
    auto const licence = text.substr(0, text.find("\n0")); // its lines begin with blanks
    auto const end = licence.find(after);
    auto const name = licence.substr(0, end).rfind(before);
    if (end == std::string_view::npos || name == std::string_view::npos) return {};
    return std::string(licence.substr(name + before.size(), end - name - before.size()));
}

std::vector<synset_id> wordnet::synsets(std::string_view word) const {
    std::vector<synset_id> all;
    for (auto const& [name, pos] : parts_of_speech)
        for (auto const id : synsets(word, pos)) all.push_back(id);
    return all;
}

std::vector<synset_id> wordnet::synsets(std::string_view word, part_of_speech pos) const {
    std::vector<synset_id> all;
    for (auto const& form : base_forms(word, pos))
        for (auto const id : senses(form, pos))
            if (std::ranges::find(all, id) == all.end()) all.push_back(id);
    return all;
}

std::vector<synset_id> wordnet::senses(std::string_view lemma, part_of_speech pos) const {
    return find_entry(tables_->index[index(pos)], lemma, pos).synsets;
}

unsigned wordnet::tagged_senses(std::string_view lemma, part_of_speech pos) const {
    return find_entry(tables_->index[index(pos)], lemma, pos).tagged;
}

std::vector<std::string> wordnet::base_forms(std::string_view word, part_of_speech pos) const {
    return detail::base_forms_of(word, pos, tables_->index[index(pos)], tables_->exceptions[index(pos)]);
}

namespace {
[[noreturn]] void refuse_name(std::string const& expected, std::string_view found) {
    throw error(failure::bad_data, "WordNet: expected " + expected + ", found '" + std::string(found) + "'");
}

std::optional<part_of_speech> pos_named(std::string_view text) {
    if (text == "s") return part_of_speech::adjective;
    for (auto const& [name, pos] : parts_of_speech)
        if (text.size() == 1 && text[0] == detail::letter(pos)) return pos;
    return std::nullopt;
}
}

synset_id wordnet::find(std::string_view name) const {
    auto const lower = to_lower_case(name);
    std::string_view const text(lower);
    auto const last = text.rfind('.');
    auto const middle =
        last == std::string_view::npos || last == 0 ? std::string_view::npos : text.rfind('.', last - 1);
    if (middle == std::string_view::npos || middle == 0)
        refuse_name("a name such as car.n.01 (lemma, part of speech, number of the sense)", name);
    auto const lemma = text.substr(0, middle);
    auto const letter = text.substr(middle + 1, last - middle - 1);
    auto const pos = pos_named(letter);
    if (!pos) refuse_name("n, v, a, s or r as the part of speech of a name such as car.n.01", name);
    bool const satellite = letter == "s";
    auto const all = numbered(lemma, *pos, satellite);
    auto const what = (satellite ? "satellite " : "") + std::string(parts_of_speech[index(*pos)].name) + " '"
                      + std::string(lemma) + "'";
    if (all.empty()) refuse_name("a lemma of WordNet, which has no " + what, name);
    auto const number = parse_number<std::uint32_t>(text.substr(last + 1));
    if (!number || *number == 0 || *number > all.size())
        refuse_name("a sense from 1 to " + std::to_string(all.size()) + " of the " + what, name);
    return all[*number - 1];
}

std::vector<synset_id> wordnet::numbered(std::string_view lemma, part_of_speech pos, bool satellites) const {
    auto all = senses(lemma, pos);
    if (satellites)
        std::erase_if(all, [&](synset_id id) { return !detail::is_satellite(tables_->data[index(pos)], id.offset); });
    return all;
}

std::string wordnet::name(synset_id id) const { return name(read(id)); }

std::string wordnet::name(synset const& read) const {
    auto const lemma = to_lower_case(read.lemmas.at(0).name);
    auto const all = numbered(lemma, read.id.pos, read.satellite);
    for (std::size_t i = 0; i < all.size(); ++i)
        if (all[i] == read.id) {
            auto number = std::to_string(i + 1);
            if (number.size() < 2) number.insert(0, "0");
            return lemma + '.' + (read.satellite ? 's' : detail::letter(read.id.pos)) + '.' + number;
        }
    throw error(failure::bad_data,
                "WordNet: expected a synset that the index lists for '" + lemma + "', found one that it does not list",
                {.file = tables_->data[index(read.id.pos)].file, .byte = read.id.offset},
                "the files come from different versions of WordNet, or one is damaged");
}

synset wordnet::read(synset_id id) const { return detail::read_synset(tables_->data[index(id.pos)], id.offset); }

std::vector<synset_pointer> wordnet::pointers(synset_id id) const {
    return detail::read_pointers(tables_->data[index(id.pos)], id.offset);
}

std::vector<synset_id> wordnet::all(part_of_speech pos) const {
    std::vector<synset_id> ids;
    for (auto const offset : detail::synset_offsets(tables_->data[index(pos)])) ids.push_back({pos, offset});
    return ids;
}

unsigned wordnet::max_depth(part_of_speech pos) const {
    auto const at = index(pos);
    std::call_once(tables_->depth_known[at], [&] { tables_->depths[at] = detail::deepest(*this, all(pos)); });
    return tables_->depths[at];
}

wordnet load_wordnet(std::string const& folder) {
    wordnet_files files{.folder = folder};
    auto const read = [&](std::string const& name) {
        auto const path = (std::filesystem::path(folder) / name).string();
        std::error_code unreadable;
        if (!std::filesystem::exists(path, unreadable))
            throw error(failure::no_input, "WordNet: expected the file " + name + ", found none", {.file = folder},
                        "a folder of WordNet has data, index and exc files for nouns, verbs, adjectives and adverbs");
        return detail::byte_reader(path).rest(largest_file, "a file of WordNet");
    };
    for (auto const& [name, pos] : parts_of_speech) {
        files.data[index(pos)] = read(data_name(pos));
        files.index[index(pos)] = read(index_name(pos));
        files.exceptions[index(pos)] = read(exceptions_name(pos));
    }
    return wordnet(std::move(files));
}
}
