module;
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
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
constexpr std::string_view format = "wordmill recurrent language model", version = "1";
constexpr char softmax_note[] = "softmax", samples_note[] = "samples", cutoffs_note[] = "cutoffs";

void read_softmax(note_reader const& in, language_model_options& o) {
    if (!in.has(softmax_note)) return;
    o.softmax = in.name(softmax_note, softmax_names);
    if (o.softmax == softmax_kind::sampled) in.number(samples_note, o.samples);
    if (o.softmax == softmax_kind::adaptive) in.numbers(cutoffs_note, o.cutoffs);
}

note_reader reader_of(note_map const& notes, std::string const& file) { return {"language model", notes, file}; }
}

note_map notes_of(language_model_options const& o) {
    note_map notes{{"vocabulary-size", std::to_string(o.vocabulary_size)},
                   {"embedding-size", std::to_string(o.embedding_size)},
                   {"hidden-size", std::to_string(o.hidden_size)},
                   {"layers", std::to_string(o.layers)},
                   {"cell", std::string(name_in(recurrent_cell_names, o.cell))},
                   {"dropout", format_exact(o.dropout)},
                   {"dropout-per-sequence", yes_no(o.dropout_per_sequence)},
                   {"tied", yes_no(o.tied)},
                   {"skip", yes_no(o.skip)},
                   {"forget-bias", format_exact(o.forget_bias)}};
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
    in.number("forget-bias", o.forget_bias);
    o.dropout_per_sequence = in.flag("dropout-per-sequence");
    o.tied = in.flag("tied");
    o.skip = in.flag("skip");
    o.cell = in.name("cell", recurrent_cell_names);
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
    all["format"] = format;
    all["version"] = version;
    saved_tensors tensors;
    tensors.add(model.parameters());
    save_tensors(path, tensors.all(), all, {.half = options.half, .output = options.output});
}

language_model_options load_language_model_options(std::string const& path) {
    detail::byte_reader file(path);
    auto const header = read_safetensors_header(file);
    reader_of(header.metadata, path).check_format(format, version);
    return options_of(header.metadata, path);
}

loaded_language_model load_language_model(std::string const& path, std::shared_ptr<operations<float>> ops,
                                          std::uint64_t memory_bytes) {
    auto const from = load_tensors(path);
    reader_of(from.notes, from.file).check_format(format, version);
    auto const options = options_of(from.notes, from.file);
    // Compares the sizes with the tensors of the file before any memory is allocated.
    (void)matrix_in(from, "embedding.weight", options.vocabulary_size, options.embedding_size);
    for (std::size_t l = 0; l < options.layers; ++l)
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
