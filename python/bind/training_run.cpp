#include "binding.hpp"

#include <filesystem>
#include <stdlib.h>
import wordmill.compute;
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.metrics;
import wordmill.nn;
import wordmill.pipeline;
import wordmill.recipes;
import wordmill.stream;
import wordmill.text;
import wordmill.training;
#include "run.hpp"
#include "sources.hpp"
#include "training_run.hpp"

namespace wm = wordmill;

std::string folder_of(nb::handle folder) { return folder.is_none() ? std::string() : path_text(folder); }

wm::compute_device device_of(std::string const& name) {
    static constexpr wm::named_value<wm::compute_device> devices[] = {
        {"cpu", wm::compute_device::cpu}, {"auto", wm::compute_device::automatic}, {"cuda", wm::compute_device::cuda}};
    auto const device = wm::choose("device", name, devices);
    if (device == wm::compute_device::cuda) try {
            (void)wm::choose_device(device);
        } catch (wm::error const& e) {
            throw wm::error(
                e.kind(), "device: " + e.message(), {},
                "wheels are built without CUDA; where the CUDA Toolkit is installed, build one that has it: "
                "pip install ./python -C cmake.define.WORDMILL_CUDA=ON");
        }
    return device;
}

std::shared_ptr<wm::operations<float>> arithmetic_of(wm::arithmetic_options const& options,
                                                     std::function<std::uint64_t()> const& bytes) {
    return wm::choose_arithmetic(options, bytes, [](std::string const& line) { log_message("info", line); }).ops;
}

python_run::python_run(unsigned threads, nb::handle memory, std::uint64_t seed, nb::handle listener,
                       std::uint64_t epochs, checkpoint_arguments const& checkpoints) {
    nb::object const both = nb::module_::import_("wordmill._progress").attr("listener")(listener);
    progress.listener = both[0];
    close = both[1];
    options.threads = threads;
    options.memory_bytes = memory_of(memory);
    options.seed = seed;
    options.watch = progress.watch;
    options.folder = folder_of(checkpoints.folder);
    options.overwrite = checkpoints.overwrite;
    options.checkpoint_tokens = checkpoints.tokens;
    if (!checkpoints.resume.is_none())
        options.start = nb::cast<bool>(checkpoints.resume) ? wm::run_start::resume : wm::run_start::begin;
    if (options.folder.empty() && options.start == wm::run_start::resume)
        throw wm::error(wm::failure::usage, "resume: expected a folder to resume from (checkpoint), found none");
    options.on_message = [](std::string const& line) { log_message("info", line); };
    options.on_warning = [](std::string const& line) { log_message("warning", line); };
    // Is called when the number of tokens is known.
    options.metrics = [total = progress.total, watch = progress.watch, epochs](wm::begun_run const& begun) {
        auto const found = begun.notes.find("corpus-tokens");
        total->store(found == begun.notes.end() ? watch.expected()
                                                : epochs * wm::parse_count(found->second, "corpus-tokens"));
        return std::vector<wm::training_recorder::sink>();
    };
}
python_run::~python_run() {
    if (close.is_none()) return;
    try {
        close();
    } catch (nb::python_error& e) {
        e.discard_as_unraisable("wordmill: progress");
    }
}

python_corpus python_run::corpus(nb::handle given, source_options how) const {
    if (options.memory_bytes > 0) how.remembered_bytes = std::min(how.remembered_bytes, options.memory_bytes / 8);
    return corpus_of(given, how);
}

best_folder::best_folder(wm::run_options& run) : temporary_(run.folder.empty()) {
    if (temporary_) {
        path_ = (wm::temporary_folder() / "wordmill-XXXXXX").string();
        if (::mkdtemp(path_.data()) == nullptr)
            throw wm::error(wm::failure::cannot_create, "cannot create a temporary folder", {.file = path_});
        return;
    }
    path_ = run.folder + "/best";
    run.metrics = [tell = std::move(run.metrics), path = path_](wm::begun_run const& begun) {
        if (!begun.resumes) std::filesystem::remove_all(path);
        return tell(begun);
    };
}

best_folder::~best_folder() {
    std::error_code ignored;
    if (temporary_) std::filesystem::remove_all(path_, ignored);
}

void log_counts(wm::tally const& counts) {
    for (auto const& each : counts.drops())
        log_message("info", wm::format_count(each.count) + " " + each.unit + "s left out: " + each.reason);
    for (auto const& each : counts.notes()) log_message("info", wm::format_count(each.count) + " " + each.reason);
}
