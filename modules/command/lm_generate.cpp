module;
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
import :lm_text;
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

/// The ids of a prompt, and its words that are not in the vocabulary.
struct prompt_ids {
    std::vector<token_id> ids;
    std::vector<std::string> unknown;
};

/// A word that the vocabulary lacks is read as its unknown word, or left out if it has none.
prompt_ids ids_of(std::string const& prompt, text_arguments const& how, vocabulary const& words) {
    text_block block;
    block.text = prompt;
    block.continued = true; // no sentence ends with it
    auto const found = how.tokens.resolve({})(block);
    prompt_ids read;
    for (std::size_t i = 0; i < found.words.size(); ++i) {
        auto const id = words.find(found.word(i));
        if (!id) read.unknown.emplace_back(found.word(i));
        if (id || words.unknown()) read.ids.push_back(id ? *id : *words.unknown());
    }
    if (read.ids.empty() && !read.unknown.empty())
        throw error(failure::bad_data,
                    "--prompt: expected a word of the model's vocabulary, found none in '" + printable(prompt) + "'");
    return read;
}

/// The first words of a list, as "'a', 'b' and 3 more".
std::string quoted(std::vector<std::string> const& list) {
    constexpr std::size_t most = 5;
    std::string out;
    for (std::size_t i = 0; i < list.size() && i < most; ++i) out += (i == 0 ? "'" : ", '") + printable(list[i]) + "'";
    return list.size() > most ? out + " and " + format_count(list.size() - most) + " more" : out;
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
        auto loaded = load_language_model_folder(a.model, a.arithmetic.resolve(a.run), a.run.memory_bytes());
        auto const& words = loaded.words;
        text_arguments how;
        how.obey(loaded.notes);
        auto const tell = [&](std::string const& line) {
            if (!log.quiet) log_line(log, "warning", line);
        };
        if (words.unknown() && !a.unknown) options.sampling.skipped.push_back(*words.unknown());
        for (auto const& word : a.skipped)
            if (auto const id = words.find(word))
                options.sampling.skipped.push_back(*id);
            else
                tell("--skip: '" + printable(word) + "' is not in the model's vocabulary");
        if (!a.stop.empty()) {
            options.stop = words.find(a.stop);
            if (!options.stop)
                throw error(failure::bad_data,
                            "--stop: expected a word of the model's vocabulary, found '" + printable(a.stop) + "'");
        }
        auto texts = a.prompts;
        if (texts.empty()) texts.push_back("");
        std::vector<std::vector<token_id>> prompts;
        for (auto const& text : texts) {
            auto const read = ids_of(text, how, words);
            if (!read.unknown.empty())
                tell(
                    "--prompt: words that are not in the model's vocabulary are "
                    + (words.unknown() ? "read as " + printable(words.word(*words.unknown())) : std::string("left out"))
                    + ": " + quoted(read.unknown));
            for (std::uint64_t i = 0; i < count; ++i) {
                prompts.push_back(read.ids);
                // a text without a beginning begins a sentence
                if (read.ids.empty() && !how.tokens.sentence_end.empty())
                    prompts.back().push_back(words.id(how.tokens.sentence_end));
            }
        }
        auto const found = generate(loaded.model, prompts, options);
        std::string out;
        for (std::size_t i = 0; i < found.size(); ++i)
            out += (i == 0 ? "" : "\n") + shown(texts[i / count], found[i], words, how);
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
