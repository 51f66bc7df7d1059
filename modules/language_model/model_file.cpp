module;
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
module wordmill.language_model;
import wordmill.core;
import wordmill.io;
import wordmill.nn;
import wordmill.safetensors;
import wordmill.training;
import :model;
import :model_file;

namespace wordmill {
namespace {
constexpr std::string_view recurrent_format = "wordmill recurrent language model",
                           transformer_format = "wordmill transformer language model", version = "1";
constexpr char softmax_note[] = "softmax", samples_note[] = "samples", cutoffs_note[] = "cutoffs";

void read_softmax(note_reader const& in, language_model_options& o) {
    if (!in.has(softmax_note)) return;
    o.softmax = in.name(softmax_note, softmax_names);
    if (o.softmax == softmax_kind::sampled) in.number(samples_note, o.samples);
    if (o.softmax == softmax_kind::adaptive) in.numbers(cutoffs_note, o.cutoffs);
}

std::string_view format_of(language_model_options const& o) {
    return o.transformer ? transformer_format : recurrent_format;
}

/// The same model with another memory, which has no weights.
language_model_options with_memory(language_model_options options, std::size_t length) {
    if (!options.transformer)
        throw error(failure::usage, "memory length: expected the model of a Transformer, found a recurrent one");
    options.transformer->memory = length;
    options.check();
    return options;
}

note_reader reader_of(note_map const& notes, std::string const& file) { return {"language model", notes, file}; }
}

note_map notes_of(language_model_options const& o) {
    note_map notes{{"vocabulary-size", std::to_string(o.vocabulary_size)},
                   {"embedding-size", std::to_string(o.embedding_size)},
                   {"hidden-size", std::to_string(o.hidden_size)},
                   {"layers", std::to_string(o.layers)},
                   {"dropout", format_exact(o.dropout)},
                   {"tied", yes_no(o.tied)}};
    if (o.transformer)
        describe(*o.transformer, notes);
    else
        notes.insert({{"cell", std::string(name_in(recurrent_cell_names, o.cell))},
                      {"dropout-per-sequence", yes_no(o.dropout_per_sequence)},
                      {"skip", yes_no(o.skip)},
                      {"forget-bias", format_exact(o.forget_bias)}});
    // A full softmax needs no notes: files from before the other kinds have none.
    if (o.softmax != softmax_kind::full) notes[softmax_note] = name_in(softmax_names, o.softmax);
    if (o.softmax == softmax_kind::sampled) {
        notes[samples_note] = std::to_string(o.samples);
    } else if (o.softmax == softmax_kind::adaptive) {
        for (auto const cutoff : o.cutoffs)
            notes[cutoffs_note] += (notes[cutoffs_note].empty() ? "" : ",") + std::to_string(cutoff);
    }
    return notes;
}

language_model_options options_of(note_map const& notes, std::string const& file) {
    auto const in = reader_of(notes, file);
    language_model_options o;
    in.number("vocabulary-size", o.vocabulary_size);
    in.number("embedding-size", o.embedding_size);
    in.number("hidden-size", o.hidden_size);
    in.number("layers", o.layers);
    in.number("dropout", o.dropout);
    o.tied = in.flag("tied");
    o.transformer = transformer_shape_of(in);
    if (!o.transformer) {
        in.number("forget-bias", o.forget_bias);
        o.dropout_per_sequence = in.flag("dropout-per-sequence");
        o.skip = in.flag("skip");
        o.cell = in.name("cell", recurrent_cell_names);
    }
    read_softmax(in, o);
    try {
        o.check();
    } catch (error const& e) {
        in.refuse(std::string("options that no model has: ") + e.what());
    }
    return o;
}

void save_language_model(language_model<float>& model, std::string const& path, note_map const& notes,
                         save_model_options const& options) {
    auto all = notes;
    all.merge(notes_of(model.options()));
    all["format"] = format_of(model.options());
    all["version"] = version;
    saved_tensors tensors;
    tensors.add(model.parameters());
    save_tensors(path, tensors.all(), all, {.half = options.half, .output = options.output});
}

namespace {
/// The options of a model, from the notes of its file.
language_model_options options_in(note_map const& notes, std::string const& file) {
    auto const in = reader_of(notes, file);
    bool const is_transformer = in.text("format") == transformer_format;
    in.check_format(is_transformer ? transformer_format : recurrent_format, version);
    auto options = options_of(notes, file);
    if (options.transformer.has_value() != is_transformer)
        in.refuse("expected options of its kind of layers, found others");
    return options;
}
}

language_model_options load_language_model_options(std::string const& path) {
    detail::byte_reader file(path);
    return options_in(read_safetensors_header(file).metadata, path);
}

loaded_language_model load_language_model(std::string const& path, std::shared_ptr<operations<float>> ops,
                                          std::uint64_t memory_bytes, std::optional<std::size_t> memory_length) {
    auto const from = load_tensors(path);
    auto options = options_in(from.notes, from.file);
    if (memory_length) options = with_memory(options, *memory_length);
    // Compares the sizes with the tensors of the file before any memory is allocated.
    (void)matrix_in(from, "embedding.weight", options.vocabulary_size, options.embedding_size);
    for (std::size_t l = 0; l < options.layers; ++l)
        if (options.transformer)
            (void)matrix_in(from, "transformer." + std::to_string(l) + ".self.joint", options.hidden_size,
                            3 * options.hidden_size);
        else
            (void)matrix_in(from, "recurrent." + std::to_string(l) + ".hidden", options.hidden_size,
                            gates_of(options.cell) * options.hidden_size);
    auto const needed = options.memory_bytes();
    if (memory_bytes != 0 && needed > memory_bytes)
        throw error(failure::resource,
                    "language model: needs " + format_bytes(needed) + ", found a limit of "
                        + format_bytes(memory_bytes),
                    {.file = from.file});
    loaded_language_model out{.model = language_model<float>(options, std::move(ops), random_key()),
                              .notes = from.notes};
    restore(out.model.parameters(), from);
    return out;
}
}
