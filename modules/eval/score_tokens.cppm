module wordmill.eval:score_tokens;
import wordmill.standard;

// The tokens of texts as sacreBLEU finds them. Texts are UTF-8; `whole` makes any bytes so.
namespace wordmill::detail {
/// The text with U+FFFD for bytes that are not UTF-8, in lower case if asked.
[[nodiscard]] std::string whole(std::string_view bytes, bool lower_case);
/// The parts between white space, as Python's `str.split`; views into `text`.
[[nodiscard]] std::vector<std::string_view> split_words(std::string_view text);
/// The text without white space at its end, as Python's `str.rstrip`.
[[nodiscard]] std::string_view without_trailing_space(std::string_view text);
/// The characters that are not white space; views into `text`.
[[nodiscard]] std::vector<std::string_view> split_characters(std::string_view text);
/// The text with blanks between the tokens of mteval-v13a, the tokenizer of WMT.
[[nodiscard]] std::string separated_13a(std::string_view text);

/// Numbers words; equal words get equal numbers. The words must outlive it.
class word_numbers {
public:
    word_numbers();
    ~word_numbers();
    word_numbers(word_numbers const&) = delete;
    word_numbers& operator=(word_numbers const&) = delete;
    [[nodiscard]] std::vector<std::uint32_t> operator()(std::vector<std::string_view> const& words);

private:
    struct table;
    std::unique_ptr<table> table_;
};
}
