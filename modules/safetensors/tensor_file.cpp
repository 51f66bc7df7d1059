module;
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>
module wordmill.safetensors;
import wordmill.core;
import wordmill.io;
import :half;
import :header;
import :tensor_file;

namespace wordmill {
namespace {
static_assert(std::endian::native == std::endian::little, "tensors are written as they lie in memory");
constexpr std::string_view sum_note = "xxh3";
constexpr std::size_t piece = std::size_t{1} << 16; // values converted at once

/// Of everything in a file, whatever the order of its bytes there.
class tensor_sum {
public:
    void add(std::string_view bytes) { sum_.add(bytes); }
    void add_text(std::string_view text) {
        add(text);
        add({"\0", 1});
    }
    void add_entry(std::string_view name, std::string_view type, std::span<std::uint64_t const> shape) {
        add_text(name);
        add_text(type);
        for (auto const size : shape) add_text(std::to_string(size));
        add_text({});
    }
    [[nodiscard]] std::string value() const {
        char text[17];
        std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(sum_.value()));
        return text;
    }

private:
    checksum sum_;
};

void add_notes(tensor_sum& sum, note_map const& notes) {
    for (auto const& [key, value] : notes) {
        if (key == sum_note) continue;
        sum.add_text(key);
        sum.add_text(value);
    }
}

/// Calls take(values) with pieces of a tensor, in order.
template <class Take> void each_span(named_tensor const& t, Take take) {
    auto const split = [&](std::span<float const> values) {
        for (std::size_t at = 0; at < values.size(); at += piece)
            take(values.subspan(at, std::min(piece, values.size() - at)));
    };
    split(t.values);
    for (std::size_t r = 0; r < t.rows.rows; ++r) split(t.rows.row(r));
}

/// Calls take(bytes) with the values as they stand in the file.
template <class Take> void each_piece(named_tensor const& t, bool half, Take take) {
    std::vector<std::uint16_t> halves;
    each_span(t, [&](std::span<float const> some) {
        if (!half) return take(std::string_view(reinterpret_cast<char const*>(some.data()), some.size_bytes()));
        halves.resize(some.size());
        std::ranges::transform(some, halves.begin(), float_to_half);
        take(std::string_view(reinterpret_cast<char const*>(halves.data()), halves.size() * 2));
    });
}

void check_values(named_tensor const& t, bool half) {
    each_span(t, [&](std::span<float const> some) {
        for (auto const x : some) {
            if (!std::isfinite(x))
                throw error(failure::bad_data, "tensors: a value of '" + t.name + "' is not finite", {},
                            "the training has diverged: begin with a smaller learning rate");
            if (half && std::abs(x) >= 65520)
                throw error(failure::bad_data, "tensors: a value of '" + t.name + "' is beyond floats of 16 bits", {},
                            "write floats of 32 bits");
        }
    });
}

std::string shape_text(std::span<std::uint64_t const> shape) {
    std::string text = "[";
    for (std::size_t i = 0; i < shape.size(); ++i) text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
    return text + "]";
}

std::size_t float_bytes(std::string_view type) noexcept {
    return type == "F32" ? 4 : type == "F64" ? 8 : type == "F16" || type == "BF16" ? 2 : 0;
}
}

void save_tensors(std::string const& path, std::span<named_tensor const> tensors, note_map const& notes,
                  save_tensors_options const& options) {
    std::vector<tensor_entry> entries;
    tensor_sum sum;
    add_notes(sum, notes);
    for (auto const& t : tensors) {
        std::uint64_t count = 1;
        for (auto const size : t.shape) count = checked_product(count, size);
        expect(count == t.values.size() + t.rows.rows * t.rows.columns, "tensors: as many values as the shape says");
        check_values(t, options.half);
        entries.push_back({.name = t.name, .type = options.half ? "F16" : "F32", .shape = t.shape});
        sum.add_entry(t.name, entries.back().type, t.shape);
        each_piece(t, options.half, [&](std::string_view bytes) { sum.add(bytes); });
    }
    auto all = notes;
    all[std::string(sum_note)] = sum.value();
    output_file out(path, options.output);
    write_safetensors_header(out, entries, all);
    for (auto const& t : tensors) each_piece(t, options.half, [&](std::string_view bytes) { out.write(bytes); });
    out.commit();
}

bool convert_floats(char const* from, std::string_view type, std::span<float> to) noexcept {
    auto const value = [from]<class U>(U whole, std::size_t i) {
        std::memcpy(&whole, from + i * sizeof whole, sizeof whole);
        return whole;
    };
    for (std::size_t i = 0; i < to.size(); ++i) {
        if (type == "F32")
            to[i] = value(float{}, i);
        else if (type == "F64")
            to[i] = static_cast<float>(value(double{}, i));
        else if (type == "F16")
            to[i] = half_to_float(value(std::uint16_t{}, i));
        else if (type == "BF16")
            to[i] = std::bit_cast<float>(std::uint32_t{value(std::uint16_t{}, i)} << 16);
        else
            return false;
    }
    return true;
}

namespace {
/// Reads a file: begin(entry) before each tensor, then take(values) with its pieces, in order. Returns the notes and
/// whether there was a checksum, which fits.
template <class Begin, class Take>
std::pair<note_map, bool> read_tensors(detail::byte_reader& in, Begin begin, Take take) {
    auto const header = read_safetensors_header(in);
    auto notes = header.metadata;
    tensor_sum sum;
    add_notes(sum, notes);
    std::string raw;
    std::vector<float> values;
    for (auto const& t : header.tensors) {
        auto const each = float_bytes(t.type);
        if (each == 0) in.refuse("safetensors: expected tensors of floats, found '" + t.name + "' of type " + t.type);
        sum.add_entry(t.name, t.type, t.shape);
        begin(t);
        for (auto left = (t.end - t.begin) / each; left > 0;) { // grows with what is there
            auto const some = std::min<std::uint64_t>(left, piece);
            raw.resize(some * each);
            in.read(raw.data(), raw.size(), "a tensor");
            sum.add(raw);
            values.resize(some);
            convert_floats(raw.data(), t.type, values);
            if (!std::ranges::all_of(values, [](float x) { return std::isfinite(x); }))
                in.refuse("safetensors: a value of '" + t.name + "' is not a finite float");
            take(std::span<float const>(values));
            left -= some;
        }
    }
    if (!in.ended()) in.refuse("safetensors: expected the end, found more");
    auto const expected = notes.find(std::string(sum_note));
    if (expected == notes.end()) return {std::move(notes), false};
    if (expected->second != sum.value() || header.text != safetensors_header_text(header.tensors, notes))
        in.refuse("safetensors: damaged: its checksum does not fit");
    notes.erase(expected);
    return {std::move(notes), true};
}

[[noreturn]] void refuse_shape(std::string const& file, std::string const& name,
                               std::span<std::uint64_t const> expected, std::span<std::uint64_t const> found) {
    throw error(failure::bad_data,
                "safetensors: expected '" + name + "' of shape " + shape_text(expected) + ", found "
                    + shape_text(found),
                {.file = file});
}
}

loaded_tensors load_tensors(std::string const& path) {
    detail::byte_reader in(path);
    loaded_tensors all{.file = in.name()};
    std::vector<float>* values = nullptr;
    std::tie(all.notes, all.checked) = read_tensors(
        in,
        [&](tensor_entry const& t) {
            auto& tensor = all.tensors[t.name];
            tensor.shape = t.shape;
            values = &tensor.values;
        },
        [&](std::span<float const> some) { values->insert(values->end(), some.begin(), some.end()); });
    return all;
}

note_map load_tensors_into(std::string const& path, std::span<tensor_destination const> destinations) {
    detail::byte_reader in(path);
    std::vector<bool> seen(destinations.size());
    matrix_view<float> to{};
    std::size_t at = 0; // values of the tensor so far
    auto [notes, checked] = read_tensors(
        in,
        [&](tensor_entry const& t) {
            auto const found = std::ranges::find(destinations, t.name, &tensor_destination::name);
            if (found == destinations.end()) in.refuse("safetensors: expected no tensor '" + t.name + "', found one");
            to = found->to;
            at = 0;
            std::uint64_t const shape[] = {to.rows, to.columns};
            if (!std::ranges::equal(t.shape, shape)) refuse_shape(in.name(), t.name, shape, t.shape);
            seen[static_cast<std::size_t>(found - destinations.begin())] = true;
        },
        [&](std::span<float const> some) {
            while (!some.empty()) {
                auto const row = to.row(at / to.columns).subspan(at % to.columns);
                auto const count = std::min(row.size(), some.size());
                std::ranges::copy(some.first(count), row.begin());
                some = some.subspan(count);
                at += count;
            }
        });
    for (std::size_t i = 0; i < seen.size(); ++i)
        if (!seen[i]) in.refuse("safetensors: expected a tensor '" + destinations[i].name + "', found none");
    if (!checked) in.refuse("safetensors: expected a file with a checksum, found none");
    return notes;
}

std::span<float const> loaded_tensors::at(std::string const& name, std::span<std::uint64_t const> shape) const {
    auto const found = tensors.find(name);
    if (found == tensors.end())
        throw error(failure::bad_data, "safetensors: expected a tensor '" + name + "', found none", {.file = file});
    if (!std::ranges::equal(found->second.shape, shape)) refuse_shape(file, name, shape, found->second.shape);
    return found->second.values;
}
}
