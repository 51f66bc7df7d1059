module wordmill.text:unicode;
import wordmill.core;
import :blocks;
import :tokenizer;
import wordmill.standard;

// The interface to ICU; unicode.cpp is the only file that includes it.
namespace wordmill::detail {
/// Normalises UTF-8 text and its case in the root locale, regardless of the process's locale. Line ends are unchanged.
void bring_into_form(std::string& text, normal_form form, letter_case letters);

/// Moves the text of `in` to `out.text`, repaired and in the form asked for, and translates its document ends.
void take_text(text_block& in, word_block& out, normal_form form, letter_case letters, token_limit const& limit);

enum class segment_kind : std::uint8_t { other, number, word };
struct segment {
    std::uint32_t end; ///< byte offset in the text; a segment begins where the previous one ends
    segment_kind kind; ///< of words only
};

/// Finds the segments of UAX #29. A handle to a pool of ICU's break iterators: any thread may borrow one.
class segmenter {
public:
    enum class unit { word, grapheme };
    explicit segmenter(unit what);

    class borrowed;
    [[nodiscard]] borrowed borrow() const;

private:
    struct pool;
    std::shared_ptr<pool> pool_;
};

/// A break iterator for one thread, returned to the pool on destruction.
class segmenter::borrowed {
public:
    ~borrowed();
    borrowed(borrowed&&) noexcept;
    borrowed& operator=(borrowed&&) = delete;

    /// The segments of valid UTF-8. The result is valid until the next call.
    [[nodiscard]] std::vector<segment> const& segments(std::string_view text);

private:
    friend segmenter;
    struct state;
    borrowed(std::shared_ptr<pool> from, std::unique_ptr<state> iterator);
    std::shared_ptr<pool> pool_;
    std::unique_ptr<state> state_;
};
}
