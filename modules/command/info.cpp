module;
#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
module wordmill.command;
import :arguments;
import :progress;
import :version_text;
import wordmill.core;
import wordmill.corpora;
import wordmill.compute;
import wordmill.io;
import wordmill.language_model;
import wordmill.pipeline;
import wordmill.text;
import wordmill.word2vec;

namespace wordmill {
namespace {
struct info_arguments {
    run_arguments run;
    input_arguments input;
    token_arguments tokens;
};

codec stored_codec(input_file const& file) {
    std::array<char, 512> head{};
    std::ifstream in(file.name, std::ios::binary);
    in.read(head.data(), head.size());
    return recognise_codec({head.data(), static_cast<std::size_t>(in.gcount())});
}

/// How a file of a codec is split between threads, and where reading can go on after an interruption.
std::string_view splitting(codec c) {
    switch (c) {
    case codec::none: return "blocks of text, resumed at any byte";
    case codec::gzip: return "members in parallel, resumed at a member";
    case codec::zstd: return "frames in parallel, resumed at a frame";
    case codec::bzip2: return "blocks of 900 kB in parallel, resumed at a block";
    case codec::xz: return "blocks in parallel, resumed at a block";
    }
    return "";
}

std::string_view kind_of(input_file const& file) {
    switch (file.type) {
    case input_file::kind::regular: return "file";
    case input_file::kind::fifo: return "pipe";
    case input_file::kind::standard_input: return "standard input";
    case input_file::kind::other: return "device";
    }
    return "";
}

void print_ids(input_file const& file) {
    encoded_corpus const ids(file.name);
    auto const mark = ids.sentence_mark();
    auto const line = printable(file.name) + ": " + format_bytes(file.bytes)
                      + ", encoded corpus: " + format_count(ids.tokens()) + " ids in " + format_count(ids.sentences())
                      + " sentences and " + format_count(ids.documents()) + " documents, vocabulary "
                      + std::to_string(ids.vocabulary_fingerprint()) + " of " + format_count(ids.vocabulary_size())
                      + " types, sentence ends "
                      + (mark ? "marked with id " + std::to_string(index(*mark)) : "not marked")
                      + "; parts in parallel, resumed at a block";
    std::puts(line.c_str());
}

void print_parquet(input_file const& file) {
    auto const contents = contents_of_parquet(file);
    std::string columns;
    for (auto const& each : contents.columns) columns += (columns.empty() ? "" : ", ") + printable(each);
    auto const line = printable(file.name) + ": " + format_bytes(file.bytes) + ", format parquet: "
                      + format_count(contents.rows) + " rows, row groups: " + format_count(contents.row_groups)
                      + ", columns " + columns + "; row groups in parallel, resumed at a row group";
    std::puts(line.c_str());
}

struct found_format {
    std::optional<corpus_format> format; ///< nothing for a file that is refused
    std::string text;                    ///< "format jsonl (JSON lines: ...)", or why the file is refused
};

std::string asked_for(corpus_format format) { return "format " + std::string(name(format)) + " (asked for)"; }

found_format format_of(input_file const& file, corpus_options const& options) {
    if (options.format != corpus_format::automatic) return {options.format, asked_for(options.format)};
    try {
        auto const found = recognise(file, options);
        return {found.format, "format " + std::string(name(found.format)) + " (" + found.reason + ")"};
    } catch (error const& e) {
        if (e.kind() != failure::bad_data) throw;
        return {std::nullopt,
                "refused: " + std::string(e.message()) + (e.hint().empty() ? "" : "; " + std::string(e.hint()))};
    }
}

void print_input(input_file const& file, corpus_options const& options) {
    std::string line = printable(file.name) + ": ";
    if (!file.can_reread()) {
        line += std::string(kind_of(file)) + ", read once, "
                + (options.format == corpus_format::automatic ? "format recognised from its first bytes when it is read"
                                                              : asked_for(options.format));
    } else {
        auto const c = stored_codec(file);
        auto const found = format_of(file, options);
        if (found.format == corpus_format::ids && c == codec::none) return print_ids(file);
        if (found.format == corpus_format::parquet && c == codec::none && parquet_available())
            return print_parquet(file);
        line += format_bytes(file.bytes) + ", codec " + std::string(name(c)) + ", " + found.text;
        if (found.format) line += "; " + std::string(splitting(c));
    }
    std::puts(line.c_str());
}

/// The same for a language model with the sizes of Zaremba et al. 2014 ("medium") and the default batch.
std::string language_model_plan(std::uint64_t free) {
    auto const bytes = [](std::size_t types) {
        language_model_options const model{.vocabulary_size = types,
                                           .embedding_size = 650,
                                           .hidden_size = 650,
                                           .layers = 2,
                                           .dropout = 0.5,
                                           .tied = true};
        return model.memory_bytes() + model.working_bytes(20, 35);
    };
    auto const per_type = bytes(1'000'001) - bytes(1'000'000);
    return "; a language model of 2 layers of 650 and 10,000 types " + format_bytes(bytes(10'000)) + ", "
           + format_bytes(per_type) + " a type: " + format_count(free > bytes(1) ? (free - bytes(1)) / per_type : 0)
           + " types at most";
}

/// What of its memory training needs: the tables of word vectors grow with the types, blocks of ids use what is left.
std::string gpu_plan(cuda_device const& gpu) {
    auto const free = query_cuda_memory();
    auto const bytes = [](std::size_t types, std::size_t dimension) {
        return word2vec_on_cuda::memory_bytes({.vocabulary_size = types, .dimension = dimension}, {});
    };
    auto plan = gpu.name + ", " + format_bytes(gpu.memory) + ", " + format_bytes(free) + " free; blocks on their way "
                + format_bytes(bytes(0, 4)) + ", word2vec of";
    for (std::size_t const dimension : {100U, 300U}) {
        auto const per_type = bytes(1'000'001, dimension) - bytes(1'000'000, dimension);
        auto const most = free > bytes(0, dimension) ? (free - bytes(0, dimension)) / per_type : 0;
        plan += (dimension == 100 ? " " : ", of ") + std::to_string(dimension) + " dimensions " + format_bytes(per_type)
                + " a type: " + format_count(most) + " types at most";
    }
    return plan + language_model_plan(free);
}

void info(info_arguments const& arguments) {
    (void)arguments.run.log();
    auto const inputs = find_inputs(arguments.input.inputs);
    auto const options = arguments.input.resolve(arguments.run, {}, {});
    (void)arguments.tokens.resolve({});
    for (auto const& input : inputs) print_input(input, options);
    auto const machine = read_machine_limits();
    auto const threads = arguments.run.thread_count();
    auto const memory = arguments.run.memory_bytes();
    std::printf("inputs: %zu, %s stored\n", inputs.size(), format_bytes(total_bytes(inputs)).c_str());
    std::printf("threads: %u of %u\n", threads, machine.threads);
    std::printf("memory: budget %s of %s; decoding %s, counting %s, %u blocks of %s in flight\n",
                format_bytes(memory).c_str(), format_bytes(machine.memory_bytes).c_str(),
                format_bytes(options.memory_bytes).c_str(), format_bytes(memory / 2).c_str(), 2 * threads + 2,
                format_bytes(options.block_bytes).c_str());
    auto const cuda = query_cuda();
    std::puts(
        (cuda.available ? "device: " + gpu_plan(cuda.devices.front()) : "device: CPU (" + cuda.reason + ")").c_str());
    std::puts(parts_text().c_str());
}
}

void add_info(command_line line) {
    auto const a = std::make_shared<info_arguments>();
    auto command =
        line.subcommand("info", "What the inputs are, how they will be split, the memory plan and the device");
    a->input.add_to(command);
    a->tokens.add_to(command);
    a->run.add_to(command);
    command.run([a] { info(*a); });
}
}
