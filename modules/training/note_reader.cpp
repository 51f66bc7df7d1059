module;
#include <cstddef>
#include <string>
#include <string_view>
module wordmill.training;
import wordmill.core;
import :note_reader;

namespace wordmill {
std::string const& note_reader::text(std::string const& key) const {
    auto const found = notes_->find(key);
    if (found == notes_->end()) refuse("expected a note '" + key + "', found none");
    return found->second;
}

bool note_reader::flag(std::string const& key) const {
    auto const& from = text(key);
    if (from != "yes" && from != "no") refuse_value("yes or no", key, from);
    return from == "yes";
}

void note_reader::check_format(std::string_view format, std::string_view version) const {
    if (text("format") != format)
        refuse("expected a '" + std::string(format) + "', found '" + text("format").substr(0, 60) + "'");
    if (text("version") != version)
        refuse("expected version " + std::string(version) + ", found " + text("version").substr(0, 20));
}

void note_reader::refuse(std::string const& message) const {
    throw error(failure::bad_data, model_ + ": " + message, {.file = file_});
}

void note_reader::refuse_value(std::string const& expected, std::string const& key, std::string_view found) const {
    constexpr std::size_t shown = 40;
    refuse("expected " + expected + " as the note '" + key + "', found '" + std::string(found.substr(0, shown)) + "'");
}
}
