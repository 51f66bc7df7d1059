// For importers that use range-v3, whose views must be copyable while generators are move-only:
//     for (auto&& words : wordmill::as_view(read_text(path) | tokenize(whitespace{})) | ranges::views::filter(...))
// A generator that is an lvalue needs none of this. A header, not a module: range-v3's operators must be seen as text
// by the importer. Include it before the imports.
#pragma once
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <range/v3/view/interface.hpp>
#include <ranges>
#include <utility>

namespace wordmill {
/// A view that owns a generator. Copies share it, so it stays single-pass: call `begin()` once.
template <class Generator> class generator_view : public ranges::view_interface<generator_view<Generator>> {
    struct state {
        Generator source;
        std::optional<std::ranges::iterator_t<Generator>> at{};
    };

public:
    class iterator {
    public:
        using iterator_concept = std::input_iterator_tag;
        using iterator_category = std::input_iterator_tag;
        using value_type = std::ranges::range_value_t<Generator>;
        using reference = std::ranges::range_reference_t<Generator>;
        using difference_type = std::ptrdiff_t;
        using pointer = void;

        iterator() = default;
        reference operator*() const { return **state_->at; }
        iterator& operator++() {
            ++*state_->at;
            return *this;
        }
        void operator++(int) { ++*state_->at; }
        friend bool operator==(iterator const& it, std::default_sentinel_t) {
            return *it.state_->at == it.state_->source.end();
        }

    private:
        friend generator_view;
        explicit iterator(state* s) : state_(s) {}
        state* state_ = nullptr;
    };

    generator_view() = default;
    explicit generator_view(Generator source) : state_(std::make_shared<state>(std::move(source))) {}

    iterator begin() const {
        state_->at.emplace(state_->source.begin());
        return iterator(state_.get());
    }
    std::default_sentinel_t end() const noexcept { return {}; }

private:
    std::shared_ptr<state> state_;
};

/// Gives a generator away to a range-v3 pipeline.
template <class Generator> [[nodiscard]] generator_view<Generator> as_view(Generator source) {
    return generator_view<Generator>(std::move(source));
}
}
