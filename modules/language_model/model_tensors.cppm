module;
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>
module wordmill.language_model:model_tensors;
import :model;
import wordmill.core;
import wordmill.nn;
import wordmill.safetensors;

namespace wordmill::detail {
/// The shortest decimal that reads back to the same bits.
inline std::string exact(double value) {
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

/// Copies on the host of what is to be saved, and their names.
class saved_tensors {
public:
    void add(std::string name, std::uint64_t rows, std::uint64_t columns, std::vector<float> values) {
        values_.push_back(std::move(values));
        tensors_.push_back({.name = std::move(name), .shape = {rows, columns}});
    }
    void add_parameters(language_model<float>& model) {
        for (auto& p : model.parameters()) add(p.name(), p.rows(), p.columns(), p.host_values());
    }
    [[nodiscard]] std::span<named_tensor const> all() {
        for (std::size_t i = 0; i < tensors_.size(); ++i) tensors_[i].values = values_[i];
        return tensors_;
    }

private:
    std::vector<std::vector<float>> values_{};
    std::vector<named_tensor> tensors_{};
};

inline std::span<float const> matrix_in(loaded_tensors const& from, std::string const& name, std::uint64_t rows,
                                        std::uint64_t columns) {
    std::uint64_t const shape[] = {rows, columns};
    return from.at(name, shape);
}
inline void load_parameters(language_model<float>& model, loaded_tensors const& from) {
    for (auto& p : model.parameters()) p.assign(matrix_in(from, p.name(), p.rows(), p.columns()));
}
}
