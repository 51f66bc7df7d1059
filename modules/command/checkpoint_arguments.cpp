module;
#include <algorithm>
#include <cstdint>
#include <string>
module wordmill.command;
import :checkpoint_arguments;
import :command_line;
import wordmill.core;
import wordmill.recipes;
import wordmill.training;

namespace wordmill {
void checkpoint_arguments::add_to(command_line training) {
    training.option("--checkpoint", begin, "Begin a run that keeps in this folder what it needs to go on", "FOLDER");
    training.option("--checkpoint-every", every, "Tokens between two checkpoints", "N");
    training.option("--resume", resume, "Go on with the run in this folder", "FOLDER");
    training.option("--resume-or-begin", resume_or_begin,
                    "Go on with the run in this folder, or begin it where there is none: for batch schedulers",
                    "FOLDER");
}

void checkpoint_arguments::check(std::string const& vocabulary) const {
    if (!resume_or_begin.empty() && !(begin.empty() && resume.empty()))
        throw error(failure::usage, "--resume-or-begin: expected neither --checkpoint nor --resume beside it, found "
                                        + std::string(begin.empty() ? "--resume" : "--checkpoint"));
    if (!resume.empty() && (!begin.empty() || !vocabulary.empty()))
        throw error(
            failure::usage,
            "--resume: the folder has vocabulary and checkpoint; expected neither --vocabulary nor --checkpoint "
            "beside it");
}

std::string const& checkpoint_arguments::folder() const {
    return !resume.empty() ? resume : !resume_or_begin.empty() ? resume_or_begin : begin;
}

bool checkpoint_arguments::resumes() const {
    return !resume.empty() || (!resume_or_begin.empty() && run_folder::holds_checkpoint(resume_or_begin));
}

void checkpoint_arguments::apply(run_options& to) const {
    to.folder = folder();
    to.start = !resume.empty()            ? run_start::resume
               : !resume_or_begin.empty() ? run_start::begin_or_resume
                                          : run_start::begin;
    to.checkpoint_tokens = std::max<std::uint64_t>(parse_count(every, "--checkpoint-every"), 1);
}
}
