module;
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>
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
constexpr std::pair<std::string_view, recurrent_cell> cells[] = {
    {"tanh", recurrent_cell::tanh}, {"lstm", recurrent_cell::lstm}, {"gru", recurrent_cell::gru}};
constexpr char softmax_note[] = "softmax", samples_note[] = "samples", cutoffs_note[] = "cutoffs";

std::string yes_or_no(bool value) { return value ? "yes" : "no"; }

class note_reader {
public:
    note_reader(note_map const& notes, std::string const& file) : notes_(notes), file_(file) {}

    [[nodiscard]] std::string const& text(std::string const& key) const {
        auto const found = notes_.find(key);
        if (found == notes_.end()) refuse("expected a note '" + key + "', found none");
        return found->second;
    }
    template <class Number> void number(std::string const& key, Number& value) const {
        number_in(text(key), key, value);
    }
    /// Reads a list of numbers separated by commas.
    template <class Number> void numbers(std::string const& key, std::vector<Number>& values) const {
        std::string_view rest = text(key);
        for (bool more = true; more;) {
            auto const comma = rest.find(',');
            more = comma != std::string_view::npos;
            number_in(rest.substr(0, comma), key, values.emplace_back());
            rest.remove_prefix(more ? comma + 1 : 0);
        }
    }
    [[nodiscard]] bool flag(std::string const& key) const {
        auto const& from = text(key);
        if (from != "yes" && from != "no")
            refuse("expected yes or no as the note '" + key + "', found '" + from.substr(0, 40) + "'");
        return from == "yes";
    }
    [[noreturn]] void refuse(std::string const& message) const {
        throw error(failure::bad_data, "language model: " + message, {.file = file_});
    }

private:
    template <class Number> void number_in(std::string_view from, std::string const& key, Number& value) const {
        auto const found = parse_number<Number>(from);
        if (!found)
            refuse("expected a number as the note '" + key + "', found '" + std::string(from.substr(0, 40)) + "'");
        value = *found;
    }

    note_map const& notes_;
    std::string const& file_;
};

void read_softmax(note_reader const& in, note_map const& notes, language_model_options& o) {
    if (!notes.contains(softmax_note)) return;
    auto const& kind = in.text(softmax_note);
    if (kind == "sampled") {
        o.softmax = softmax_kind::sampled;
        in.number(samples_note, o.samples);
    } else if (kind == "adaptive") {
        o.softmax = softmax_kind::adaptive;
        in.numbers(cutoffs_note, o.cutoffs);
    } else {
        in.refuse("expected sampled or adaptive as its softmax, found '" + kind.substr(0, 40) + "'");
    }
}
}

note_map notes_of(language_model_options const& o) {
    std::string_view cell;
    for (auto const& [name, value] : cells)
        if (value == o.cell) cell = name;
    note_map notes{{"vocabulary-size", std::to_string(o.vocabulary_size)},
                   {"embedding-size", std::to_string(o.embedding_size)},
                   {"hidden-size", std::to_string(o.hidden_size)},
                   {"layers", std::to_string(o.layers)},
                   {"cell", std::string(cell)},
                   {"dropout", format_exact(o.dropout)},
                   {"dropout-per-sequence", yes_or_no(o.dropout_per_sequence)},
                   {"tied", yes_or_no(o.tied)},
                   {"skip", yes_or_no(o.skip)},
                   {"forget-bias", format_exact(o.forget_bias)}};
    // A full softmax needs no notes: files from before the other kinds have none.
    if (o.softmax == softmax_kind::sampled) {
        notes[softmax_note] = "sampled";
        notes[samples_note] = std::to_string(o.samples);
    } else if (o.softmax == softmax_kind::adaptive) {
        notes[softmax_note] = "adaptive";
        for (auto const cutoff : o.cutoffs)
            notes[cutoffs_note] += (notes[cutoffs_note].empty() ? "" : ",") + std::to_string(cutoff);
    }
    return notes;
}

language_model_options options_of(note_map const& notes, std::string const& file) {
    note_reader const in(notes, file);
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
    auto const& cell = in.text("cell");
    bool known = false;
    for (auto const& [name, value] : cells)
        if (name == cell) {
            o.cell = value;
            known = true;
        }
    read_softmax(in, notes, o);
    if (!known) in.refuse("expected tanh, lstm or gru as its cell, found '" + cell.substr(0, 40) + "'");
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

loaded_language_model load_language_model(std::string const& path, std::shared_ptr<operations<float>> ops,
                                          std::uint64_t memory_bytes) {
    auto const from = load_tensors(path);
    note_reader const in(from.notes, from.file);
    if (in.text("format") != format)
        in.refuse("expected a '" + std::string(format) + "', found '" + in.text("format").substr(0, 60) + "'");
    if (in.text("version") != version)
        in.refuse("expected version " + std::string(version) + ", found " + in.text("version").substr(0, 20));
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
