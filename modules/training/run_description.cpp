module;
#include <optional>
#include <string>
#include <string_view>
module wordmill.training;
import :run_description;
import :run_folder;
import wordmill.core;
import wordmill.io;
import wordmill.safetensors;

namespace wordmill {
namespace {
constexpr std::string_view prefix = "run: ";
constexpr std::string_view version = "2"; // of the notes of a checkpoint

std::string quoted(note_map const& notes, std::string const& key) {
    auto const found = notes.find(key);
    return found == notes.end() ? "none" : "'" + found->second + "'";
}

/// `early`: facts that are no options may still be missing in `now`.
void check(note_map const& checkpoint, note_map const& now, std::string const& file, bool early) {
    auto const found = checkpoint.find("checkpoint");
    if (found == checkpoint.end() || found->second != version)
        throw error(failure::bad_data,
                    "expected a checkpoint of version " + std::string(version) + ", found "
                        + (found == checkpoint.end() ? "no version" : "version " + found->second),
                    {.file = file}, "it was written by another release: begin the run anew");
    note_map begun;
    for (auto const& [key, value] : checkpoint)
        if (key.starts_with(prefix)) begun.emplace(key.substr(prefix.size()), value);
    auto all = begun;
    all.insert(now.begin(), now.end());
    std::string changed; // an option; named first, because it may be why others are missing
    std::string missing; // an option that one of both runs does not have
    std::string facts;   // such as fingerprints, which say less
    for (auto const& [key, value] : all) {
        bool const is_option = key.find(' ') == std::string::npos;
        bool const in_both = begun.contains(key) && now.contains(key);
        if ((in_both && begun.at(key) == now.at(key)) || (early && !is_option && !now.contains(key))) continue;
        (!is_option ? facts
         : in_both  ? changed
                    : missing) += "; " + std::string(is_option ? "--" : "") + key + ": begun with " + quoted(begun, key)
                                 + ", now " + quoted(now, key);
    }
    auto const differences = changed + missing + facts;
    if (!differences.empty())
        throw error(failure::bad_data, "the run was begun with other options or another text: " + differences.substr(2),
                    {.file = file}, "give the options and the text that it was begun with");
}
}

void add_description(note_map const& description, note_map& checkpoint) {
    checkpoint["checkpoint"] = version;
    for (auto const& [key, value] : description) checkpoint[std::string(prefix) + key] = value;
}

void check_description(note_map const& checkpoint, note_map const& now, std::string const& file) {
    check(checkpoint, now, file, false);
}

void check_description(run_folder const& folder, note_map const& now) {
    if (!folder.resumes()) return;
    std::optional<error> first;
    for (auto const* const name : {"checkpoint", "checkpoint.previous"}) try {
            detail::byte_reader in(folder.file(name));
            auto const notes = read_safetensors_header(in).metadata;
            try {
                check(notes, now, folder.file(name), true);
                return;
            } catch (error const& e) {
                if (!first) first = e;
            }
        } catch (error const& e) { // damaged or missing
            if (e.kind() != failure::bad_data && e.kind() != failure::no_input) throw;
            if (std::string_view(name) == "checkpoint") return;
        }
    if (first) throw *first;
}
}
