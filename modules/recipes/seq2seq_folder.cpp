module;
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <ios>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
module wordmill.recipes;
import :model_folder;
import :seq2seq_folder;
import :sequence_text;
import wordmill.core;
import wordmill.io;
import wordmill.nn;
import wordmill.seq2seq;
import wordmill.text;

namespace wordmill {
namespace {
constexpr char prefix[] = "sentencepiece:";

std::string model_name(std::string const& side) { return side + ".sentencepiece"; }
std::string mark_of(vocabulary const& words, token_id id) {
    return std::string(words.word(id)) + " " + std::to_string(index(id));
}

void copy_file(std::string const& from, std::string const& to) {
    if (std::error_code not_there; std::filesystem::equivalent(from, to, not_there)) return;
    std::ifstream in(from, std::ios::binary);
    output_file out(to, {.overwrite = true});
    std::string bytes(std::size_t{1} << 16, '\0');
    while (in) {
        in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        out.write(std::string_view(bytes).substr(0, static_cast<std::size_t>(in.gcount())));
    }
    if (!in.eof()) throw error(failure::no_input, "cannot read the SentencePiece model", {.file = from});
    out.commit();
}

/// Writes what belongs to one side, and notes it.
void save_side(model_folder const& folder, std::string const& side, vocabulary const& words, sequence_text text,
               note_map& notes) {
    save_vocabulary(words, folder.file(side + ".tsv"), {.overwrite = true});
    notes[side + "-vocabulary"] = std::to_string(words.fingerprint());
    auto const marks = sequence_marks_of(words);
    notes[side + "-padding"] = mark_of(words, marks.padding);
    notes[side + "-begin"] = mark_of(words, marks.begin);
    notes[side + "-end"] = mark_of(words, marks.end);
    notes[side + "-unknown"] = marks.unknown ? mark_of(words, *marks.unknown) : "none";
    if (auto const model = text.sentencepiece_model(); !model.empty()) {
        copy_file(model, folder.file(model_name(side)));
        notes[side + "-sentencepiece"] = text.split().description().at("tokenizer");
        text.tokenizer = prefix + model_name(side);
    }
    text.describe(side, notes);
}

void refuse_other(std::string const& path, std::string const& what, std::string const& expected,
                  std::string const& found) {
    throw error(failure::bad_data,
                "sequence-to-sequence model: expected its " + what + ", " + expected + ", found " + found,
                {.file = path});
}

std::string note_of(note_map const& notes, std::string const& key) {
    auto const found = notes.find(key);
    return found == notes.end() ? "none" : found->second;
}

vocabulary load_side(model_folder const& folder, std::string const& side, note_map const& notes, sequence_text& text) {
    auto const path = folder.file(side + ".tsv");
    auto words = load_vocabulary(path, sequence_load_options());
    auto const expected = note_of(notes, side + "-vocabulary");
    if (expected != std::to_string(words.fingerprint()))
        refuse_other(path, side + " vocabulary", expected, std::to_string(words.fingerprint()));
    (void)sequence_marks_of(words, path);
    text = sequence_text::of(side, notes, folder.weights());
    if (text.tokenizer == prefix + model_name(side)) {
        text.tokenizer = prefix + folder.file(model_name(side));
        auto const found = text.split().description().at("tokenizer");
        auto const expected_model = note_of(notes, side + "-sentencepiece");
        if (found != expected_model) refuse_other(text.sentencepiece_model(), "tokenizer", expected_model, found);
    }
    return words;
}
}

void seq2seq_folder::save(seq2seq_model<float>& model, sequence_setup const& setup, note_map notes, bool half) const {
    save_side(*this, "source", setup.source, setup.source_text, notes);
    save_side(*this, "target", setup.target, setup.target_text, notes);
    notes["reverse-source"] = yes_no(setup.reverse_source);
    save_seq2seq(model, weights(), notes, half, {.overwrite = true});
    notes.merge(notes_of(model.options()));
    save_card(notes);
}

std::uint64_t seq2seq_folder::device_bytes(std::size_t pairs, std::size_t tokens) const {
    auto const options = load_seq2seq_options(weights());
    return checked_sum(checked_product(options.weights(), sizeof(float)), options.working_bytes(pairs, tokens, tokens));
}

folder_seq2seq load_seq2seq_folder(std::string const& path, std::shared_ptr<operations<float>> ops,
                                   std::uint64_t memory) {
    model_folder const folder{path};
    auto loaded = load_seq2seq(folder.weights(), std::move(ops), memory);
    sequence_setup setup;
    setup.source = load_side(folder, "source", loaded.notes, setup.source_text);
    setup.target = load_side(folder, "target", loaded.notes, setup.target_text);
    setup.reverse_source = note_of(loaded.notes, "reverse-source") == "yes";
    auto const& options = loaded.model.options();
    if (setup.source.size() != options.source_vocabulary || setup.target.size() != options.target_vocabulary)
        refuse_other(path, "vocabularies",
                     std::to_string(options.source_vocabulary) + " and " + std::to_string(options.target_vocabulary)
                         + " types",
                     std::to_string(setup.source.size()) + " and " + std::to_string(setup.target.size()));
    return {.model = std::move(loaded.model), .setup = std::move(setup), .notes = std::move(loaded.notes)};
}
}
