module;
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
module wordmill.text;
import wordmill.core;
import wordmill.io;
import wordmill.stream;
import :counting;
import :text_start;
import :vocabulary;
import :vocabulary_file;
import :vocabulary_text;

namespace wordmill {
namespace {
/// Writes lines through a buffer to an output.
class line_writer {
public:
    explicit line_writer(output_file& file) : file_(file) {}

    void write(std::string_view word, std::uint64_t count) {
        append_vocabulary_line(lines_, word, count);
        if (std::exchange(first_, false)) escape_start(lines_);
        if (lines_.size() < full) return;
        file_.write(lines_);
        lines_.clear();
    }
    void finish() { file_.write(lines_); }

private:
    static constexpr std::size_t full = std::size_t{64} << 10;
    output_file& file_;
    std::string lines_;
    bool first_ = true;
};
}

void save_vocabulary(vocabulary const& words, std::string const& path, output_options const& options) {
    output_file file(path, options);
    line_writer out(file);
    for (std::size_t i = 0; i < words.size(); ++i) out.write(words.word(id_at(i)), words.counts()[i]);
    out.finish();
    file.commit();
}

written_counts write_counts(counted_words const& counts, std::string const& path, vocabulary_options const& selected,
                            output_options const& options) {
    output_file file(path, options);
    auto const written = write_counts(counts, file, selected);
    file.commit();
    return written;
}

written_counts write_counts(counted_words const& counts, output_file& file, vocabulary_options const& selected) {
    line_writer out(file);
    written_counts written;
    std::uint64_t found = 0; // how many of the written types occur in the text
    for (auto const& [word, count] : select_words(counts, selected)) {
        out.write(word, count);
        ++written.types;
        found += count > 0 ? 1 : 0;
        written.tokens += count;
    }
    out.finish();
    written.dropped_types = counts.types() - found;
    written.dropped_tokens = counts.tokens() - written.tokens;
    return written;
}
}
