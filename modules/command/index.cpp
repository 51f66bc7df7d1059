module;
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>
module wordmill.command;
import :arguments;
import :progress;
import :vector_arguments;
import wordmill.core;
import wordmill.io;
import wordmill.vectors;

namespace wordmill {
namespace {
struct index_arguments {
    std::string vectors;
    row_arguments rows;
    output_arguments output;
    std::string links = "16";
    std::string ef_construction = "200";
    std::string threads = "0";
    std::string seed = "1";
};

void make_index(index_arguments const& a) {
    neighbour_index_options const options{.links = parse_count(a.links, "--links"),
                                          .ef_construction = parse_count(a.ef_construction, "--ef-construction"),
                                          .threads = resolve_thread_option(a.threads, {}),
                                          .key = random_key(parse_count(a.seed, "--seed"))};
    if (a.output.output == "-")
        throw error(failure::usage, "index: expected --output FILE, found none; an index cannot be written to "
                                    "standard output");
    auto const output = a.output.resolve(find_inputs(std::vector{a.vectors}));
    auto const vectors = a.rows.load(a.vectors);
    neighbour_index(vectors, options).save(a.output.output, output);
    log_line({}, "info",
             format_count(vectors.size() - vectors.zero_vectors()) + " words in the index"
                 + (vectors.zero_vectors() == 0
                        ? ""
                        : "; left out: " + format_count(vectors.zero_vectors()) + " whose vector is zero"));
}
}

void add_index(command_line line) {
    auto const a = std::make_shared<index_arguments>();
    auto command = line.subcommand("index", "Build an approximate index of word vectors, for 'nearest --index'");
    command.option("vectors", a->vectors, "Word vectors in any known format", "FILE", {.required = true});
    a->rows.add_to(command);
    command.option("--links", a->links, "Links per word, M: more find more of the nearest and need more memory", "N");
    command.option("--ef-construction", a->ef_construction, "Candidates considered for the links of a word", "N");
    command.option("--threads", a->threads, "Threads; 0 = as many as the machine allows; only 1 is reproducible", "N");
    command.option("--seed", a->seed, "Seed of the layers", "N");
    a->output.add_to(command, "The index");
    command.run([a] { make_index(*a); });
}
}
