module;
#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>
module wordmill.command;
import :command_line;
import :version_text;
import wordmill.core;

namespace wordmill {
namespace {
void describe(CLI::Option& option, std::string const& type, std::string const& heading, option_demands d) {
    option.type_name(type);
    if (!heading.empty()) option.group(heading);
    if (d.required) option.required();
    if (d.values > 0) option.expected(d.values);
}
}

void command_line::option(std::string const& name, std::string& value, std::string const& help, std::string const& type,
                          option_demands d) {
    auto& added = *app_->add_option(name, value, help);
    describe(added, type, heading_, d);
    if (!value.empty()) added.capture_default_str();
}

void command_line::option(std::string const& name, std::vector<std::string>& values, std::string const& help,
                          std::string const& type, option_demands d) {
    describe(*app_->add_option(name, values, help), type, heading_, d);
}

void command_line::flag(std::string const& name, bool& value, std::string const& help) {
    auto& added = *app_->add_flag(name, value, help);
    if (!heading_.empty()) added.group(heading_);
}

command_line command_line::under(std::string heading) const {
    command_line other(*this);
    other.heading_ = std::move(heading);
    return other;
}

command_line command_line::subcommand(std::string const& name, std::string const& what) {
    return command_line(*app_->add_subcommand(name, what));
}

void command_line::needs_subcommand() { app_->require_subcommand(1); }

void command_line::run(std::function<void()> work) {
    auto* const app = app_;
    // CLI11 also calls back the parents of the command that was chosen.
    app->parse_complete_callback([app] {
        if (app->get_subcommands().empty()) return;
        for (auto const* option : app->get_options())
            if (option->count() > 0)
                throw error(failure::usage, app->get_name() + " " + app->get_subcommands().front()->get_name()
                                                + ": expected its options after its name, found " + option->get_name()
                                                + " before it");
    });
    app->final_callback([app, work = std::move(work)] {
        if (app->get_subcommands().empty()) work();
    });
}

int read_command_line(int count, char const* const* arguments, void (*offer)(command_line)) {
    CLI::App app("Streams text corpora larger than memory into word vectors and sequence models.", "wordmill");
    app.set_version_flag("--version", version_text, "Print the version, the commit and what was built, and exit");
    offer(command_line(app));
    try {
        app.parse(count, arguments);
    } catch (CLI::CallForHelp const& e) {
        return app.exit(e);
    } catch (CLI::CallForAllHelp const& e) {
        return app.exit(e);
    } catch (CLI::CallForVersion const& e) {
        return app.exit(e);
    } catch (CLI::ParseError const& e) {
        throw error(failure::usage, std::string(e.what()) + " (wordmill --help lists the options)");
    }
    return 0;
}
}
