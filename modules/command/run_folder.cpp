module;
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>
module wordmill.command;
import :progress;
import :run_folder;
import :train_options;
import wordmill.core;
import wordmill.pipeline;
import wordmill.stream;
import wordmill.text;
import wordmill.word2vec;

namespace wordmill {
namespace {
namespace fs = std::filesystem;

template <class T> T parsed(training_notes const& notes, std::string const& key, std::string const& file) {
    T value{};
    auto const found = notes.find(key);
    if (found != notes.end()) {
        auto const* const end = found->second.data() + found->second.size();
        auto const [after, problem] = std::from_chars(found->second.data(), end, value);
        if (problem == std::errc{} && after == end) return value;
    }
    throw error(failure::bad_data, "checkpoint: expected a number as its note '" + key + "'", {.file = file});
}

std::string ids_text(std::vector<token_id> const& ids) {
    std::string text;
    for (auto const id : ids) text += (text.empty() ? "" : " ") + std::to_string(index(id));
    return text;
}

std::vector<token_id> ids_of(std::string_view text, std::string const& file) {
    std::vector<token_id> ids;
    while (!text.empty()) {
        std::uint32_t id = 0;
        auto const [after, problem] = std::from_chars(text.data(), text.data() + text.size(), id);
        if (problem != std::errc{}) throw error(failure::bad_data, "checkpoint: expected ids", {.file = file});
        ids.push_back(token_id{id});
        text.remove_prefix(static_cast<std::size_t>(after - text.data()));
        if (text.starts_with(' ')) text.remove_prefix(1);
    }
    return ids;
}

void move(std::string const& from, std::string const& to) {
    std::error_code problem;
    fs::rename(from, to, problem);
    if (problem)
        throw error(failure::cannot_create, "'" + from + "' cannot be moved here: " + problem.message(), {.file = to});
}

standing standing_in(std::string const& name, word2vec_model& model, std::string const& options) {
    auto const notes = load_checkpoint_notes(name);
    auto const text = [&](char const* key) {
        auto const found = notes.find(key);
        return found == notes.end() ? std::string() : found->second;
    };
    if (text("options") != options)
        throw error(failure::bad_data,
                    "the run was begun with other options: expected " + options + "; found " + text("options"),
                    {.file = name}, "give the options that it was begun with");
    load_checkpoint(model, name);
    return {.epoch = parsed<std::uint64_t>(notes, "epoch", name),
            .at = parse_position(text("position")),
            .border = {.before = ids_of(text("before"), name), .tokens = parsed<std::uint64_t>(notes, "tokens", name)},
            .loss = {.sum = parsed<double>(notes, "loss", name),
                     .examples = parsed<std::uint64_t>(notes, "examples", name)}};
}
}

run_folder run_folder::begin(std::string path, vocabulary const& words, bool overwrite) {
    std::error_code problem;
    fs::create_directories(path, problem);
    if (problem) throw error(failure::cannot_create, "the folder cannot be made: " + problem.message(), {.file = path});
    run_folder folder(std::move(path));
    for (auto const& there : {folder.newest(), folder.previous()}) {
        if (fs::exists(there) && !overwrite)
            throw error(failure::cannot_create, "holds the checkpoint of a run already", {.file = folder.path_},
                        "--resume goes on with it, --overwrite begins anew");
        fs::remove(there, problem);
    }
    save_vocabulary(words, folder.file("vocabulary.tsv"), {.overwrite = true});
    return folder;
}

run_folder run_folder::resume(std::string path) {
    run_folder folder(std::move(path));
    if (!fs::exists(folder.newest()) && !fs::exists(folder.previous()))
        throw error(failure::no_input, "expected the checkpoint of a run, found none", {.file = folder.path_});
    return folder;
}

void run_folder::save(std::function<void(std::string const& path)> const& write) const {
    if (fs::exists(newest())) {
        // A second name for the file, so that there is a checkpoint at any time; where a file can have one only, the
        // previous one is it until the new one is written.
        std::error_code problem;
        auto const link = previous() + ".new";
        fs::remove(link, problem);
        fs::create_hard_link(newest(), link, problem);
        move(problem ? newest() : link, previous());
    }
    write(newest());
}

void run_folder::load(std::function<void(std::string const& path)> const& read, log_options const& log) const {
    try {
        read(newest());
    } catch (error const& e) {
        if ((e.kind() != failure::bad_data && e.kind() != failure::no_input) || !fs::exists(previous())) throw;
        try {
            read(previous());
        } catch (error const&) {
            throw e;
        }
        move(previous(), newest());
        if (!log.quiet) log_line(log, "warning", std::string(e.what()) + "; going on from the checkpoint before it");
    }
}

vocabulary run_folder::words() const { return load_vocabulary(file("vocabulary.tsv")); }

void run_folder::save(word2vec_model const& model, standing const& at, std::string const& options) const {
    save([&](std::string const& path) {
        save_checkpoint(model,
                        {{"options", options},
                         {"epoch", std::to_string(at.epoch)},
                         {"position", to_text(at.at)},
                         {"before", ids_text(at.border.before)},
                         {"tokens", std::to_string(at.border.tokens)},
                         {"loss", format_exact(at.loss.sum)},
                         {"examples", std::to_string(at.loss.examples)}},
                        path);
    });
}

standing run_folder::load(word2vec_model& model, std::string const& options, log_options const& log) const {
    standing at;
    load([&](std::string const& path) { at = standing_in(path, model, options); }, log);
    return at;
}
}
