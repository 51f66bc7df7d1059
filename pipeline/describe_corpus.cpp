module;
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>
module wordmill.pipeline;
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.text;
import :any_corpus;
import :encoded_corpus;

namespace wordmill {
namespace {
// Every member of the options is named here. A new one does not compile until it is decided whether it changes what a
// corpus delivers.
void describe(decode_limits const& limits) {
    [[maybe_unused]] auto const& [max_expansion, max_window] = limits; // end the run, change nothing in it
}

void describe(read_options const& options, note_map& notes) {
    auto const& [from, block, on_bad, max_bad, max_bad_share, quarantine, utf8, max_record, threads, memory, truncated,
                 garbage, limits, watch, counts] = options;
    (void)from;                                           // of a pass
    (void)max_bad, (void)max_bad_share, (void)quarantine; // end the run, or copy: change nothing in it
    (void)threads, (void)memory, (void)watch, (void)counts;
    describe(limits);
    notes["block"] = std::to_string(block);
    notes["on-bad"] = name_in(bad_data_policy_names, on_bad);
    notes["utf8"] = name_in(utf8_policy_names, utf8);
    notes["max-record"] = std::to_string(max_record);
    notes["allow-truncated"] = yes_no(truncated);
    notes["allow-garbage"] = yes_no(garbage);
}

/// Stands for a value of any type, to count the members of aggregates: structured bindings do not take those with
/// bases.
struct anything {
    template <class T> operator T() const; // NOLINT
};
template <class T, class... Values>
concept made_of = requires { T{Values{}...}; };

void describe(line_options const& options, note_map& notes) {
    static_assert(made_of<line_options, read_options, bool, bool, bool>
                      && !made_of<line_options, read_options, bool, bool, bool, anything>,
                  "a new option of reading lines: add it to the notes below, or say why it is not one");
    describe(static_cast<read_options const&>(options), notes);
    notes["blank-line-documents"] = yes_no(options.blank_line_ends_document);
    notes["files end documents"] = yes_no(options.file_ends_document);
    notes["keep-lone-cr"] = yes_no(!options.lone_cr_ends_line);
}

void describe(corpus_options const& options, note_map& notes) {
    static_assert(made_of<corpus_options, line_options, corpus_format, std::string>
                      && !made_of<corpus_options, line_options, corpus_format, std::string, anything>,
                  "a new option of reading a corpus: add it to the notes below, or say why it is not one");
    describe(static_cast<line_options const&>(options), notes);
    notes["format"] = name(options.format);
    notes["field"] = options.field;
}

void describe(pair_options const& options, note_map& notes) {
    static_assert(
        made_of<pair_options, read_options, pair_layout, std::string, std::string, std::string>
            && !made_of<pair_options, read_options, pair_layout, std::string, std::string, std::string, anything>,
        "a new option of reading pairs: add it to the notes below, or say why it is not one");
    describe(static_cast<read_options const&>(options), notes);
    notes["pairs"] = name_in(pair_layout_names, options.layout);
    notes["separator"] = options.separator;
    notes["source-field"] = options.source_field;
    notes["target-field"] = options.target_field;
}

void describe(std::vector<input_file> const& inputs, note_map& notes) {
    std::uint64_t bytes = 0;
    for (auto const& input : inputs) bytes += input.bytes;
    notes["input text"] = format_count(inputs.size()) + (inputs.size() == 1 ? " file of " : " files of ")
                          + format_count(bytes) + " bytes, fingerprint " + std::to_string(content_fingerprint(inputs));
}
}

note_map any_corpus::description() const {
    note_map notes;
    if (encoded()) {
        std::uint64_t tokens = 0;
        random_key content(ids_.size());
        for (auto const& file : ids_) {
            tokens += file.tokens();
            content = content.fold_in(file.fingerprint());
        }
        notes["encoded input"] = format_count(ids_.size()) + (ids_.size() == 1 ? " file of " : " files of ")
                                 + format_count(tokens) + " ids, fingerprint " + std::to_string(content.bits());
        return notes;
    }
    notes.merge(split_({}).description());
    if (source_) {
        notes.merge(source_->description());
        return notes;
    }
    describe(how_, notes);
    describe(inputs_, notes);
    return notes;
}

note_map description_of_pairs(std::vector<input_file> const& inputs, pair_options const& how) {
    note_map notes;
    describe(how, notes);
    describe(inputs, notes);
    return notes;
}
}
