module;
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>
module wordmill.command;
import :arguments;
import :arithmetic_arguments;
import :decoding_arguments;
import :progress;
import :signals;
import :vector_arguments;
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.pipeline;
import wordmill.recipes;
import wordmill.text;

namespace wordmill {
namespace {
constexpr std::size_t lines_at_once = 2048;

struct translate_arguments {
    source_arguments sources;
    output_arguments output;
    std::string format = "text";
};

/// As many lines for each source as targets were asked for, empty ones if there are fewer; or an object.
std::string lines_of(std::string const& source, std::vector<translation> const& targets, std::size_t n_best,
                     bool json) {
    if (!json) {
        std::string out;
        for (std::size_t i = 0; i < n_best; ++i) out += (i < targets.size() ? targets[i].text : std::string()) + "\n";
        return out;
    }
    auto out = "{\"source\":" + json_string(source) + ",\"targets\":[";
    for (std::size_t i = 0; i < targets.size(); ++i)
        out += (i == 0 ? "{\"text\":" : ",{\"text\":") + json_string(targets[i].text) + ",\"score\":"
               + json_number(targets[i].score) + ",\"log_probability\":" + json_number(targets[i].log_probability)
               + ",\"ended\":" + (targets[i].ended ? "true" : "false") + "}";
    return out + "]}\n";
}

void translate_lines(translate_arguments const& a) {
    static constexpr named_value<bool> formats[] = {{"text", false}, {"json", true}};
    auto const log = a.sources.run.log();
    bool const json = choose("--format", a.format, formats);
    auto const how = a.sources.decoding.resolve();
    auto const inputs = find_inputs(a.sources.input.inputs);
    auto const to = a.output.resolve(inputs);
    monitor watch;
    interruptible(log, watch, [&] {
        auto loaded = a.sources.load();
        tally const counts;
        translator translate(loaded.model, loaded.setup, how, counts);
        output_file out(a.output.output, to);
        progress shown(log, "translating", {}, watch);
        std::vector<std::string> lines;
        std::uint64_t done = 0, unended = 0;
        auto const flush = [&] {
            watch.check();
            auto const found = translate.translate(lines);
            for (std::size_t i = 0; i < lines.size(); ++i) {
                out.write(lines_of(lines[i], found[i], how.decoding.n_best, json));
                unended += found[i].at(0).ended ? 0 : 1;
            }
            done += lines.size();
            watch.add_tokens(lines.size());
            lines.clear();
        };
        for (auto const& line : a.sources.lines(inputs, watch, counts)) {
            lines.emplace_back(line.text);
            if (lines.size() == lines_at_once) flush();
        }
        flush();
        out.commit();
        auto const seconds = shown.seconds();
        shown.finish();
        if (log.quiet) return;
        log_line(log, "info",
                 format_count(done) + " lines, "
                     + format_count(static_cast<std::uint64_t>(static_cast<double>(done) / seconds)) + " lines/s");
        if (unended > 0)
            log_line(log, "warning", format_count(unended) + " targets were cut at the limit (--max-length)");
        report_counts(log, counts);
    });
}
}

void add_seq2seq_translate(command_line line) {
    auto const t = std::make_shared<translate_arguments>();
    auto translate = line.subcommand("translate", "Write the target of each line of a text");
    t->sources.add_to(translate, true);
    translate.under("Output").option("--format", t->format,
                                     "text (N lines for each source), json (an object for each source)", "FORMAT");
    t->output.add_to(translate, "The targets");
    translate.run([t] { translate_lines(*t); });
}
}
