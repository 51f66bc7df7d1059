module;
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>
module wordmill.command;
import :arguments;
import :progress;
import :vector_arguments;
import wordmill.core;
import wordmill.io;
import wordmill.metrics;
import wordmill.plot;
import wordmill.vectors;

namespace wordmill {
namespace {
constexpr std::uint64_t most_words = 20'000; // what a browser draws while one moves the map

struct plot_arguments {
    std::string vectors;
    std::vector<std::string> metrics;
    std::vector<std::string> highlight;
    std::string words = "2000";
    std::string title;
    std::string threads = "0";
    row_arguments rows;
    output_arguments output;
};

/// An atomic output would replace what it was made of.
void refuse_input_as_output(plot_arguments const& a) {
    auto inputs = a.metrics;
    inputs.push_back(a.vectors);
    for (auto const& input : inputs) {
        std::error_code not_there;
        if (std::filesystem::equivalent(input, a.output.output, not_there))
            throw error(failure::cannot_create, "the output is one of the inputs", {.file = a.output.output},
                        "choose another name");
    }
}

word_map make_map(plot_arguments const& a) {
    auto const words = parse_count(a.words, "--words");
    if (words < 2 || words > most_words)
        throw error(failure::usage,
                    "--words: expected 2 to " + std::to_string(most_words) + ", found '" + a.words + "'");
    auto const threads = resolve_threads(static_cast<std::int64_t>(parse_count(a.threads, "--threads"))).count;
    return map_words(a.rows.load(a.vectors), {.words = words, .highlight = a.highlight, .threads = threads});
}

std::string file_name(std::string const& path) { return std::filesystem::path(path).filename().string(); }

void plot(plot_arguments const& a) {
    if (a.vectors.empty() && a.metrics.empty())
        throw error(failure::usage, "plot: expected word vectors, --metrics FILE or both, found none");
    if (a.vectors.empty() && !a.highlight.empty())
        throw error(failure::usage, "--highlight: expected word vectors whose words are shown, found none");
    refuse_input_as_output(a);
    page content{.title = a.title};
    if (!a.vectors.empty()) content.map = make_map(a);
    for (auto const& path : a.metrics) content.runs.push_back({file_name(path), load_metrics(path)});
    if (content.title.empty()) content.title = file_name(a.vectors.empty() ? a.metrics.front() : a.vectors);
    output_file out(a.output.output, {.overwrite = a.output.overwrite, .compression = codec_of_name(a.output.output)});
    out.write(to_html(content));
    out.commit();
}
}

void add_plot(command_line line) {
    auto const a = std::make_shared<plot_arguments>();
    auto command = line.subcommand("plot", "Write a page with a map of words and the curves of training runs");
    command.option("vectors", a->vectors, "Word vectors in any known format", "FILE");
    a->rows.add_to(command, "Damaged rows of word vectors");
    command.option("--metrics", a->metrics, "Runs, written by 'train --metrics'", "FILE");
    command.option("--words", a->words, "Show the first N words, which are usually the most frequent", "N");
    command.option("--highlight", a->highlight, "Words to label, also rarer ones", "WORD");
    command.option("--title", a->title, "Title of the page; by default the name of the file", "TEXT");
    command.option("--threads", a->threads, "Threads; 0 = as many as the machine allows", "N");
    a->output.add_to(command, "The page, one HTML file that needs no network");
    command.run([a] { plot(*a); });
}
}
