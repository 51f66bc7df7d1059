module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
module wordmill.vectors;
import wordmill.core;
import wordmill.io;
import :fasttext_model;

// After Args::save, Dictionary::save, DenseMatrix::save and FastText::saveModel of fastText 0.9.2.
namespace wordmill {
namespace {
class model_writer {
public:
    explicit model_writer(output_file& out) : out_(out) {}
    template <class T> void put(std::type_identity_t<T> value) {
        out_.write({reinterpret_cast<char const*>(&value), sizeof value});
    }
    /// fastText's numbers have 32 bits.
    void number(std::uint64_t value, char const* what) {
        constexpr std::uint64_t most = std::numeric_limits<std::int32_t>::max();
        if (value > most)
            throw error(failure::bad_data, "fastText: expected at most " + format_count(most) + " as " + what
                                               + ", found " + format_count(value));
        put<std::int32_t>(static_cast<std::int32_t>(value));
    }
    /// For what is needed only to continue training.
    void setting(std::uint64_t value) {
        put<std::int32_t>(
            static_cast<std::int32_t>(std::min<std::uint64_t>(value, std::numeric_limits<std::int32_t>::max())));
    }
    void matrix(matrix_view<float const> m) {
        put<std::int8_t>(0); // not quantised
        put<std::int64_t>(static_cast<std::int64_t>(m.rows));
        put<std::int64_t>(static_cast<std::int64_t>(m.columns));
        for (std::size_t r = 0; r < m.rows; ++r)
            out_.write({reinterpret_cast<char const*>(m.row(r).data()), m.row(r).size_bytes()});
    }

private:
    output_file& out_;
};
}

void save_fasttext(fasttext_model const& model, std::string const& path, output_options const& options) {
    auto const buckets = model.subwords.any() ? model.subwords.buckets : 0;
    expect(model.words.size() == model.counts.size() && model.input.rows == model.words.size() + buckets
               && model.output.rows == model.words.size() && model.input.columns == model.output.columns,
           "save_fasttext: a row of input for each word and bucket, a row of output for each word");
    output_file file(path, options);
    model_writer out(file);
    out.put<std::int32_t>(793'712'314);
    out.put<std::int32_t>(12);
    out.number(model.input.columns, "the dimension");
    out.setting(model.window);
    out.setting(model.epochs);
    out.setting(model.min_count);
    out.setting(model.negative);
    out.setting(1); // word n-grams are for classifiers
    out.setting(model.hierarchical ? 1 : 2);
    out.setting(model.cbow ? 1 : 2);
    out.number(buckets, "the number of buckets");
    out.setting(buckets > 0 ? model.subwords.least_letters : 0);
    out.setting(buckets > 0 ? model.subwords.most_letters : 0);
    out.setting(100); // tokens between two updates of its learning rate
    out.put<double>(model.sample);
    std::uint64_t tokens = 0;
    for (auto const count : model.counts) tokens += count;
    out.number(model.words.size(), "the number of words");
    out.number(model.words.size(), "the number of words");
    out.put<std::int32_t>(0); // labels
    out.put<std::int64_t>(static_cast<std::int64_t>(tokens));
    out.put<std::int64_t>(-1); // not pruned
    for (std::size_t i = 0; i < model.words.size(); ++i) {
        auto const word = model.words[i];
        if (word.empty() || word.find('\0') != std::string_view::npos)
            throw error(failure::bad_data, "fastText: a word must not be empty or hold a zero byte", {.record = i + 1});
        file.write(word);
        out.put<char>('\0');
        out.put<std::int64_t>(static_cast<std::int64_t>(model.counts[i]));
        out.put<std::int8_t>(0); // a word, not a label
    }
    out.matrix(model.input);
    out.matrix(model.output);
    file.commit();
}
}
