/// The `wordmill` command: subcommands over the library, progress, reports and exit codes.
module;
export module wordmill.command;

namespace wordmill {
/// Runs the command line and returns the exit code (the values of `failure`; 128 + n after signal n). Never throws.
/// Results go to the outputs named or to standard output; progress, reports and errors to standard error.
export int run_command(int argument_count, char const* const* arguments) noexcept;
}
