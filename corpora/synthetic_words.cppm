module wordmill.corpora:synthetic_words;
import wordmill.core;
import wordmill.standard;

namespace wordmill::detail {
/// The spelling of an artificial language: pronounceable, ASCII lower case, computed from a number and never stored.
/// Plain words consist of consonant-vowel syllables: the first 32 words have one, the next 6,400 two, the next 512,000
/// three, and so on. They are bijective numerals in base 80 and therefore distinct. Inflected words are a stem of two
/// syllables and an ending that ends in a consonant, so they differ from all plain ones. Immutable: any thread may
/// read.
class synthetic_words {
public:
    static constexpr std::uint64_t short_words = 32; ///< words of one syllable
    static constexpr std::size_t longest = 32;       ///< bytes that `put_*` may touch after `out`

    explicit constexpr synthetic_words(random_key key) noexcept {
        constexpr std::string_view consonants = "bdfghjklmnprstvz", vowels = "aeiou";
        for (std::size_t place = 0; place < places; ++place) {
            auto rng = key.fold_in(place).engine();
            for (std::size_t i = 0; i < base; ++i) {
                syllables_[place][i] = {consonants[i / 5], vowels[i % 5]};
                std::size_t const j = rng.below(i + 1); // Fisher-Yates
                std::swap(syllables_[place][i], syllables_[place][j]);
                shift_[place][i] = static_cast<std::uint8_t>(rng.below(base));
            }
        }
    }

    /// Writes plain word `number` and returns its end.
    [[nodiscard]] inline char* put_plain(char* out, std::uint64_t number) const noexcept {
        if (number < short_words) return put_digits(out, number, 1);
        number -= short_words;
        if (number < base * base) return put_digits(out, number, 2);
        number -= base * base;
        if (number < base * base * base) return put_digits(out, number, 3);
        return put_long(out, number - base * base * base);
    }

    /// Writes stem `number` (below 6,400) and one of 16 endings; in each group of four endings the first is the plain
    /// form.
    [[nodiscard]] inline char* put_inflected(char* out, std::uint32_t number, std::uint32_t ending) const noexcept {
        // Endings of one and of three letters end in different consonants: no two words are spelled alike.
        constexpr std::array<std::string_view, 16> endings{"n", "nas", "nik", "nom", "r", "rus", "rim", "rek",
                                                           "t", "tak", "tes", "tum", "l", "las", "lek", "lom"};
        out = put_digits(out, number, 2);
        std::memcpy(out, endings[ending].data(), endings[ending].size());
        return out + endings[ending].size();
    }

private:
    static constexpr std::uint64_t base = 80;
    static constexpr unsigned most_syllables = 10; // 80^10 > 2^63
    static constexpr std::size_t places = most_syllables;
    std::array<std::array<std::array<char, 2>, base>, places> syllables_{};
    std::array<std::array<std::uint8_t, base>, places> shift_{};

    [[nodiscard, gnu::noinline]] char* put_long(char* out, std::uint64_t number) const noexcept {
        unsigned length = 4;
        for (std::uint64_t size = base * base * base * base; number >= size && length < most_syllables; size *= base) {
            number -= size;
            ++length;
        }
        return put_digits(out, number, length);
    }

    /// The last digit shifts the others, so that words with adjacent numbers do not look alike. This is a bijection of
    /// the digits.
    [[nodiscard, gnu::always_inline]] inline char* put_digits(char* out, std::uint64_t number,
                                                              unsigned length) const noexcept {
        auto const last = static_cast<std::uint32_t>(number % base);
        number /= base;
        for (unsigned place = 0; place + 1 < length; ++place) {
            auto digit = static_cast<std::uint32_t>(number % base) + shift_[place][last];
            if (digit >= base) digit -= base;
            number /= base;
            std::memcpy(out + 2 * place, syllables_[place][digit].data(), 2);
        }
        std::memcpy(out + 2 * (length - 1), syllables_[most_syllables - 1][last].data(), 2);
        return out + 2 * length;
    }
};
}
