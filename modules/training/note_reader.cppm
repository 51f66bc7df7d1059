export module wordmill.training:note_reader;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// Reads the notes of a model file: options as texts, numbers, names of values, and yes or no. Everything that is
/// missing or not valid is a `failure::bad_data` with the kind of the model and the note. Notes are borrowed.
export class note_reader {
public:
    /// `model` is for messages: "language model".
    note_reader(std::string model, note_map const& notes, std::string file)
        : model_(std::move(model)), notes_(&notes), file_(std::move(file)) {}

    [[nodiscard]] bool has(std::string const& key) const { return notes_->contains(key); }
    [[nodiscard]] std::string const& text(std::string const& key) const;
    template <class Number> void number(std::string const& key, Number& value) const {
        number_in(text(key), key, value);
    }
    /// Reads a list of numbers separated by commas.
    template <class Number> void numbers(std::string const& key, std::vector<Number>& values) const {
        std::string_view rest = text(key);
        for (bool more = true; more;) {
            auto const comma = rest.find(',');
            more = comma != std::string_view::npos;
            number_in(rest.substr(0, comma), key, values.emplace_back());
            rest.remove_prefix(more ? comma + 1 : 0);
        }
    }
    [[nodiscard]] bool flag(std::string const& key) const;
    /// The value that one of these names stands for.
    template <class T, std::size_t N>
    [[nodiscard]] T name(std::string const& key, named_value<T> const (&names)[N]) const {
        auto const& from = text(key);
        std::string known;
        for (auto const& [name, value] : names) {
            if (name == from) return value;
            known += (known.empty() ? "" : " or ") + std::string(name);
        }
        refuse_value(known, key, from);
    }
    /// Checks the notes "format" and "version".
    void check_format(std::string_view format, std::string_view version) const;
    [[noreturn]] void refuse(std::string const& message) const;

private:
    [[noreturn]] void refuse_value(std::string const& expected, std::string const& key, std::string_view found) const;
    template <class Number> void number_in(std::string_view from, std::string const& key, Number& value) const {
        auto const found = parse_number<Number>(from);
        if (!found) refuse_value("a number", key, from);
        value = *found;
    }

    std::string model_;
    note_map const* notes_;
    std::string file_;
};
}
