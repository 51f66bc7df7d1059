module;
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
module wordmill.training;
import :run_folder;
import wordmill.core;

namespace wordmill {
namespace {
namespace fs = std::filesystem;

void move(std::string const& from, std::string const& to) {
    std::error_code problem;
    fs::rename(from, to, problem);
    if (problem)
        throw error(failure::cannot_create, "cannot move '" + from + "' here: " + problem.message(), {.file = to});
}
}

run_folder::run_folder(std::string path, run_start start, bool overwrite) : path_(std::move(path)) {
    bool const there = holds_checkpoint(path_);
    if (start == run_start::resume && !there)
        throw error(failure::no_input, "expected the checkpoint of a run, found none", {.file = path_});
    resumes_ = there && start != run_start::begin;
    if (resumes_) return;
    if (there && !overwrite)
        throw error(failure::cannot_create, "the folder holds the checkpoint of a run already", {.file = path_},
                    "--resume goes on with it, --overwrite begins anew");
    std::error_code problem;
    fs::create_directories(path_, problem);
    if (problem) throw error(failure::cannot_create, "cannot create the folder: " + problem.message(), {.file = path_});
    for (auto const& old : {newest(), previous()}) fs::remove(old, problem);
}

bool run_folder::holds_checkpoint(std::string const& path) {
    return !path.empty() && (fs::exists(path + "/checkpoint") || fs::exists(path + "/checkpoint.previous"));
}

std::string run_folder::file(std::string_view name) const { return path_ + "/" + std::string(name); }

void run_folder::save(std::function<void(std::string const& path)> const& write) const {
    if (fs::exists(newest())) {
        // A hard link, so that there is a checkpoint at any time. Where files cannot have a second name, the file is
        // renamed, and only the previous checkpoint exists until the new one is written.
        std::error_code problem;
        auto const link = previous() + ".new";
        fs::remove(link, problem);
        fs::create_hard_link(newest(), link, problem);
        move(problem ? newest() : link, previous());
    }
    write(newest());
}

void run_folder::load(std::function<void(std::string const& path)> const& read,
                      std::function<void(std::string const& warning)> const& warn) const {
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
        if (warn) warn(std::string(e.what()) + "; going on from the checkpoint before it");
    }
}
}
