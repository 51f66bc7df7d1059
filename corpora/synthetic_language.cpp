module;
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>
module wordmill.corpora;
import :synthetic_words;
import :zipf_blocks;
import wordmill.core;
import wordmill.text;

namespace wordmill {
namespace {
using detail::rank_draw;
using detail::zone;

constexpr std::uint64_t tail_first = detail::zone_first[std::size_t(zone::tail)];
constexpr std::uint64_t target_first = detail::zone_first[std::size_t(zone::target)];

/// Rotates each block of 64 by its own amount, so that the rank of a topic word does not reveal its topic.
constexpr std::uint32_t rotation(std::uint64_t first_rank) noexcept {
    return static_cast<std::uint32_t>((first_rank * 0x9E3779B97F4A7C15) >> 58);
}

constexpr std::uint32_t place_of(word_meaning const& m) noexcept { return m.role * 256 + m.topic * 4 + m.form; }
constexpr word_meaning meaning_at(std::uint32_t place) noexcept { return {place / 4 % 64, place / 256, place % 4}; }

/// The features of a sentence, which determine the word of a drawn block.
struct subject {
    word_meaning meaning;
    std::array<std::uint32_t, 7> inside; ///< by zone: the word's number in a block

    constexpr explicit subject(word_meaning const& m) noexcept
        : meaning(m), inside{0, m.kind() * 4 + m.form, m.role, m.field(), m.topic, place_of(m), m.topic} {}

    /// The rank, computed without branches, which would be unpredictable.
    [[nodiscard]] constexpr std::uint64_t choose(rank_draw const& draw) const noexcept {
        constexpr std::array<std::uint32_t, 7> rotated{0, 0, 0, 0, 63, 0, 63};
        auto const where = static_cast<std::size_t>(draw.where);
        auto const last = static_cast<std::uint32_t>(detail::block_size(draw.where) - 1);
        return draw.first_rank + ((inside[where] + (rotation(draw.first_rank) & rotated[where])) & last);
    }
};
}

struct synthetic_language::tables {
    language_options options;
    random_key text_key;
    detail::synthetic_words words;
    detail::zipf_blocks blocks;
    std::uint64_t one_use_step; ///< share of one-use tokens in units of 2^-32
    std::array<double, 4> role_share{};
    std::array<std::uint32_t, 4> role_threshold{}; ///< cumulative, in units of 2^-32

    explicit tables(language_options const& o)
        : options(o),
          text_key(random_key(o.seed).fold_in(0)),
          words(random_key(o.seed).fold_in(1)),
          blocks(o.types, o.zipf_exponent),
          one_use_step(static_cast<std::uint64_t>(std::llround(o.one_use_share * 0x1p32))) {
        // Roles 4c .. 4c + 3 fill the c-th quarter of the inflected words: their frequencies are those of the Zipf
        // ranks there.
        std::array<double, 4> mass{};
        double all = 0;
        for (std::size_t quarter = 0; quarter < 4; ++quarter) {
            for (std::uint64_t i = 0; i < 1024; ++i) mass[quarter] += blocks.weight(target_first + 1024 * quarter + i);
            all += mass[quarter];
        }
        double sum = 0;
        for (std::size_t quarter = 0; quarter < 4; ++quarter) {
            role_share[quarter] = mass[quarter] / all / 4;
            sum += mass[quarter] / all;
            role_threshold[quarter] = static_cast<std::uint32_t>(std::min(std::llround(sum * 0x1p32), 0xFFFFFFFFLL));
        }
    }

    [[nodiscard]] std::uint32_t draw_role(random_engine& rng) const noexcept {
        std::uint32_t const quarter_word = rng();
        std::uint32_t quarter = 0;
        while (quarter < 3 && quarter_word >= role_threshold[quarter]) ++quarter;
        return 4 * quarter + (rng() & 3);
    }
    [[nodiscard]] word_meaning draw_meaning(random_engine& rng) const noexcept {
        std::uint32_t const bits = rng();
        return {bits >> 26, draw_role(rng), bits & 3};
    }
    [[nodiscard]] char* put(char* out, std::uint64_t rank) const noexcept {
        if (rank - target_first < 4096 && blocks.has(zone::target)) {
            auto const place = static_cast<std::uint32_t>(rank - target_first);
            auto const m = meaning_at(place);
            return words.put_inflected(out, m.topic * 16 + m.role, m.kind() * 4 + m.form);
        }
        return words.put_plain(out, rank);
    }
    [[nodiscard]] char* put_token(char* out, random_engine& rng, subject const& about) const noexcept {
        auto const draw = blocks.draw(rng);
        if (draw.spare > 2 || draw.where == zone::single) [[likely]]
            return put(out, about.choose(draw));
        auto said = draw.spare == 0 ? draw_meaning(rng) : about.meaning;
        if (draw.spare > 0) said.topic = about.meaning.field() * 8 + (rng() & 7);
        return put(out, subject(said).choose(draw));
    }
};

synthetic_language::synthetic_language(language_options options) {
    auto const check = [](bool holds, char const* message) {
        if (!holds) throw error(failure::usage, message);
    };
    check(options.types >= 1 && options.types <= std::uint64_t{1} << 31, "language: types must be 1 to 2147483648");
    check(options.zipf_exponent >= 0 && options.zipf_exponent <= 4, "language: the Zipf exponent must be 0 to 4");
    check(options.one_use_share >= 0 && options.one_use_share <= 1, "language: the one-use share must be 0 to 1");
    tables_ = std::make_shared<tables>(options);
}

language_options const& synthetic_language::options() const noexcept { return tables_->options; }

std::string synthetic_language::word(std::uint64_t rank) const {
    std::array<char, detail::synthetic_words::longest> letters; // NOLINT: written by put
    return {letters.data(), tables_->put(letters.data(), rank)};
}

double synthetic_language::share(std::uint64_t rank) const {
    auto const& t = *tables_;
    if (rank >= t.options.types) return 0;
    double const all = (1 - t.options.one_use_share) / t.blocks.total();
    auto const [first, where] = t.blocks.block_of(rank);
    double const weight = t.blocks.block_weight(first, where);
    auto const inside = static_cast<std::uint32_t>(rank - first);
    switch (where) {
    case zone::single: return all * weight;
    case zone::role: return all * weight * t.role_share[inside / 4];
    case zone::target: return all * weight * t.role_share[inside / 1024] / 256;
    default: return all * weight / static_cast<double>(detail::block_size(where));
    }
}

std::optional<std::uint64_t> synthetic_language::rank(word_meaning const& m) const {
    expect(m.topic < 64 && m.role < 16 && m.form < 4, "a meaning has 64 topics, 16 roles and 4 forms");
    if (!tables_->blocks.has(zone::target)) return {};
    return target_first + place_of(m);
}

std::optional<word_meaning> synthetic_language::meaning(std::uint64_t rank) const {
    if (rank < target_first || rank >= tail_first || !tables_->blocks.has(zone::target)) return {};
    return meaning_at(static_cast<std::uint32_t>(rank - target_first));
}

std::optional<std::uint32_t> synthetic_language::topic(std::uint64_t rank) const {
    if (rank >= tables_->options.types) return {};
    if (auto const m = meaning(rank)) return m->topic;
    auto const [first, where] = tables_->blocks.block_of(rank);
    if (where != zone::topic && where != zone::tail) return {};
    return static_cast<std::uint32_t>(rank - first - rotation(first)) & 63;
}

std::uint64_t synthetic_language::append_chapter(text_block& block, std::uint64_t chapter, std::uint64_t tokens,
                                                 std::uint64_t skip) const {
    auto const& t = *tables_;
    auto rng = t.text_key.fold_in(chapter).engine();
    std::uint64_t token = 0; // tokens of the chapter so far
    std::uint64_t appended = 0;
    std::uint32_t field = 0;
    std::uint64_t length = 0;
    bool new_document = true;
    std::array<char, 41 * (detail::synthetic_words::longest)> line; // NOLINT: written before it is read
    for (std::uint64_t sentence = 0; sentence < chapter_sentences && token < tokens; ++sentence) {
        length = sentence % 2 == 0 ? 5 + rng.below(36) : 45 - length;
        if (new_document) field = rng() >> 29;
        auto meaning = t.draw_meaning(rng);
        if ((rng() & 3) != 0) meaning.topic = field * 8 + meaning.topic % 8;
        subject const about(meaning);
        char* out = line.data();
        for (std::uint64_t const end = std::min(token + length, tokens); token < end; ++token) {
            std::uint64_t const number = chapter * chapter_tokens + token;
            bool const one_use = (number * t.one_use_step & 0xFFFFFFFF) + t.one_use_step >= std::uint64_t{1} << 32;
            out = one_use ? t.put(out, t.options.types + number) : t.put_token(out, rng, about);
            *out++ = ' ';
        }
        out[-1] = '\n';
        new_document = rng() >> 28 == 0 || sentence + 1 == chapter_sentences || token == tokens;
        if (sentence < skip) continue;
        block.text.append(line.data(), out);
        ++appended;
        if (new_document) block.document_ends.push_back(static_cast<std::uint32_t>(block.text.size()));
    }
    return appended;
}
}
