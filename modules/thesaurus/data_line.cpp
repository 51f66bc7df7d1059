module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>
module wordmill.thesaurus;
import :data_line;
import :line_fields;
import :synset;
import wordmill.core;

namespace wordmill::detail {
namespace {
constexpr std::string_view other_version = "the files come from different versions of WordNet, or one is damaged";

/// The symbols of wninput(5WN).
constexpr named_value<relation> symbols[] = {{"!", relation::antonym},
                                             {"@", relation::hypernym},
                                             {"@i", relation::instance_hypernym},
                                             {"~", relation::hyponym},
                                             {"~i", relation::instance_hyponym},
                                             {"#m", relation::member_holonym},
                                             {"#s", relation::substance_holonym},
                                             {"#p", relation::part_holonym},
                                             {"%m", relation::member_meronym},
                                             {"%s", relation::substance_meronym},
                                             {"%p", relation::part_meronym},
                                             {"=", relation::attribute},
                                             {"+", relation::derivation},
                                             {";c", relation::topic_domain},
                                             {"-c", relation::topic_domain_member},
                                             {";r", relation::region_domain},
                                             {"-r", relation::region_domain_member},
                                             {";u", relation::usage_domain},
                                             {"-u", relation::usage_domain_member},
                                             {"*", relation::entailment},
                                             {">", relation::cause},
                                             {"^", relation::also_see},
                                             {"$", relation::verb_group},
                                             {"&", relation::similar_to},
                                             {"<", relation::participle},
                                             {"\\", relation::pertainym}};

/// The line at `offset`, after its number was compared with it.
line_fields line_at(data_file const& data, std::uint32_t offset) {
    auto const refuse = [&](std::string const& found) {
        throw error(failure::bad_data, "WordNet: expected the line of a synset to begin here, found " + found,
                    {.file = data.file, .byte = offset}, other_version);
    };
    if (offset >= data.text.size()) refuse("the end of the file at byte " + std::to_string(data.text.size()));
    if (offset > 0 && data.text[offset - 1] != '\n') refuse("the middle of a line");
    line_fields fields(data.file, data.text, offset, data.text.find('\n', offset));
    if (fields.number("the number of a synset, 8 digits", 10, 8) != offset)
        fields.refuse("a synset with the number of its byte", other_version);
    return fields;
}

struct line_start {
    bool satellite;
    std::uint32_t lemmas;
};

/// The fields before the lemmas.
line_start read_start(line_fields& fields, part_of_speech pos) {
    (void)fields.number("the number of a lexicographer file, 2 digits", 10, 2);
    auto const type = fields.word("a part of speech");
    std::string const own(1, letter(pos));
    bool const satellite = type == "s" && pos == part_of_speech::adjective;
    if (!satellite && type != own) fields.refuse("the part of speech " + own);
    auto const lemmas = fields.number("the number of lemmas, 2 hexadecimal digits", 16, 2);
    if (lemmas == 0) fields.refuse("one lemma or more");
    return {.satellite = satellite, .lemmas = lemmas};
}

part_of_speech pos_of(line_fields& fields) {
    auto const text = fields.word("a part of speech");
    for (auto const& [name, pos] : parts_of_speech)
        if (text.size() == 1 && (text[0] == letter(pos) || (text[0] == 's' && pos == part_of_speech::adjective)))
            return pos;
    fields.refuse("one of the parts of speech n, v, a, s and r");
}

std::vector<synset_pointer> read_pointers(line_fields& fields, std::uint32_t lemmas) {
    std::vector<synset_pointer> pointers;
    for (auto left = fields.number("the number of pointers, 3 digits", 10, 3); left > 0; --left) {
        auto const symbol = fields.word("the symbol of a pointer");
        auto const* const known = std::ranges::find(symbols, symbol, &named_value<relation>::name);
        if (known == std::end(symbols)) fields.refuse("the symbol of a pointer, as in wninput(5WN)");
        synset_pointer pointer{.kind = known->value};
        pointer.target.offset = fields.number("the number of a synset, 8 digits", 10, 8);
        pointer.target.pos = pos_of(fields);
        auto const both = fields.number("the numbers of two lemmas, 4 hexadecimal digits", 16, 4);
        pointer.source_lemma = both >> 8;
        pointer.target_lemma = both & 0xff;
        if (pointer.source_lemma > lemmas) fields.refuse("a pointer from one of " + std::to_string(lemmas) + " lemmas");
        pointers.push_back(pointer);
    }
    return pointers;
}

std::vector<verb_frame> read_frames(line_fields& fields, std::uint32_t lemmas) {
    std::vector<verb_frame> frames;
    for (auto left = fields.number("the number of verb frames, 2 digits", 10, 2); left > 0; --left) {
        if (fields.word("a verb frame") != "+") fields.refuse("the + of a verb frame");
        verb_frame frame;
        frame.frame = fields.number("the number of a verb frame, 2 digits", 10, 2);
        frame.lemma = fields.number("the number of a lemma, 2 hexadecimal digits", 16, 2);
        if (frame.lemma > lemmas) fields.refuse("a verb frame of one of " + std::to_string(lemmas) + " lemmas");
        frames.push_back(frame);
    }
    return frames;
}

/// "clever(a)" -> clever, a.
synset_lemma lemma_of(std::string_view text) {
    auto const open = text.ends_with(')') ? text.find('(') : std::string_view::npos;
    if (open == std::string_view::npos || open == 0) return {.name = std::string(text)};
    return {.name = std::string(text.substr(0, open)),
            .marker = std::string(text.substr(open + 1, text.size() - open - 2))};
}

std::string_view trimmed(std::string_view text, std::string_view what) {
    auto const first = text.find_first_not_of(what);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(what) + 1 - first);
}

/// Splits a gloss into the definition and the examples, which are in quotes. A quote that is never closed is text.
void split_gloss(std::string_view gloss, synset& into) {
    std::string definition;
    while (!gloss.empty()) {
        auto const open = gloss.find('"');
        auto const close = open == std::string_view::npos ? open : gloss.find('"', open + 1);
        if (close == std::string_view::npos) break;
        definition += gloss.substr(0, open);
        into.examples.emplace_back(gloss.substr(open + 1, close - open - 1));
        gloss.remove_prefix(close + 1);
    }
    definition += gloss;
    into.definition = trimmed(definition, "; \r");
}
}

synset read_synset(data_file const& data, std::uint32_t offset) {
    auto fields = line_at(data, offset);
    auto const [satellite, lemmas] = read_start(fields, data.pos);
    synset result{.id = {data.pos, offset}, .satellite = satellite};
    for (std::uint32_t i = 0; i < lemmas; ++i) {
        result.lemmas.push_back(lemma_of(fields.word("a lemma")));
        (void)fields.number("the hexadecimal number of a sense", 16, 0);
    }
    result.pointers = read_pointers(fields, lemmas);
    if (data.pos == part_of_speech::verb) result.frames = read_frames(fields, lemmas);
    if (fields.word("| and a definition") != "|") fields.refuse("| and a definition");
    split_gloss(fields.rest(), result);
    return result;
}

std::vector<synset_pointer> read_pointers(data_file const& data, std::uint32_t offset) {
    auto fields = line_at(data, offset);
    auto const lemmas = read_start(fields, data.pos).lemmas;
    for (std::uint32_t i = 0; i < 2 * lemmas; ++i) (void)fields.word("a lemma and the number of its sense");
    return read_pointers(fields, lemmas);
}

bool is_satellite(data_file const& data, std::uint32_t offset) {
    auto fields = line_at(data, offset);
    return read_start(fields, data.pos).satellite;
}

std::vector<std::uint32_t> synset_offsets(data_file const& data) {
    std::vector<std::uint32_t> offsets;
    for (std::size_t start = 0; start < data.text.size(); start = data.text.find('\n', start) + 1)
        if (data.text[start] != ' ') offsets.push_back(static_cast<std::uint32_t>(start));
    return offsets;
}
}
