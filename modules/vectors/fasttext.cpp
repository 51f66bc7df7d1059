module;
#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>
module wordmill.vectors;
import wordmill.core;
import wordmill.io;
import wordmill.text;
import :files;
import :formats;
import :row_log;
import :subword_room;
import :subword_vectors;
import :word_vectors;

// After Args::load, Dictionary::load and FastText::loadModel of fastText 0.9.2.
namespace wordmill::detail {
namespace {
constexpr std::int32_t known_version = 12;

template <class T> T take(byte_reader& in, char const* what) {
    T value{};
    in.read(&value, sizeof value, what);
    return value;
}

struct shape {
    std::uint64_t dimension = 0;
    subword_options subwords{};
};

shape read_options(byte_reader& in) {
    (void)take<std::int32_t>(in, "the header"); // the magic number
    auto const version = take<std::int32_t>(in, "the header");
    if (version != known_version)
        in.refuse("fastText: expected a model of version 12, found version " + std::to_string(version));
    std::int32_t options[12]{};
    in.read(options, sizeof options, "the options");
    (void)take<double>(in, "the options");
    auto const dimension = options[0], loss = options[6], model = options[7], buckets = options[8];
    if (options[10] > static_cast<std::int32_t>(most_subword_letters))
        in.refuse("fastText: expected subwords of at most " + std::to_string(most_subword_letters) + " letters, found "
                  + std::to_string(options[10]));
    if (dimension <= 0 || buckets < 0 || loss < 1 || loss > 4 || model < 1 || model > 3)
        in.refuse("fastText: expected a dimension, buckets, a loss (1 to 4) and a model (1 to 3), found "
                  + std::to_string(dimension) + ", " + std::to_string(buckets) + ", " + std::to_string(loss) + " and "
                  + std::to_string(model));
    return {static_cast<std::uint64_t>(dimension),
            {.least_letters = static_cast<std::uint32_t>(std::max(options[9], 0)),
             .most_letters = static_cast<std::uint32_t>(std::max(options[10], 0)),
             .buckets = static_cast<std::uint32_t>(buckets)}};
}

struct dictionary {
    std::vector<std::string> words{}; ///< their rows are the first ones; labels have none
    std::vector<std::uint64_t> counts{};
};

dictionary read_dictionary(byte_reader& in) {
    constexpr std::uint64_t least_entry = 10; // an empty word, its end, a count and a kind
    auto const size = take<std::int32_t>(in, "the dictionary");
    auto const words = take<std::int32_t>(in, "the dictionary");
    auto const labels = take<std::int32_t>(in, "the dictionary");
    (void)take<std::int64_t>(in, "the dictionary"); // tokens
    auto const pruned = take<std::int64_t>(in, "the dictionary");
    if (words < 0 || labels < 0 || std::int64_t{words} + labels != size)
        in.refuse("fastText: expected as many entries as words and labels, found " + std::to_string(size) + " for "
                  + std::to_string(words) + " and " + std::to_string(labels));
    if (static_cast<std::uint64_t>(size) > in.most_left() / least_entry)
        in.refuse("fastText: expected a dictionary of " + format_count(static_cast<std::uint64_t>(size))
                  + " entries, but " + in.left_in_words());
    if (pruned >= 0) in.refuse("fastText: pruned models are not supported");
    dictionary read;
    for (std::int32_t i = 0; i < size; ++i) {
        auto const word = in.until('\0', longest_word, "a word of the dictionary");
        if (!word) in.refuse("the file ends inside the dictionary");
        if (i < words) read.words.emplace_back(*word);
        auto const count = take<std::int64_t>(in, "the dictionary");
        auto const kind = take<std::int8_t>(in, "the dictionary");
        if (count < 0 || kind != (i < words ? 0 : 1))
            in.refuse("fastText: expected words with their counts, then labels, found something else in entry "
                      + std::to_string(i + 1));
        if (i < words) read.counts.push_back(static_cast<std::uint64_t>(count));
    }
    return read;
}

/// Those asked for that the model does not know, each once.
std::vector<std::string> words_to_compose(dictionary const& known, load_vectors_options const& options) {
    if (options.compose.empty()) return {};
    std::unordered_set<std::string_view> seen(known.words.begin(), known.words.end());
    std::vector<std::string> words;
    for (auto const& word : options.compose)
        if (!word.empty() && seen.insert(word).second) words.push_back(word);
    return words;
}

struct subword {
    std::uint32_t bucket;
    std::uint32_t word;
    auto operator<=>(subword const&) const = default;
};
}

word_vectors read_fasttext(byte_reader& in, load_vectors_options const& options) {
    auto const s = read_options(in);
    auto const entries = read_dictionary(in);
    if (take<std::int8_t>(in, "the model") != 0)
        in.refuse("fastText: quantised models (.ftz) are not supported", "use the model before `fasttext quantize`");
    auto const rows = entries.words.size() + std::uint64_t{s.subwords.buckets};
    auto const stored_rows = take<std::int64_t>(in, "the size of the matrix");
    auto const stored_columns = take<std::int64_t>(in, "the size of the matrix");
    if (stored_rows < 0 || static_cast<std::uint64_t>(stored_rows) != rows || stored_columns < 0
        || static_cast<std::uint64_t>(stored_columns) != s.dimension)
        in.refuse("fastText: expected a matrix for all words and buckets, [" + std::to_string(rows) + ", "
                  + std::to_string(s.dimension) + "], found [" + std::to_string(stored_rows) + ", "
                  + std::to_string(stored_columns) + "]");
    (void)believed_rows(in, rows, s.dimension, std::min(s.dimension, most_dimensions) * sizeof(float));
    auto const composed = words_to_compose(entries, options);
    auto const wanted = wanted_rows(entries.words.size(), options);
    row_log log(options);
    auto made = builder_for(in, wanted + composed.size(), s.dimension, {.memory_bytes = options.memory_bytes});
    auto const all = wanted + composed.size();
    for (std::size_t row = 0; row < wanted; ++row) {
        auto const to = made.room(row + 1).subspan(row * s.dimension);
        in.read(to.data(), to.size_bytes(), "the matrix");
    }
    in.skip((entries.words.size() - wanted) * s.dimension * sizeof(float), "the matrix");

    std::vector<subword> subwords; // by bucket, so that the matrix need not be held
    std::vector<std::uint32_t> parts(wanted, 1);
    parts.resize(all, 0);
    auto const memory = options.memory_bytes == 0 ? read_machine_limits().memory_bytes : options.memory_bytes;
    std::vector<std::uint32_t> of_word;
    for (std::uint32_t i = 0; i < all; ++i) {
        of_word.clear();
        append_subwords(i < wanted ? entries.words[i] : composed[i - wanted], s.subwords, of_word);
        for (auto const bucket : of_word) subwords.push_back({bucket, i});
        if (subwords.size() > memory / sizeof(subword))
            throw error(failure::resource, "fastText: the subwords need more than " + format_bytes(memory), in.here());
    }
    std::ranges::sort(subwords);
    std::optional<subword_room> kept_rows;
    if (options.subwords && s.subwords.any())
        kept_rows.emplace(s.subwords.buckets, s.dimension, options.memory_bytes, in.here());
    auto const pass_over = [&](std::uint64_t from, std::uint64_t to) {
        if (!kept_rows) return in.skip((to - from) * s.dimension * sizeof(float), "the matrix");
        for (; from < to; ++from) {
            auto const row = kept_rows->row(from);
            in.read(row.data(), row.size_bytes(), "the matrix");
        }
    };
    auto const values = made.room(all);
    std::ranges::fill(values.subspan(wanted * s.dimension), 0.0F);
    std::vector<float> bucket_row(s.dimension);
    std::uint64_t next_bucket = 0;
    for (std::size_t at = 0; at < subwords.size();) {
        auto const bucket = subwords[at].bucket;
        pass_over(next_bucket, bucket);
        in.read(bucket_row.data(), bucket_row.size() * sizeof(float), "the matrix");
        if (kept_rows) std::ranges::copy(bucket_row, kept_rows->row(bucket).begin());
        next_bucket = std::uint64_t{bucket} + 1;
        for (; at < subwords.size() && subwords[at].bucket == bucket; ++at) {
            auto const row = values.subspan(subwords[at].word * s.dimension, s.dimension);
            for (std::size_t d = 0; d < row.size(); ++d) row[d] += bucket_row[d];
            ++parts[subwords[at].word];
        }
    }
    pass_over(next_bucket, s.subwords.buckets); // the output matrix is not looked at
    std::size_t kept = wanted;                  // of those composed, some may have no subwords
    for (std::size_t row = 0; row < all; ++row) {
        if (row == wanted) made.begin_composed();
        if (parts[row] == 0) continue;
        auto const from = values.subspan(row * s.dimension, s.dimension);
        auto const to = values.subspan((row < wanted ? row : kept++) * s.dimension, s.dimension);
        for (std::size_t d = 0; d < to.size(); ++d) to[d] = from[d] / static_cast<float>(parts[row]);
        if (row < wanted)
            log.add(made, entries.words[row], entries.counts[row], {.file = in.name(), .record = row + 1});
        else
            made.add(composed[row - wanted], 0, in.here());
    }
    auto vectors = log.finish(std::move(made), in.name());
    if (!kept_rows) return vectors;
    return vectors.with_subwords(subword_vectors(s.subwords, std::move(*kept_rows).finish()));
}
}
