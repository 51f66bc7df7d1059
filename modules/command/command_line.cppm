module;
namespace CLI {
class App;
}
module wordmill.command:command_line;
import wordmill.standard;

namespace wordmill {
struct option_demands {
    bool required = false;
    int values = 0; ///< exact number of values; 0 = any number
};

/// The description of a command: options under headings, and the work it does. CLI11 implements it, in one unit only,
/// since it is slow to compile. Copies refer to the same command.
class command_line {
public:
    explicit command_line(CLI::App& app) : app_(&app) {}

    /// A name without "--" is a positional argument. The help shows the default value, unless it is empty. The values
    /// must outlive the parsing.
    void option(std::string const& name, std::string& value, std::string const& help, std::string const& type,
                option_demands d = {});
    void option(std::string const& name, std::vector<std::string>& values, std::string const& help,
                std::string const& type, option_demands d = {});
    void flag(std::string const& name, bool& value, std::string const& help);

    /// The same command, for options under this heading of its help.
    [[nodiscard]] command_line under(std::string heading) const;
    [[nodiscard]] command_line subcommand(std::string const& name, std::string const& what);
    void needs_subcommand();
    /// Sets the work that is done when the command is chosen, and none of its subcommands, after all options have been
    /// read. Options of the command before the name of a subcommand are a `failure::usage`.
    void run(std::function<void()> work);

private:
    CLI::App* app_;
    std::string heading_{};
};

/// Parses a command line as `offer` describes it and does the work; returns the exit status. `failure::usage` for an
/// invalid command line.
[[nodiscard]] int read_command_line(int count, char const* const* arguments, void (*offer)(command_line));
}
