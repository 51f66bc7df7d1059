module;
#include <string>
module wordmill.text;
import wordmill.core;

namespace wordmill {
bool sentencepiece_available() noexcept { return false; }

tokenizer sentencepiece(std::string const&, token_limit) {
    throw error(failure::unavailable, "sentencepiece: expected a build with SentencePiece, found one without", {},
                "install libsentencepiece-dev and build again with -DWORDMILL_SENTENCEPIECE=ON");
}
}
