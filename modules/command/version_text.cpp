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

std::string yes_or_no(bool built) { return built ? "built" : "not built"; }
}

std::string version_text() {
    return "wordmill " + std::string(library_version()) + "\ncommit: " + std::string(built_from_commit())
           + "\ninstruction set: " + std::string(word2vec_model::instruction_set()) + "\nCUDA: " + cuda_text()
           + "\nSentencePiece: " + yes_or_no(sentencepiece_available()) + "\nParquet: " + yes_or_no(parquet_available())
           + "\nhnswlib: " + yes_or_no(neighbour_index_available());
}
}
