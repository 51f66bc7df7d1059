module;
#include <array>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>
module wordmill.command;
import :arguments;
import :progress;
import :vector_arguments;
import wordmill.core;
import wordmill.io;
import wordmill.stats;
import wordmill.text;
import wordmill.vectors;

namespace wordmill {
void row_arguments::add_to(command_line line, std::string const& what) {
    line.option("--on-bad", on_bad, what + ": strict (stop), skip (leave out and count)", "POLICY");
}

bad_rows row_arguments::resolve() const {
    static constexpr named_value<bad_rows> policies[] = {{"strict", bad_rows::strict}, {"skip", bad_rows::skip}};
    return choose("--on-bad", on_bad, policies);
}

word_vectors row_arguments::load(std::string const& file, load_vectors_options options) const {
    options.on_bad = resolve();
    tally const counts;
    options.counts = counts;
    auto vectors = load_vectors(file, options);
    report_rows({}, counts);
    return vectors;
}

void report_rows(log_options const& log, tally const& counts) {
    auto const places = [](dropped const& entry) {
        std::string text;
        for (auto const& where : entry.first_places) text += (text.empty() ? " (" : "; ") + where.text();
        if (entry.count > entry.first_places.size() && !text.empty()) text += "; ...";
        return text.empty() ? text : text + ")";
    };
    for (auto const& note : counts.notes()) log_line(log, "warning", note.reason + places(note));
    for (auto const& left_out : counts.drops())
        log_line(log, "warning",
                 format_count(left_out.count) + (left_out.count == 1 ? " row" : " rows") + " of "
                     + format_count(counts.read_count(left_out.unit)) + " left out: " + left_out.reason
                     + places(left_out));
}

void vector_arguments::add_to(command_line line, std::string const& words) {
    line.option("vectors", vectors,
                "Word vectors in any known format, or with --vocabulary a sparse matrix of PPMI or counts", "FILE",
                {.required = true});
    line.option("--vocabulary", vocabulary, "The vocabulary of the rows of a sparse matrix", "FILE");
    line.option("--max-words", max_words, words, "N");
    line.option("--threads", threads, "Threads; 0 = as many as the machine allows", "N");
    rows.add_to(line, "Damaged rows of word vectors");
    line.option("--format", format, "text or json", "FORMAT");
}

sparse_vectors vector_arguments::load_sparse() const {
    auto words = load_vocabulary(vocabulary);
    auto matrix = load_matrix(vectors, {.types = words.size(), .vocabulary = words.fingerprint()});
    if (matrix.view().rows != words.size())
        throw error(failure::bad_data,
                    "expected a row for each of the " + format_count(words.size()) + " types of " + vocabulary
                        + ", found " + format_count(matrix.view().rows),
                    {.file = vectors});
    return {std::move(words), std::move(matrix)};
}

word_vectors vector_arguments::load(std::vector<std::string> compose) const {
    return rows.load(vectors, {.compose = std::move(compose)});
}

unsigned vector_arguments::thread_count() const { return resolve_thread_option(threads, {}); }

bool vector_arguments::wants_json() const {
    static constexpr named_value<bool> formats[] = {{"text", false}, {"json", true}};
    return choose("--format", format, formats);
}

void method_argument::add_to(command_line line) {
    line.option("--method", name, "add (3CosAdd) or multiply (3CosMul)", "NAME");
}

analogy_method method_argument::resolve() const {
    static constexpr named_value<analogy_method> methods[] = {{"add", analogy_method::add},
                                                              {"multiply", analogy_method::multiply}};
    return choose("--method", name, methods);
}

std::string decimal(std::optional<double> value, int digits) {
    if (!value) return "none";
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.*f", digits, *value);
    return text.data();
}

void print(std::string const& text) {
    output_file out("-");
    out.write(text);
    out.commit();
}
}
