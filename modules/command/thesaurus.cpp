module;
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
module wordmill.command;
import :arguments;
import :progress;
import :thesaurus_arguments;
import :vector_arguments;
import wordmill.core;
import wordmill.text;
import wordmill.thesaurus;

namespace wordmill {
wordnet open_thesaurus(std::string const& folder) {
    if (folder != "auto") return load_wordnet(folder);
    return load_wordnet(find_wordnet(wordnet_folders([](char const* name) { return std::getenv(name); })));
}

namespace {
struct common_arguments {
    std::string folder = "auto";
    std::string format = "text";

    void add_to(command_line line) {
        line.option(
            "--folder", folder,
            "The folder of WordNet; auto = $WNSEARCHDIR, those of NLTK, /usr/share/wordnet: the first that has it",
            "FOLDER");
        line.option("--format", format, "text or json", "FORMAT");
    }
    [[nodiscard]] bool wants_json() const {
        static constexpr named_value<bool> formats[] = {{"text", false}, {"json", true}};
        return choose("--format", format, formats);
    }
};

struct lookup_arguments {
    common_arguments common;
    std::vector<std::string> words;
    bool relations = false;
};

struct similarity_arguments {
    common_arguments common;
    std::vector<std::string> names;
};

std::string joined(std::vector<std::string> const& parts, std::string_view separator) {
    std::string text;
    for (auto const& part : parts) text += (&part == &parts.front() ? "" : std::string(separator)) + printable(part);
    return text;
}

std::string json_list(std::vector<std::string> const& strings) {
    std::string text = "[";
    for (auto const& each : strings) text += (text.size() > 1 ? "," : "") + json_string(each);
    return text + "]";
}

/// A synset in words.
struct description {
    std::string name{};
    synset read{};
    std::vector<std::string> lemmas{};
    std::vector<std::vector<std::string>> paths{}; ///< of hypernyms, from the root
    struct related_synsets {
        std::string_view kind;
        std::vector<std::string> names;
    };
    std::vector<related_synsets> relations{};
};

description described(wordnet const& words, synset_id id, bool with_relations) {
    description result{.name = words.name(id), .read = words.read(id)};
    auto const names_of = [&](std::vector<synset_id> const& ids) {
        std::vector<std::string> names;
        for (auto const each : ids) names.push_back(words.name(each));
        return names;
    };
    for (auto const& lemma : result.read.lemmas) result.lemmas.push_back(lemma.name);
    for (auto const& path : hypernym_paths(words, id)) result.paths.push_back(names_of(path));
    if (with_relations)
        for (auto const& [kind, each] : relations)
            if (auto const targets = related(words, id, each); !targets.empty())
                result.relations.push_back({kind, names_of(targets)});
    return result;
}

std::string text_of(description const& d) {
    auto text = printable(d.name) + ": " + printable(d.read.definition) + "\n";
    for (auto const& example : d.read.examples) text += "  example: " + printable(example) + "\n";
    text += "  lemmas: " + joined(d.lemmas, ", ") + "\n";
    for (auto const& path : d.paths)
        if (path.size() > 1) text += "  path: " + joined(path, " > ") + "\n";
    for (auto const& [kind, names] : d.relations) text += "  " + std::string(kind) + ": " + joined(names, ", ") + "\n";
    return text;
}

std::string json_of(description const& d, bool with_relations) {
    auto text = "{\"name\":" + json_string(d.name) + ",\"definition\":" + json_string(d.read.definition)
                + ",\"examples\":" + json_list(d.read.examples) + ",\"lemmas\":" + json_list(d.lemmas)
                + ",\"hypernym_paths\":[";
    for (bool first = true; auto const& path : d.paths) {
        text += (first ? "" : ",") + json_list(path);
        first = false;
    }
    text += "]";
    if (with_relations) {
        text += ",\"relations\":{";
        for (bool first = true; auto const& [kind, names] : d.relations) {
            text += (first ? "" : ",") + json_string(kind) + ":" + json_list(names);
            first = false;
        }
        text += "}";
    }
    return text + "}";
}

void look_up(lookup_arguments const& a) {
    bool const json = a.common.wants_json();
    if (a.words.empty()) throw error(failure::usage, "thesaurus: expected a word, found none");
    auto const words = open_thesaurus(a.common.folder);
    std::string out;
    for (auto const& word : a.words) {
        auto const synsets = words.synsets(word);
        if (synsets.empty())
            throw error(failure::bad_data, "expected a word that WordNet has, found '" + printable(word) + "'");
        std::string of_word;
        for (auto const id : synsets) {
            auto const d = described(words, id, a.relations);
            of_word += json ? (of_word.empty() ? "" : ",") + json_of(d, a.relations) : text_of(d);
        }
        if (json) {
            out += "{\"word\":" + json_string(word) + ",\"synsets\":[" + of_word + "]}\n";
        } else {
            if (a.words.size() > 1) out += (out.empty() ? "" : "\n") + printable(word) + ":\n";
            out += of_word;
        }
    }
    print(out);
}

void compare(similarity_arguments const& a) {
    bool const json = a.common.wants_json();
    auto const words = open_thesaurus(a.common.folder);
    auto const first = words.find(a.names.at(0)), second = words.find(a.names.at(1));
    struct measure {
        std::string_view name, json_name;
        std::optional<double> value;
    };
    measure const measures[] = {
        {"path", "path", path_similarity(words, first, second)},
        {"Wu-Palmer", "wu_palmer", wu_palmer_similarity(words, first, second)},
        {"Leacock-Chodorow", "leacock_chodorow", leacock_chodorow_similarity(words, first, second)}};
    std::string out;
    if (json) {
        out = "{\"first\":" + json_string(words.name(first)) + ",\"second\":" + json_string(words.name(second));
        for (auto const& [name, json_name, value] : measures)
            out += ",\"" + std::string(json_name) + "\":" + (value ? json_number(*value) : "null");
        return print(out + "}\n");
    }
    for (auto const& [name, json_name, value] : measures) out += std::string(name) + "\t" + decimal(value) + "\n";
    print(out);
}
}

void add_thesaurus(command_line line) {
    auto const a = std::make_shared<lookup_arguments>();
    auto command = line.subcommand("thesaurus", "Look words up in WordNet; or compare synsets");
    command.option("words", a->words, "Words to look up, in any of their forms; after -- a word may be 'similarity'",
                   "WORD");
    a->common.add_to(command);
    command.flag("--relations", a->relations, "Also list what the synsets point to");
    command.run([a] { look_up(*a); });

    auto const s = std::make_shared<similarity_arguments>();
    auto similarity = command.subcommand("similarity", "Compare two synsets by their hypernyms");
    similarity.option("names", s->names, "Two synsets, such as car.n.01", "NAME", {.required = true, .values = 2});
    s->common.add_to(similarity);
    similarity.run([s] { compare(*s); });
}
}
