module wordmill.plot:attention_checks;
import :attention_map;
import wordmill.standard;

namespace wordmill::detail {
/// Throws what `attention_map` says; `what` begins the message.
void check_attention(attention_pair const& pair, std::string const& what, bool may_be_empty);
}
