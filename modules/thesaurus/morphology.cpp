module;
#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>
module wordmill.thesaurus;
import :line_fields;
import :line_table;
import :morphology;
import :synset;
import wordmill.text;

namespace wordmill::detail {
namespace {
struct detachment {
    std::string_view suffix, ending;
};

// The rules of morphy(7WN).
constexpr detachment noun_rules[] = {{"s", ""},      {"ses", "s"},   {"ves", "f"},   {"xes", "x"}, {"zes", "z"},
                                     {"ches", "ch"}, {"shes", "sh"}, {"men", "man"}, {"ies", "y"}};
constexpr detachment verb_rules[] = {{"s", ""},   {"ies", "y"}, {"es", "e"},  {"es", ""},
                                     {"ed", "e"}, {"ed", ""},   {"ing", "e"}, {"ing", ""}};
constexpr detachment adjective_rules[] = {{"er", ""}, {"est", ""}, {"er", "e"}, {"est", "e"}};

std::span<detachment const> rules_of(part_of_speech pos) {
    switch (pos) {
    case part_of_speech::noun: return noun_rules;
    case part_of_speech::verb: return verb_rules;
    case part_of_speech::adjective: return adjective_rules;
    case part_of_speech::adverb: return {};
    }
    return {};
}

/// The words of one part of speech.
struct forms {
    part_of_speech pos;
    line_table const& index;
    line_table const& exceptions;

    void add(std::string form, std::vector<std::string>& found) const {
        if (!form.empty() && index.contains(form) && std::ranges::find(found, form) == found.end())
            found.push_back(std::move(form));
    }

    [[nodiscard]] std::vector<std::string> of(std::string_view word) const {
        std::vector<std::string> found;
        add(std::string(word), found);
        if (auto lines = exceptions.find(word); !lines.empty()) {
            for (auto& line : lines)
                while (!line.ended()) add(std::string(line.word("a base form")), found);
            return found;
        }
        for (auto const& [suffix, ending] : rules_of(pos))
            if (word.ends_with(suffix))
                add(std::string(word.substr(0, word.size() - suffix.size())).append(ending), found);
        constexpr std::string_view ful = "ful"; // boxesful: boxes, box, boxful
        if (found.empty() && pos == part_of_speech::noun && word.size() > ful.size() && word.ends_with(ful))
            for (auto const& form : of(word.substr(0, word.size() - ful.size()))) add(form + "ful", found);
        return found;
    }

    /// Every word of a collocation in its first base form.
    [[nodiscard]] std::string joined(std::string_view words) const {
        std::string result;
        while (!words.empty()) {
            auto const word = words.substr(0, words.find_first_of("_-"));
            auto const bases = of(word);
            result += bases.empty() ? word : bases.front();
            words.remove_prefix(word.size());
            if (words.empty()) break;
            result += words.front();
            words.remove_prefix(1);
        }
        return result;
    }
};
}

std::vector<std::string> base_forms_of(std::string_view word, part_of_speech pos, line_table const& index,
                                       line_table const& exceptions) {
    auto text = to_lower_case(word);
    std::ranges::replace(text, ' ', '_');
    forms const known{.pos = pos, .index = index, .exceptions = exceptions};
    auto found = known.of(text);
    if (found.empty() && text.find_first_of("_-") != std::string::npos) known.add(known.joined(text), found);
    return found;
}
}
