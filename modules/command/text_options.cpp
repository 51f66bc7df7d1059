module;
#include <initializer_list>
#include <string>
#include <string_view>
module wordmill.command;
import :arguments;
import wordmill.core;
import wordmill.io;
import wordmill.pipeline;

namespace wordmill {
namespace {
[[noreturn]] void refuse(std::string_view option, std::string const& file) {
    throw error(failure::usage,
                std::string(option) + ": expected text, found an encoded corpus, which was split when it was encoded",
                {.file = file}, "leave the option out, or encode the text again with it");
}
}

void check_text_options(any_corpus const& corpus, input_arguments const& input, token_arguments const& tokens) {
    // A new option does not compile until it is decided whether it concerns ids.
    auto const& [inputs, format, field, on_bad, max_bad, quarantine, utf8, block, max_record, max_expansion, max_window,
                 from, blank_line_documents, keep_lone_cr, allow_truncated, allow_garbage] = input;
    auto const& [tokenizer, normalize, letters, keep_punctuation, keep_blanks, max_token, long_tokens, phrases,
                 sentence_end] = tokens;
    (void)inputs;
    if (!from.empty())
        throw error(failure::usage, "--from: expected no position, found '" + from
                                        + "': training and counting pairs "
                                          "read the whole corpus");
    if (!corpus.encoded()) return;
    auto const& file = corpus.files_of_ids().front().name();
    struct choice {
        std::string_view option;
        std::string const& given;
        std::string const& otherwise;
    };
    input_arguments const usual;
    token_arguments const whole;
    for (auto const& [option, given, otherwise] :
         std::initializer_list<choice>{{"--format", format, usual.format},
                                       {"--field", field, usual.field},
                                       {"--on-bad", on_bad, usual.on_bad},
                                       {"--max-bad", max_bad, usual.max_bad},
                                       {"--quarantine", quarantine, usual.quarantine},
                                       {"--utf8", utf8, usual.utf8},
                                       {"--block", block, usual.block},
                                       {"--max-record", max_record, usual.max_record},
                                       {"--max-expansion", max_expansion, usual.max_expansion},
                                       {"--max-window", max_window, usual.max_window},
                                       {"--tokenizer", tokenizer, whole.tokenizer},
                                       {"--normalize", normalize, whole.normalize},
                                       {"--letters", letters, whole.letters},
                                       {"--max-token", max_token, whole.max_token},
                                       {"--long-tokens", long_tokens, whole.long_tokens},
                                       {"--phrases", phrases, whole.phrases},
                                       {"--sentence-end", sentence_end, whole.sentence_end}})
        if (given != otherwise) refuse(option, file);
    struct flag {
        std::string_view option;
        bool given;
    };
    for (auto const& [option, given] :
         {flag{"--blank-line-documents", blank_line_documents}, flag{"--keep-lone-cr", keep_lone_cr},
          flag{"--allow-truncated", allow_truncated}, flag{"--allow-garbage", allow_garbage},
          flag{"--keep-punctuation", keep_punctuation}, flag{"--keep-blanks", keep_blanks}})
        if (given) refuse(option, file);
}
}
