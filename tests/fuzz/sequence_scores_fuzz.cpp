#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>
import wordmill.eval;

namespace {
void require(bool holds) {
    if (!holds) std::abort();
}
bool percent(double score) { return score >= 0 && score <= 100.000001; }
}

/// The first line is the hypothesis, the rest a reference: scores stay in their range, no edit is lost, and a text
/// compared with itself has no error.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const all(reinterpret_cast<char const*>(data), size < 2000 ? size : 2000);
    auto const end = all.find('\n');
    auto const hypothesis = all.substr(0, end);
    std::vector<std::string> const references{
        std::string(end == std::string_view::npos ? std::string_view() : all.substr(end + 1))};
    for (auto const tokenizer :
         {wordmill::bleu_tokenizer::v13a, wordmill::bleu_tokenizer::none, wordmill::bleu_tokenizer::characters}) {
        auto const found =
            wordmill::sentence_bleu(hypothesis, references, {.tokenizer = tokenizer, .lower_case = true});
        require(percent(found.score) && found.correct[0] <= found.total[0]);
        auto const same = wordmill::sentence_bleu(references[0], references, {.tokenizer = tokenizer});
        require(same.correct == same.total && same.hypothesis_length == same.reference_length);
    }
    require(percent(wordmill::sentence_chrf(hypothesis, references, {.word_order = 2})));
    for (auto const unit : {wordmill::error_unit::word, wordmill::error_unit::character}) {
        wordmill::error_rate there(unit), back(unit), same(unit);
        there.add(hypothesis, references[0]);
        back.add(references[0], hypothesis);
        same.add(hypothesis, hypothesis);
        require(there.edits().edits() == back.edits().edits() && same.wrong_sequences() == 0);
        require(there.edits().matches + there.edits().substitutions + there.edits().insertions
                == back.edits().reference_length());
    }
    wordmill::sequence_accuracy accuracy;
    accuracy.add(hypothesis, references);
    require(accuracy.correct_tokens() <= accuracy.tokens());
    return 0;
}
