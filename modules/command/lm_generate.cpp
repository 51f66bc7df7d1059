module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>
module wordmill.command;
import :arguments;
import :arithmetic_arguments;
import :progress;
import :signals;
import :vector_arguments;
import wordmill.core;
import wordmill.language_model;
import wordmill.nn;
import wordmill.pipeline;
import wordmill.recipes;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
namespace {
struct generate_arguments {
    std::string model;
    run_arguments run;
    arithmetic_arguments arithmetic;
    std::vector<std::string> prompts;
    std::vector<std::string> skipped;
    std::string length = "100";
    std::string temperature = "1";
    std::string top_k = "0";
    std::string top_p = "1";
    std::string seed = "1";
    std::string count = "1";
    std::string stop;
    bool unknown = false;
};

/// A prompt and what was generated after it, for a terminal.
std::string shown(std::string const& prompt, std::vector<std::string> words, language_text const& text) {
    for (auto& word : words) word = printable(word);
    auto out = prompt;
    text.append(out, words);
    return out + (out.ends_with('\n') ? "" : "\n");
}

void generate_text(generate_arguments const& a) {
    auto const log = a.run.log();
    language_generation_options options{
        .sampling = {.length = parse_count(a.length, "--length"),
                     .sampling = {.temperature = parse_real(a.temperature, "--temperature"),
                                  .top_k = parse_count(a.top_k, "--top-k"),
                                  .top_p = parse_real(a.top_p, "--top-p")},
                     .key = random_key(parse_count(a.seed, "--seed"))},
        .count = parse_count(a.count, "--count"),
        .skipped = a.skipped,
        .stop = a.stop,
        .unknown = a.unknown,
        .on_warning =
            [log](std::string const& line) {
                if (!log.quiet) log_line(log, "warning", printable(line));
            },
    };
    monitor watch;
    options.sampling.progress = watch;
    interruptible(log, watch, [&] {
        auto const lanes = checked_product(std::max<std::size_t>(1, a.prompts.size()), options.count);
        auto const ops = a.arithmetic.resolve(a.run, [&] {
            return language_model_folder{{a.model}}.device_bytes(lanes, 0); // a transformer reads as many steps
        });
        auto loaded = load_language_model_folder(a.model, ops, a.run.memory_bytes());
        auto texts = a.prompts;
        if (texts.empty()) texts.push_back("");
        std::vector<language_prompt> prompts;
        for (auto const& text : texts) prompts.push_back(loaded.text.prompt(text, loaded.words));
        auto const found = generate_words(loaded, prompts, options);
        std::string out;
        for (std::size_t i = 0; i < found.size(); ++i)
            out += (i == 0 ? "" : "\n") + shown(texts[i / options.count], found[i], loaded.text);
        print(out);
    });
}
}

void add_lm_generate(command_line line) {
    auto const g = std::make_shared<generate_arguments>();
    auto generate = line.subcommand("generate", "Generate text with a model");
    generate.option("model", g->model, "The folder of the model", "FOLDER", {.required = true});
    auto text = generate.under("Text");
    text.option("--prompt", g->prompts, "Beginning of the text; several give several texts", "TEXT");
    text.option("--length", g->length, "Tokens to generate after the prompt", "N");
    text.option("--count", g->count, "Texts for each prompt", "N");
    text.option("--stop", g->stop, "End a text at this word", "WORD");
    auto sampling = generate.under("Sampling");
    sampling.option("--temperature", g->temperature, "Below 1 favours likely words; 0 = always the likeliest", "T");
    sampling.option("--top-k", g->top_k, "Sample from the K likeliest words; 0 = all", "K");
    sampling.option("--top-p", g->top_p, "Sample from the fewest likeliest words whose probability reaches P", "P");
    sampling.option("--skip", g->skipped, "Words that are never generated", "WORD");
    sampling.flag("--unknown", g->unknown, "Also generate the unknown word");
    sampling.option("--seed", g->seed, "Seed of all random numbers", "N");
    g->run.add_to(generate);
    g->arithmetic.add_to(generate);
    generate.run([g] { generate_text(*g); });
}
}
