module;
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
module wordmill.seq2seq;
import wordmill.core;
import wordmill.io;
import wordmill.nn;
import wordmill.safetensors;
import wordmill.training;
import :model;
import :model_file;
import :options;

namespace wordmill {
namespace {
constexpr std::string_view recurrent_format = "wordmill sequence-to-sequence model",
                           transformer_format = "wordmill transformer sequence-to-sequence model", version = "1";

std::string_view format_of(seq2seq_options const& o) { return o.transformer ? transformer_format : recurrent_format; }
}

note_map notes_of(seq2seq_options const& options) {
    // A new option does not compile until it is here.
    auto const& [source, target, embedding, hidden, layers, cell, shared, bidirectional, skip, dropout, start, peeky,
                 attention, output, input_feeding, forget_bias, smoothing, transformer] = options;
    note_map notes{{"source-vocabulary-size", std::to_string(source)},
                   {"target-vocabulary-size", std::to_string(target)},
                   {"embedding-size", std::to_string(embedding)},
                   {"hidden-size", std::to_string(hidden)},
                   {"layers", std::to_string(layers)},
                   {"shared-embedding", yes_no(shared)},
                   {"dropout", format_exact(dropout)},
                   {"label-smoothing", format_exact(smoothing)}};
    if (transformer)
        describe(*transformer, notes);
    else
        notes.insert({{"cell", std::string(name_in(recurrent_cell_names, cell))},
                      {"bidirectional", yes_no(bidirectional)},
                      {"skip", yes_no(skip)},
                      {"decoder-start", std::string(name_in(decoder_start_names, start))},
                      {"peeky", yes_no(peeky)},
                      {"attention", std::string(name_in(attention_names, attention))},
                      {"attention-output", std::string(name_in(attention_output_names, output))},
                      {"input-feeding", yes_no(input_feeding)},
                      {"forget-bias", format_exact(forget_bias)}});
    return notes;
}

seq2seq_options seq2seq_options_of(note_map const& notes, std::string const& file) {
    note_reader const in("sequence-to-sequence model", notes, file);
    seq2seq_options o;
    in.number("source-vocabulary-size", o.source_vocabulary);
    in.number("target-vocabulary-size", o.target_vocabulary);
    in.number("embedding-size", o.embedding_size);
    in.number("hidden-size", o.hidden_size);
    in.number("layers", o.layers);
    o.shared_embedding = in.flag("shared-embedding");
    in.number("dropout", o.dropout);
    in.number("label-smoothing", o.label_smoothing);
    o.transformer = transformer_shape_of(in);
    if (!o.transformer) {
        o.cell = in.name("cell", recurrent_cell_names);
        o.bidirectional = in.flag("bidirectional");
        o.skip = in.flag("skip");
        o.start = in.name("decoder-start", decoder_start_names);
        o.peeky = in.flag("peeky");
        o.attention = in.name("attention", attention_names);
        o.output = in.name("attention-output", attention_output_names);
        o.input_feeding = in.flag("input-feeding");
        in.number("forget-bias", o.forget_bias);
    }
    try {
        o.check();
    } catch (error const& e) {
        in.refuse(std::string("options that no model has: ") + e.what());
    }
    return o;
}

void save_seq2seq(seq2seq_model<float>& model, std::string const& path, note_map const& notes, bool half,
                  output_options const& output) {
    auto all = notes;
    all.merge(notes_of(model.options()));
    all["format"] = format_of(model.options());
    all["version"] = version;
    saved_tensors tensors;
    tensors.add(model.parameters());
    save_tensors(path, tensors.all(), all, {.half = half, .output = output});
}

namespace {
/// The options of a model, from the notes of its file.
seq2seq_options options_in(note_map const& notes, std::string const& file) {
    note_reader const in("sequence-to-sequence model", notes, file);
    bool const is_transformer = in.text("format") == transformer_format;
    in.check_format(is_transformer ? transformer_format : recurrent_format, version);
    auto options = seq2seq_options_of(notes, file);
    if (options.transformer.has_value() != is_transformer)
        in.refuse("expected options of its kind of layers, found others");
    return options;
}
}

seq2seq_options load_seq2seq_options(std::string const& path) {
    detail::byte_reader file(path);
    return options_in(read_safetensors_header(file).metadata, path);
}

loaded_seq2seq load_seq2seq(std::string const& path, std::shared_ptr<operations<float>> ops,
                            std::uint64_t memory_bytes) {
    auto const from = load_tensors(path);
    auto const options = options_in(from.notes, from.file);
    // Compares the sizes with the tensors of the file before any memory is allocated.
    (void)matrix_in(from, "source.embedding", options.source_vocabulary, options.embedding_size);
    (void)matrix_in(from, "projection.weight", options.projected_size(), options.target_vocabulary);
    for (std::size_t l = 0; l < options.layers; ++l) {
        auto const layer = "decoder." + std::to_string(l);
        if (options.transformer)
            (void)matrix_in(from, layer + ".self.joint", options.hidden_size, 3 * options.hidden_size);
        else
            (void)matrix_in(from, layer + ".hidden", options.hidden_size, gates_of(options.cell) * options.hidden_size);
    }
    auto const needed = options.memory_bytes();
    if (memory_bytes != 0 && needed > memory_bytes)
        throw error(failure::resource,
                    "sequence-to-sequence model: needs " + format_bytes(needed) + ", found a limit of "
                        + format_bytes(memory_bytes),
                    {.file = from.file});
    loaded_seq2seq out{.model = seq2seq_model<float>(options, std::move(ops), random_key()), .notes = from.notes};
    restore(out.model.parameters(), from);
    return out;
}
}
