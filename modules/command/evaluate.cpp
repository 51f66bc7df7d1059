module;
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>
module wordmill.command;
import :arguments;
import :progress;
import :thesaurus_arguments;
import :vector_arguments;
import wordmill.core;
import wordmill.eval;
import wordmill.text;
import wordmill.thesaurus;
import wordmill.vectors;

namespace wordmill {
namespace {
struct evaluate_arguments {
    vector_arguments vectors;
    std::vector<std::string> similarities;
    std::vector<std::string> analogies;
    std::string thesaurus;
    std::string thesaurus_words = "2000";
    std::string thesaurus_pairs = "10K";
    std::string seed = "1";
    method_argument method;
    bool lower_case = false;
};

std::string json_score(std::optional<double> value) { return value ? decimal(value, 6) : "null"; }

std::string similarity_line(std::string const& name, similarity_score const& s, bool json) {
    if (json)
        return "{\"set\":" + json_string(name) + ",\"spearman\":" + json_score(s.spearman)
               + ",\"pearson\":" + json_score(s.pearson) + ",\"pairs\":" + std::to_string(s.pairs)
               + ",\"covered\":" + std::to_string(s.covered) + ",\"unknown_words\":" + std::to_string(s.unknown.size())
               + ",\"zero_vectors\":" + std::to_string(s.zero) + "}\n";
    auto line = name + ": Spearman " + decimal(s.spearman) + " over " + format_count(s.covered) + " of "
                + format_count(s.pairs) + " pairs (" + decimal(100 * s.uncovered_share(), 1) + " % not covered";
    for (std::size_t i = 0; i < s.unknown.size() && i < 5; ++i)
        line += (i == 0 ? "; unknown: " : ", ") + printable(s.unknown[i]);
    if (s.unknown.size() > 5) line += " and " + format_count(s.unknown.size() - 5) + " more";
    if (s.zero > 0) line += "; " + format_count(s.zero) + " with a vector that is zero";
    return line + ")\n";
}

std::string section_line(section_score const& s, bool json) {
    if (json)
        return "{\"section\":" + json_string(s.name) + ",\"accuracy\":" + json_score(s.accuracy())
               + ",\"questions\":" + std::to_string(s.questions) + ",\"covered\":" + std::to_string(s.covered)
               + ",\"correct\":" + std::to_string(s.correct) + "}";
    auto const share = s.accuracy();
    return "  " + (s.name.empty() ? std::string("(no section)") : printable(s.name)) + ": " + format_count(s.correct)
           + " of " + format_count(s.covered) + " correct" + (share ? " (" + decimal(100 * *share, 1) + " %)" : "")
           + ", " + format_count(s.covered) + " of " + format_count(s.questions) + " covered\n";
}

std::string analogy_lines(std::string const& name, analogy_score const& s, bool json) {
    auto total = s.total;
    total.name = "all";
    if (!json) {
        auto lines = name + ":\n";
        for (auto const& section : s.sections) lines += section_line(section, false);
        return lines + section_line(total, false);
    }
    auto line = "{\"set\":" + json_string(name) + ",\"sections\":[";
    for (bool first = true; auto const& section : s.sections) {
        line += (first ? "" : ",") + section_line(section, true);
        first = false;
    }
    return line + "],\"total\":" + section_line(total, true) + "}\n";
}

std::string thesaurus_line(thesaurus_score const& s, bool json) {
    if (json)
        return "{\"set\":\"thesaurus\",\"spearman\":" + json_score(s.spearman) + ",\"pairs\":" + std::to_string(s.pairs)
               + ",\"nouns\":" + std::to_string(s.words) + ",\"other_words\":" + std::to_string(s.other_words)
               + ",\"zero_vectors\":" + std::to_string(s.zero) + "}\n";
    auto line = "thesaurus: Spearman " + decimal(s.spearman) + " over " + format_count(s.pairs) + " pairs of "
                + format_count(s.words) + " nouns (" + format_count(s.other_words) + " words are no nouns";
    if (s.zero > 0) line += "; " + format_count(s.zero) + " with a vector that is zero";
    return line + ")\n";
}

void evaluate(evaluate_arguments const& a) {
    bool const json = a.vectors.wants_json();
    analogy_eval_options options{.max_words = parse_count(a.vectors.max_words, "--max-words"),
                                 .method = a.method.resolve(),
                                 .lower_case = a.lower_case,
                                 .threads = a.vectors.thread_count()};
    if (a.similarities.empty() && a.analogies.empty() && a.thesaurus.empty())
        throw error(failure::usage, "evaluate: expected --similarity or --analogy with a file, or --thesaurus with a "
                                    "folder, found none");
    thesaurus_eval_options nouns{.words = parse_positive(a.thesaurus_words, "--thesaurus-words"),
                                 .pairs = parse_positive(a.thesaurus_pairs, "--thesaurus-pairs"),
                                 .seed = parse_count(a.seed, "--seed")};
    std::optional<wordnet> thesaurus;
    if (!a.thesaurus.empty()) thesaurus = open_thesaurus(a.thesaurus);
    std::vector<similarity_set> sets;
    std::vector<std::string> words; // a fastText model makes vectors for those it does not know
    for (auto const& name : a.similarities)
        for (auto const& pair : sets.emplace_back(load_similarity_set(name)).pairs)
            words.insert(words.end(), {pair.first, pair.second});
    auto const scores_of = [&](auto const& vectors) {
        std::string out;
        for (std::size_t i = 0; i < sets.size(); ++i)
            out += similarity_line(a.similarities[i],
                                   evaluate_similarity(vectors, sets[i], {.lower_case = a.lower_case}), json);
        for (auto const& name : a.analogies)
            out += analogy_lines(name, evaluate_analogies(vectors, load_analogy_set(name), options), json);
        if (thesaurus) {
            nouns.max_words = options.max_words;
            out += thesaurus_line(evaluate_thesaurus(vectors, *thesaurus, nouns), json);
        }
        return out;
    };
    if (a.vectors.are_sparse()) return print(scores_of(a.vectors.load_sparse()));
    auto const vectors = a.vectors.load(std::move(words));
    if (options.max_words == 0) options.max_words = vectors.size() - vectors.composed();
    std::string composed;
    if (vectors.composed() > 0 && !json)
        composed = format_count(vectors.composed()) + " words of the similarity sets have vectors of their subwords\n";
    print(composed + scores_of(vectors));
}
}

void add_evaluate(command_line line) {
    auto const a = std::make_shared<evaluate_arguments>();
    auto command = line.subcommand("evaluate", "Score word vectors on similarity and analogy sets");
    a->vectors.add_to(command, "Use only the first N words of the vectors; 0 = all");
    a->method.add_to(command);
    command.option("--similarity", a->similarities,
                   "Sets with two words and a score per line: WordSim-353, SimLex-999, MEN, RareWords, 'synth --truth'",
                   "FILE");
    command.option("--analogy", a->analogies, "Sets with four words per line in ': sections', as questions-words.txt",
                   "FILE");
    command.option("--thesaurus", a->thesaurus,
                   "Compare with path similarity in WordNet, in this folder; auto = where 'thesaurus' finds it",
                   "FOLDER");
    command.option("--thesaurus-words", a->thesaurus_words, "Compare the first N words that are mostly nouns", "N");
    command.option("--thesaurus-pairs", a->thesaurus_pairs, "Pairs to draw of them", "N");
    command.option("--seed", a->seed, "Seed of the pairs", "N");
    command.flag("--lower-case", a->lower_case, "Look up unknown words of the sets in lower case");
    command.run([a] { evaluate(*a); });
}
}
