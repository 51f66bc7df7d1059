module;
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
module wordmill.word2vec;
import wordmill.core;
import wordmill.io;
import :checkpoint;
import :model;

namespace wordmill {
namespace {
static_assert(std::endian::native == std::endian::little, "checkpoints are written as they lie in memory");
constexpr std::string_view magic = "WMTRAIN\n";
constexpr std::uint32_t version = 2;
constexpr std::uint32_t most_note_bytes = 1 << 28;

struct header {
    char magic[8];
    std::uint32_t version;
    std::uint32_t note_bytes;
    std::uint64_t input_rows;
    std::uint64_t output_rows;
    std::uint64_t columns;
};
static_assert(sizeof(header) == 40);

std::string in_words(std::uint64_t input_rows, std::uint64_t output_rows, std::uint64_t columns) {
    return std::to_string(input_rows) + " + " + std::to_string(output_rows) + " x " + std::to_string(columns)
           + " weights";
}

std::string_view bytes_of(void const* data, std::size_t size) { return {static_cast<char const*>(data), size}; }

std::string to_lines(training_notes const& notes) {
    std::string lines;
    for (auto const& [key, value] : notes) {
        expect(!key.empty() && key.find_first_of(" \n\\") == std::string::npos, "a note's key is a plain word");
        lines += key + ' ';
        for (char const c : value) lines += c == '\\' ? "\\\\" : c == '\n' ? "\\n" : std::string(1, c);
        lines += '\n';
    }
    return lines;
}

training_notes from_lines(std::string_view lines) {
    training_notes notes;
    while (!lines.empty()) {
        auto const line = lines.substr(0, lines.find('\n'));
        lines.remove_prefix(line.size() + 1);
        auto const blank = line.find(' ');
        std::string value;
        for (auto i = blank + 1; i < line.size(); ++i) {
            if (line[i] == '\\' && i + 1 < line.size())
                value += line[++i] == 'n' ? '\n' : line[i];
            else
                value += line[i];
        }
        notes.emplace(line.substr(0, blank), std::move(value));
    }
    return notes;
}

/// Reads in order what a checkpoint holds, with the checksum.
class checkpoint_reader {
public:
    explicit checkpoint_reader(std::string const& path) : file_(path) {
        if (file_.bytes() < sizeof(header) + 8)
            refuse("expected a checkpoint, found " + std::to_string(file_.bytes()) + " bytes");
        read({reinterpret_cast<char*>(&head_), sizeof head_});
        if (bytes_of(head_.magic, 8) != magic) refuse("expected a checkpoint of a training run, found something else");
        if (head_.version != version)
            refuse("expected version " + std::to_string(version) + ", found " + std::to_string(head_.version));
        auto const rest = file_.bytes() - sizeof(header) - 8;
        std::uint64_t rows = 0;
        std::uint64_t floats = 0;
        if (head_.note_bytes > most_note_bytes || head_.note_bytes > rest || head_.output_rows == 0
            || head_.columns == 0 || __builtin_add_overflow(head_.input_rows, head_.output_rows, &rows)
            || __builtin_mul_overflow(rows, head_.columns, &floats) || floats > rest / 4
            || rest - head_.note_bytes != floats * 4)
            refuse("expected " + in_words(head_.input_rows, head_.output_rows, head_.columns) + " and "
                   + std::to_string(head_.note_bytes) + " bytes of notes, found " + std::to_string(file_.bytes())
                   + " bytes in all");
    }
    [[nodiscard]] header const& head() const { return head_; }
    void read(std::span<char> into) {
        if (file_.read_at(at_, into) != into.size()) refuse("cut short while it was read");
        sum_.add({into.data(), into.size()});
        at_ += into.size();
    }
    [[nodiscard]] training_notes notes() {
        std::string lines(head_.note_bytes, '\0');
        read({lines.data(), lines.size()});
        if (!lines.empty() && lines.back() != '\n') refuse("expected whole lines of notes");
        return from_lines(lines);
    }
    void check() {
        auto const expected = sum_.value();
        std::uint64_t found = 0;
        read({reinterpret_cast<char*>(&found), sizeof found});
        if (found != expected) refuse("damaged: its checksum does not fit");
    }
    [[noreturn]] void refuse(std::string const& message) const {
        throw error(failure::bad_data, "checkpoint: " + message, {.file = file_.name()});
    }

private:
    seekable_file file_;
    header head_{};
    std::uint64_t at_ = 0;
    checksum sum_;
};
}

void save_checkpoint(word2vec_model const& model, training_notes const& notes, std::string const& path) {
    output_file file(path, {.overwrite = true});
    checksum sum;
    auto const write = [&](std::string_view bytes) {
        sum.add(bytes);
        file.write(bytes);
    };
    auto const lines = to_lines(notes);
    expect(lines.size() <= most_note_bytes, "notes are short");
    auto const& weights = model.weights();
    header head{.magic = {},
                .version = version,
                .note_bytes = static_cast<std::uint32_t>(lines.size()),
                .input_rows = weights.input().rows,
                .output_rows = weights.output().rows,
                .columns = weights.dimension()};
    std::memcpy(head.magic, magic.data(), sizeof head.magic);
    write(bytes_of(&head, sizeof head));
    write(lines);
    for (auto const& table : {weights.input(), weights.output()})
        for (std::size_t r = 0; r < table.rows; ++r) {
            auto const row = table.row(r);
            for (auto const x : row)
                if (!std::isfinite(x))
                    throw error(failure::bad_data, "training has diverged: a weight is not finite", {.record = r + 1},
                                "the last good checkpoint stays; begin with a smaller learning rate");
            write(bytes_of(row.data(), row.size_bytes()));
        }
    auto const total = sum.value();
    file.write(bytes_of(&total, sizeof total));
    file.commit();
}

training_notes load_checkpoint_notes(std::string const& path) { return checkpoint_reader(path).notes(); }

void load_checkpoint(word2vec_model& model, std::string const& path) {
    checkpoint_reader in(path);
    auto& weights = model.weights();
    auto const& head = in.head();
    if (head.input_rows != weights.input().rows || head.output_rows != weights.output().rows
        || head.columns != weights.dimension())
        in.refuse("expected " + in_words(weights.input().rows, weights.output().rows, weights.dimension()) + ", found "
                  + in_words(head.input_rows, head.output_rows, head.columns));
    (void)in.notes();
    for (auto const& table : {weights.input(), weights.output()})
        for (std::size_t r = 0; r < table.rows; ++r) {
            auto const row = table.row(r);
            in.read({reinterpret_cast<char*>(row.data()), row.size_bytes()});
        }
    in.check();
}
}
