module;
#include <array>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
module wordmill.command;
import :arguments;
import :vector_arguments;
import wordmill.core;
import wordmill.io;
import wordmill.stats;
import wordmill.text;
import wordmill.vectors;

namespace wordmill {
void vector_arguments::add_to(command_line line, std::string const& words) {
    line.option("vectors", vectors,
                "Word vectors in any known format, or with --vocabulary a sparse matrix of PPMI or counts", "FILE",
                {.required = true});
    line.option("--vocabulary", vocabulary, "The vocabulary of the rows of a sparse matrix", "FILE");
    line.option("--max-words", max_words, words, "N");
    line.option("--threads", threads, "Threads; 0 = as many as the machine allows", "N");
    line.option("--format", format, "text or json", "FORMAT");
}

sparse_vectors vector_arguments::load_sparse() const {
    auto words = load_vocabulary(vocabulary);
    auto rows = load_matrix(vectors, {.types = words.size(), .vocabulary = words.fingerprint()});
    if (rows.view().rows != words.size())
        throw error(failure::bad_data,
                    "expected a row for each of the " + format_count(words.size()) + " types of " + vocabulary
                        + ", found " + format_count(rows.view().rows),
                    {.file = vectors});
    return {std::move(words), std::move(rows)};
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
