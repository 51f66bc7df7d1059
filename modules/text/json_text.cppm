export module wordmill.text:json_text;
import wordmill.standard;

namespace wordmill {
/// Formats a JSON string with its quotes; ill-formed bytes become U+FFFD.
export [[nodiscard]] std::string json_string(std::string_view bytes);
/// The shortest decimal that reads back to the same value; "null" for a value that is not finite.
export [[nodiscard]] std::string json_number(double value);
}
