module;
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>
module wordmill.thesaurus;
import :find_wordnet;
import wordmill.core;

namespace wordmill {
namespace {
void add_nltk(std::vector<std::string>& folders, std::filesystem::path const& data) {
    for (auto const* const name : {"wordnet", "wordnet31"}) folders.push_back((data / "corpora" / name).string());
}

bool exists(std::string const& path) {
    std::error_code unreadable;
    return std::filesystem::exists(path, unreadable);
}
}

std::vector<std::string> wordnet_folders(environment const& variable) {
    auto const value = [&](char const* name) {
        char const* const text = variable(name);
        return std::string(text == nullptr ? "" : text);
    };
    if (auto const folder = value("WNSEARCHDIR"); !folder.empty()) return {folder};
    std::vector<std::string> folders;
    auto const listed = value("NLTK_DATA");
    for (std::string_view left = listed; !left.empty();) {
        auto const folder = left.substr(0, left.find(':'));
        if (!folder.empty()) add_nltk(folders, folder);
        left.remove_prefix(folder.size());
        if (!left.empty()) left.remove_prefix(1);
    }
    folders.emplace_back("/usr/share/wordnet");
    if (auto const home = value("HOME"); !home.empty()) add_nltk(folders, std::filesystem::path(home) / "nltk_data");
    for (auto const* const parent : {"/usr/share", "/usr/local/share", "/usr/lib", "/usr/local/lib"})
        add_nltk(folders, std::filesystem::path(parent) / "nltk_data");
    return folders;
}

std::string find_wordnet(std::vector<std::string> const& folders) {
    std::string list, packed;
    for (auto const& folder : folders) {
        if (exists((std::filesystem::path(folder) / "data.noun").string())) return folder;
        list += (list.empty() ? "" : ", ") + folder;
        if (packed.empty() && exists(folder + ".zip")) packed = folder + ".zip";
    }
    throw error(failure::unavailable, "WordNet: expected a file data.noun in one of these folders, found none: " + list,
                {},
                packed.empty() ? "install WordNet (on Debian: apt-get install wordnet-base; for Python: "
                                 "nltk.download('wordnet')), or name its folder"
                               : "unpack " + packed + " where it is");
}
}
