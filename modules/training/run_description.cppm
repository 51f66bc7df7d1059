export module wordmill.training:run_description;
import :run_folder;
import wordmill.core;
import wordmill.standard;

// A run is described by notes: everything that decides its result, by the names of the command's options. A key with a
// blank in it is no option, such as "input text".
namespace wordmill {
/// Adds the description of a run, and the version of its format, to the notes of a checkpoint.
export void add_description(note_map const& description, note_map& checkpoint);
/// Checks the version of a checkpoint, and that its run was begun with this description. Otherwise `failure::bad_data`
/// that names each option that differs, with both values.
export void check_description(note_map const& checkpoint, note_map const& now, std::string const& file);
/// The same for the checkpoint of a folder, if the run resumes. Reads its notes only, so that a run with other options
/// is refused before any work; facts that are no options may be missing in `now`. A damaged checkpoint passes, and so
/// does one with another description beside a previous one with this: loading it decides.
export void check_description(run_folder const& folder, note_map const& now);
}
