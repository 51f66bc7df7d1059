module wordmill.command:transformer_arguments;
import :command_line;
import wordmill.standard;
import wordmill.training;

namespace wordmill {
/// The kind of a model, and the options that only the layers of a Transformer have.
struct transformer_arguments {
    std::string model = "recurrent";
    std::string heads = "2";
    std::string inner = "0";
    std::string activation = "relu";
    std::string norm = "pre";
    std::string position = "sinusoidal";

    void add_to(command_line model_options);
    /// Nothing for a recurrent model. `failure::usage` for an option that the chosen kind of model does not have.
    [[nodiscard]] std::optional<transformer_shape> shape() const;
};

/// An option of one kind of model, and whether it has another value than its default.
struct kind_option {
    std::string_view name;
    bool changed = false;
};
/// `failure::usage` with the first option that was changed although the model is not of `kind`.
void refuse_options_of(std::string_view kind, std::string const& model, std::initializer_list<kind_option> options);
}
