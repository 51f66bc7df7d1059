module;
namespace CLI {
class App;
}
module wordmill.command:command_line;
import wordmill.standard;

namespace wordmill {
struct option_demands {
    bool required = false;
    int values = 0; ///< exactly so many; 0 = any number
};

/// What a command offers: options under headings, and the work it does. CLI11 stands behind it, in one unit only,
/// since it is slow to compile. Copies speak of the same command.
class command_line {
public:
    explicit command_line(CLI::App& app) : app_(&app) {}

    /// A name without "--" is a positional argument. The help shows the value there is, unless it is empty. The values
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
    /// What is done when the command was chosen and all options were read.
    void run(std::function<void()> work);

private:
    CLI::App* app_;
    std::string heading_{};
};

/// Reads a command line as `offer` describes it and does the work; returns the exit status. `failure::usage` for a line
/// that does not fit.
[[nodiscard]] int read_command_line(int count, char const* const* arguments, void (*offer)(command_line));
}
