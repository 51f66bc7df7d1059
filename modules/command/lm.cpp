module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.command;
import :arguments;
import :precision_arguments;
import :lm_text;
import :progress;
import :signals;
import :train_options;
import :vector_arguments;
import :vector_output;
import wordmill.core;
import wordmill.io;
import wordmill.language_model;
import wordmill.nn;
import wordmill.pipeline;
import wordmill.recipes;
import wordmill.stream;
import wordmill.text;
import wordmill.vectors;

namespace wordmill {
namespace {
struct evaluate_arguments {
    std::string model;
    text_arguments text;
    run_arguments run;
    precision_arguments precision;
    std::string lanes = "10";
    std::string steps = "35";
    std::string format = "text";
};

void evaluate_model(evaluate_arguments const& a) {
    auto const log = a.run.log();
    static constexpr named_value<bool> formats[] = {{"text", false}, {"json", true}};
    bool const json = choose("--output-format", a.format, formats);
    bptt_options options{.lanes = parse_count(a.lanes, "--lanes"), .steps = parse_count(a.steps, "--bptt")};
    auto const inputs = find_inputs(a.text.input.inputs);
    monitor watch;
    interruptible(log, watch, [&] {
        auto loaded = load_language_model_folder(a.model, a.precision.resolve(a.run), a.run.memory_bytes());
        tally counts;
        auto text = a.text;
        text.obey(loaded.notes);
        auto const ids = text.ids_of(inputs, loaded.words, a.run, watch, counts);
        options.progress = watch;
        progress shown(log, "evaluating", {}, watch);
        auto const score = evaluate_perplexity(loaded.model, bptt_batches(ids, options), loaded.words.unknown());
        auto const seconds = shown.seconds();
        shown.finish();
        if (json) {
            print("{\"perplexity\":" + number(score.perplexity()) + ",\"tokens\":" + std::to_string(score.loss.count)
                  + ",\"loss\":" + number(score.loss.mean()) + ",\"unknown\":" + std::to_string(score.unknown) + "}\n");
        } else {
            print("perplexity " + decimal(score.perplexity(), 2) + " of " + format_count(score.loss.count) + " tokens, "
                  + decimal(100 * score.unknown_share(), 2) + " % of them unknown words\n");
        }
        if (log.quiet) return;
        auto const speed = static_cast<std::uint64_t>(static_cast<double>(score.loss.count) / seconds);
        log_line(log, "info", format_count(speed) + " tokens/s");
        report_counts(log, counts);
    });
}

struct generate_arguments {
    std::string model;
    run_arguments run;
    precision_arguments precision;
    std::vector<std::string> prompts;
    std::vector<std::string> skipped;
    std::string length = "100";
    std::string temperature = "1";
    std::string top_k = "0";
    std::string top_p = "1";
    std::string seed = "1";
    std::string count = "1";
    std::string stop;
};

std::vector<token_id> ids_of(std::string const& prompt, text_arguments const& how, vocabulary const& words) {
    text_block block;
    block.text = prompt;
    block.continued = true; // no sentence ends with it
    auto const found = how.tokens.resolve({})(block);
    std::vector<token_id> ids;
    for (std::size_t i = 0; i < found.words.size(); ++i) ids.push_back(words.id(found.word(i)));
    return ids;
}

/// Words and blanks; a sentence end is a full stop and a new line, as the book prints it.
std::string shown(std::string const& prompt, std::vector<token_id> const& ids, vocabulary const& words,
                  text_arguments const& how) {
    bool const letters = how.tokens.tokenizer == "characters" || how.tokens.tokenizer == "graphemes";
    std::string out = prompt;
    for (auto const id : ids) {
        auto const word = words.word(id);
        if (word == how.tokens.sentence_end)
            out += letters ? "\n" : ".\n";
        else
            out += (letters || out.empty() || out.ends_with('\n') ? "" : " ") + printable(word);
    }
    return out + (out.ends_with('\n') ? "" : "\n");
}

void generate_text(generate_arguments const& a) {
    auto const log = a.run.log();
    generation_options options{.length = parse_count(a.length, "--length"),
                               .sampling = {.temperature = parse_real(a.temperature, "--temperature"),
                                            .top_k = parse_count(a.top_k, "--top-k"),
                                            .top_p = parse_real(a.top_p, "--top-p")},
                               .key = random_key(parse_count(a.seed, "--seed"))};
    auto const count = parse_count(a.count, "--count");
    monitor watch;
    options.progress = watch;
    interruptible(log, watch, [&] {
        auto loaded = load_language_model_folder(a.model, a.precision.resolve(a.run), a.run.memory_bytes());
        auto const& words = loaded.words;
        text_arguments how;
        how.obey(loaded.notes);
        for (auto const& word : a.skipped) options.sampling.skipped.push_back(words.id(word));
        if (!a.stop.empty()) options.stop = words.id(a.stop);
        auto texts = a.prompts;
        if (texts.empty()) texts.push_back("");
        std::vector<std::vector<token_id>> prompts;
        for (auto const& text : texts)
            for (std::uint64_t i = 0; i < count; ++i) {
                prompts.push_back(ids_of(text, how, words));
                // a text without a beginning begins a sentence
                if (prompts.back().empty() && !how.tokens.sentence_end.empty())
                    prompts.back().push_back(words.id(how.tokens.sentence_end));
            }
        auto const found = generate(loaded.model, prompts, options);
        std::string out;
        for (std::size_t i = 0; i < found.size(); ++i)
            out += (i == 0 ? "" : "\n") + shown(texts[i / count], found[i], words, how);
        print(out);
    });
}

struct vectors_arguments {
    std::string model;
    run_arguments run;
    vector_output_arguments output;
};

void write_embedding(vectors_arguments const& a) {
    auto const log = a.run.log();
    auto const to = a.output.resolve("lm vectors", {});
    monitor watch;
    interruptible(log, watch, [&] {
        auto loaded = load_language_model_folder(a.model, cpu_operations(a.run.thread_count()), a.run.memory_bytes());
        auto const& embedding = loaded.model.parameters().at("embedding.weight");
        auto const values = embedding.host_values();
        auto const size = embedding.columns();
        auto const rows =
            save_result(vectors_of(
                            loaded.words, size,
                            [&](token_id id, std::span<float> row) {
                                std::ranges::copy(std::span(values).subspan(index(id) * size, size), row.begin());
                            },
                            loaded.notes),
                        a.output.output.output, to, log);
        if (!log.quiet)
            log_line(log, "info", format_count(rows) + " vectors of " + std::to_string(size) + " values written");
    });
}
}

void add_lm(command_line line) {
    auto command = line.subcommand("lm", "Recurrent language models: train, evaluate, generate, vectors");
    command.needs_subcommand();
    add_lm_train(command);

    auto const e = std::make_shared<evaluate_arguments>();
    auto evaluate = command.subcommand("evaluate", "Compute the perplexity of a model on a text");
    evaluate.option("model", e->model, "The folder of the model", "FOLDER", {.required = true});
    e->text.input.add_to(evaluate);
    evaluate.under("Run").option("--temporary", e->text.temporary, "Folder for the ids of the text while it is read",
                                 "FOLDER");
    auto reading = evaluate.under("Reading");
    reading.option("--lanes", e->lanes,
                   "Parts of the text that are read in parallel; 1 = predict each token from all before it", "B");
    reading.option("--bptt", e->steps, "Steps per batch; affects speed only", "T");
    evaluate.under("Output").option("--output-format", e->format, "text or json", "FORMAT");
    e->run.add_to(evaluate);
    e->precision.add_to(evaluate);
    evaluate.run([e] { evaluate_model(*e); });

    auto const g = std::make_shared<generate_arguments>();
    auto generate = command.subcommand("generate", "Generate text with a model");
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
    sampling.option("--seed", g->seed, "Seed of all random numbers", "N");
    g->run.add_to(generate);
    g->precision.add_to(generate);
    generate.run([g] { generate_text(*g); });

    auto const v = std::make_shared<vectors_arguments>();
    auto vectors = command.subcommand("vectors", "Write the embedding of a model as word vectors");
    vectors.option("model", v->model, "The folder of the model", "FOLDER", {.required = true});
    v->output.add_to(vectors);
    v->run.add_to(vectors);
    vectors.run([v] { write_embedding(*v); });
}
}
