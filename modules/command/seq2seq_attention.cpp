module;
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.command;
import :arguments;
import :arithmetic_arguments;
import :decoding_arguments;
import :progress;
import :signals;
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.plot;
import wordmill.recipes;
import wordmill.seq2seq;
import wordmill.text;

namespace wordmill {
namespace {
struct attention_arguments {
    source_arguments sources;
    output_arguments output;
    std::string title;
    std::string most = "100";
    std::string layer; ///< from 1; empty: the mean of all
    std::string head;  ///< likewise
};

/// A number from 1 to `last`, as a number from 0.
std::optional<std::size_t> number_of(std::string const& text, std::string_view option, std::size_t last) {
    if (text.empty()) return {};
    auto const number = parse_positive(text, option);
    if (number > last)
        throw error(failure::usage,
                    std::string(option) + ": expected from 1 to " + std::to_string(last) + ", found " + text);
    return number - 1;
}

attention_choice choice_of(attention_arguments const& a, seq2seq_options const& model) {
    if (!model.transformer && !(a.layer.empty() && a.head.empty()))
        throw error(failure::usage, std::string(a.layer.empty() ? "--head" : "--layer")
                                        + ": expected the model of a transformer, found a recurrent one");
    if (!model.transformer) return {};
    return {.layer = number_of(a.layer, "--layer", model.layers),
            .head = number_of(a.head, "--head", model.transformer->heads)};
}

/// The title that was given, or the layer and the head that were chosen; may be empty.
std::string title_of(attention_arguments const& a) {
    if (!a.title.empty()) return a.title;
    if (a.layer.empty()) return a.head.empty() ? "" : "Head " + a.head;
    return "Layer " + a.layer + (a.head.empty() ? "" : ", head " + a.head);
}

bool is_svg(std::string const& name) { return name.ends_with(".svg"); }

void draw_attention(attention_arguments const& a) {
    auto const log = a.sources.run.log();
    auto const how = a.sources.decoding.resolve();
    auto most = is_svg(a.output.output) ? 1 : parse_positive(a.most, "--maps");
    auto const inputs = find_inputs(a.sources.input.inputs);
    auto const to = a.output.resolve(inputs);
    monitor const watch;
    interruptible(log, watch, [&] {
        auto loaded = a.sources.load();
        auto const choice = choice_of(a, loaded.model.options());
        tally const counts;
        translator translate(loaded.model, loaded.setup, how, counts);
        std::vector<attention_pair> maps;
        for (auto const& line : a.sources.lines(inputs, watch, counts)) {
            if (maps.size() == most) break;
            std::string const source(line.text);
            if (translate.source_ids(std::vector{source}).at(0).empty()) continue;
            auto const found = translate.translate(std::vector{source}).at(0).at(0);
            maps.push_back(translate.attention(source, found.text, choice));
        }
        if (maps.empty()) throw error(failure::bad_data, "attention: expected a line with tokens, found none");
        output_file out(a.output.output, to);
        auto const title = title_of(a);
        out.write(is_svg(a.output.output) ? attention_map(maps.front(), {.title = title})
                                          : attention_page(maps, title.empty() ? "Attention" : title));
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
    t->sources.add_to(attention, false);
    auto page = attention.under("Output");
    page.option("--title", t->title, "Title; by default the layer and head that are drawn", "TEXT");
    page.option("--maps", t->most, "Most maps of a page", "N");
    page.option("--layer", t->layer, "Attention of this layer of a transformer's decoder; the mean of all if not given",
                "N");
    page.option("--head", t->head, "Attention of this head; the mean of all if not given", "N");
    t->output.add_to(attention, "A page, or an image of the first line if the name ends in .svg");
    attention.run([t] { draw_attention(*t); });
}
}
