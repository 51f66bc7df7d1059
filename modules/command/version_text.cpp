module;
#include <string>
#include <string_view>
module wordmill.command;
import :version_text;
import wordmill.core;
import wordmill.corpora;
import wordmill.compute;
import wordmill.text;
import wordmill.vectors;
import wordmill.word2vec;

namespace wordmill {
namespace {
std::string cuda_text() {
    try {
        auto const report = query_cuda();
        if (report.runtime.empty()) return "not built";
        return "built with " + report.runtime + "; " + (report.available ? report.devices.front().name : report.reason);
    } catch (error const& e) { // a device that does not answer
        return e.what();
    }
}

std::string built_or(bool built, std::string_view how_to_get) {
    return built ? "built" : "not built (" + std::string(how_to_get) + ", then build again)";
}
}

std::string parts_text() {
    return "SentencePiece: " + built_or(sentencepiece_available(), "install libsentencepiece-dev") + "\nParquet: "
           + (parquet_available() ? std::string(parquet_library()) : built_or(false, "run scripts/setup.sh --parquet"))
           + "\nhnswlib: " + built_or(neighbour_index_available(), "install libhnswlib-dev");
}

std::string version_text() {
    return "wordmill " + std::string(library_version()) + "\ncommit: " + std::string(built_from_commit())
           + "\ninstruction set: " + std::string(word2vec_model::instruction_set()) + "\nCUDA: " + cuda_text() + "\n"
           + parts_text();
}
}
