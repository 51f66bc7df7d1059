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
import :decoding_arguments;
import :precision_arguments;
import :progress;
import :signals;
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.plot;
import wordmill.recipes;
import wordmill.text;

namespace wordmill {
namespace {
struct attention_arguments {
    std::string model;
    input_arguments input;
    decoding_arguments decoding;
    run_arguments run;
    precision_arguments precision;
    output_arguments output;
    std::string title;
    std::string most = "100";
};

bool is_svg(std::string const& name) { return name.ends_with(".svg"); }

void draw_attention(attention_arguments const& a) {
    auto const log = a.run.log();
    auto const how = a.decoding.resolve();
    auto most = is_svg(a.output.output) ? 1 : parse_positive(a.most, "--maps");
    auto const inputs = find_inputs(a.input.inputs);
    auto reading = a.input;
    reading.format = "lines"; // a line that looks like JSON is a source too
    reading.keep_lone_cr = true;
    auto const to = a.output.resolve(inputs);
    monitor const watch;
    interruptible(log, watch, [&] {
        auto loaded = load_seq2seq_folder(a.model, a.precision.resolve(a.run), a.run.memory_bytes());
        tally const counts;
        translator translate(loaded.model, loaded.setup, how, counts);
        std::vector<attention_pair> maps;
        for (auto const& line : sentences(read_corpus(inputs, reading.resolve(a.run, watch, counts)))) {
            if (maps.size() == most) break;
            std::string const source(line.text);
            if (translate.source_ids(std::vector{source}).at(0).empty()) continue;
            auto const found = translate.translate(std::vector{source}).at(0).at(0);
            maps.push_back(translate.attention(source, found.text));
        }
        if (maps.empty()) throw error(failure::bad_data, "attention: expected a line with tokens, found none");
        output_file out(a.output.output, to);
        out.write(is_svg(a.output.output) ? attention_map(maps.front(), {.title = a.title})
                                          : attention_page(maps, a.title.empty() ? "Attention" : a.title));
        out.commit();
        if (log.quiet) return;
        log_line(log, "info", format_count(maps.size()) + (maps.size() == 1 ? " map" : " maps"));
        report_counts(log, counts);
    });
}
}

void add_seq2seq_attention(command_line line) {
    auto const t = std::make_shared<attention_arguments>();
    auto attention = line.subcommand("attention", "Draw what a model attends to while it translates lines of a text");
    attention.option("model", t->model, "The folder of the model", "FOLDER", {.required = true});
    attention.option("inputs", t->input.inputs, "Files of sources, one a line; - is standard input", "INPUT",
                     {.required = true});
    attention.under("Input").option("--utf8", t->input.utf8,
                                    "Bytes that are not UTF-8: strict (stop), replace (by U+FFFD), keep", "POLICY");
    t->decoding.add_to(attention, false);
    auto page = attention.under("Output");
    page.option("--title", t->title, "Title of the page", "TEXT");
    page.option("--maps", t->most, "Most maps of a page", "N");
    t->output.add_to(attention, "A page, or an image of the first line if the name ends in .svg");
    t->run.add_to(attention);
    t->precision.add_to(attention);
    attention.run([t] { draw_attention(*t); });
}
}
