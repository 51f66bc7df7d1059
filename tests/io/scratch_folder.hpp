#pragma once
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>

/// A fresh folder for one test case, removed at its end.
struct scratch_folder {
    std::filesystem::path path;

    scratch_folder() {
        std::string name = (std::filesystem::temp_directory_path() / "wordmill-test-XXXXXX").string();
        path = ::mkdtemp(name.data());
    }
    scratch_folder(scratch_folder const&) = delete;
    scratch_folder& operator=(scratch_folder const&) = delete;
    ~scratch_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }

    std::string operator/(std::string_view name) const { return (path / name).string(); }

    /// The names in it, hidden ones too.
    std::set<std::string> names() const {
        std::set<std::string> all;
        for (auto const& entry : std::filesystem::directory_iterator(path))
            all.insert(entry.path().filename().string());
        return all;
    }
};

inline void put_file(std::string const& name, std::string_view bytes) {
    std::ofstream(name, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

inline std::string file_bytes(std::string const& name) {
    std::ifstream in(name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}
