// Runs a fuzz target over a corpus without libFuzzer: every file, and every prefix of the small ones, so that
// truncation at each byte is tried in every test run. Copies are exactly sized: sanitizers see reads past the end.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t size);

namespace {
constexpr std::size_t largest_for_prefixes = 2048;

std::vector<std::filesystem::path> files_of(int argc, char** argv) {
    std::vector<std::filesystem::path> files;
    for (int i = 1; i < argc; ++i) {
        if (!std::filesystem::is_directory(argv[i])) {
            files.emplace_back(argv[i]);
            continue;
        }
        for (auto const& entry : std::filesystem::directory_iterator(argv[i]))
            if (entry.is_regular_file()) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

void run(std::vector<std::uint8_t> const& bytes, std::size_t size) {
    std::vector<std::uint8_t> const copy(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    LLVMFuzzerTestOneInput(copy.data(), copy.size());
}
}

int main(int argc, char** argv) {
    auto const files = files_of(argc, argv);
    std::size_t runs = 0;
    for (auto const& file : files) {
        std::ifstream in(file, std::ios::binary);
        if (!in) {
            std::fprintf(stderr, "cannot read %s\n", file.c_str());
            return 66;
        }
        std::vector<std::uint8_t> const bytes{std::istreambuf_iterator<char>(in), {}};
        std::printf("%s\n", file.c_str()); // names the input at fault when the target stops the program
        std::fflush(stdout);
        for (std::size_t size = bytes.size() <= largest_for_prefixes ? 0 : bytes.size(); size < bytes.size(); ++size) {
            run(bytes, size);
            ++runs;
        }
        run(bytes, bytes.size());
        ++runs;
    }
    std::printf("%zu files, %zu runs\n", files.size(), runs);
    return files.empty() ? 66 : 0;
}
