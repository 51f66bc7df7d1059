module;
#include "../core/simdjson.hpp"
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.safetensors;
import wordmill.core;
import wordmill.io;
import :header;

namespace wordmill {
using detail::byte_reader;
namespace {
constexpr std::uint64_t longest_header = 100'000'000; // that of the format's own library

std::optional<std::uint64_t> type_bytes(std::string_view type) noexcept {
    constexpr std::array<std::pair<std::string_view, std::uint64_t>, 15> types{{{"BOOL", 1},
                                                                                {"U8", 1},
                                                                                {"I8", 1},
                                                                                {"F8_E4M3", 1},
                                                                                {"F8_E5M2", 1},
                                                                                {"U16", 2},
                                                                                {"I16", 2},
                                                                                {"F16", 2},
                                                                                {"BF16", 2},
                                                                                {"U32", 4},
                                                                                {"I32", 4},
                                                                                {"F32", 4},
                                                                                {"U64", 8},
                                                                                {"I64", 8},
                                                                                {"F64", 8}}};
    for (auto const& [known, bytes] : types)
        if (known == type) return bytes;
    return std::nullopt;
}

std::string in_quotes(std::string_view text) { return "'" + std::string(text.substr(0, 64)) + "'"; }

class header_checker {
public:
    explicit header_checker(byte_reader const& in) : in_(in) {}

    std::uint64_t number(simdjson::dom::element value, std::string_view of) const {
        std::uint64_t number = 0;
        if (value.get(number) != simdjson::SUCCESS)
            in_.refuse("safetensors: expected whole numbers in the header of " + in_quotes(of));
        return number;
    }

    std::vector<std::uint64_t> numbers(simdjson::dom::element value, std::string_view of) const {
        simdjson::dom::array array;
        if (value.get(array) != simdjson::SUCCESS)
            in_.refuse("safetensors: expected a list of numbers in the header of " + in_quotes(of));
        std::vector<std::uint64_t> all;
        for (auto const element : array) all.push_back(number(element, of));
        return all;
    }

    tensor_entry read_tensor(std::string_view name, simdjson::dom::element value) const {
        simdjson::dom::object object;
        std::string_view type;
        simdjson::dom::element shape, offsets;
        if (value.get(object) != simdjson::SUCCESS || object.size() != 3
            || object["dtype"].get(type) != simdjson::SUCCESS || object["shape"].get(shape) != simdjson::SUCCESS
            || object["data_offsets"].get(offsets) != simdjson::SUCCESS)
            in_.refuse("safetensors: expected dtype, shape and data_offsets of the tensor " + in_quotes(name));
        auto const range = numbers(offsets, name);
        if (range.size() != 2 || range[0] > range[1])
            in_.refuse("safetensors: expected where the tensor " + in_quotes(name) + " begins and ends");
        tensor_entry found{std::string(name), std::string(type), numbers(shape, name), range[0], range[1]};
        expect_size(found);
        return found;
    }

    /// As the format has it: from the first byte to the last, one after the other.
    void expect_no_gaps(std::vector<tensor_entry> const& tensors) const {
        std::uint64_t filled = 0;
        for (auto const& t : tensors) {
            if (t.begin != filled)
                in_.refuse("safetensors: the tensor " + in_quotes(t.name)
                           + (t.begin < filled ? " overlaps" : " leaves a hole after") + " the one before it");
            filled = t.end;
        }
        if (filled > in_.most_left() || (in_.plain() && filled != in_.most_left()))
            in_.refuse("safetensors: expected tensors of " + format_count(filled) + " bytes, but "
                       + in_.left_in_words());
    }

private:
    void expect_size(tensor_entry const& t) const {
        auto const each = type_bytes(t.type);
        if (!each)
            in_.refuse("safetensors: the tensor " + in_quotes(t.name) + " has the unknown type " + in_quotes(t.type));
        std::uint64_t bytes = *each;
        for (auto const size : t.shape)
            if (__builtin_mul_overflow(bytes, size, &bytes))
                in_.refuse("safetensors: the shape of the tensor " + in_quotes(t.name) + " overflows 64 bits");
        if (bytes != t.end - t.begin)
            in_.refuse("safetensors: the tensor " + in_quotes(t.name) + " has " + format_count(t.end - t.begin)
                       + " bytes, its type and shape say " + format_count(bytes));
    }

    byte_reader const& in_;
};
}

safetensors_header read_safetensors_header(byte_reader& in) {
    std::uint64_t size = 0;
    in.read(&size, sizeof size, "the size of the header");
    if (size > longest_header || size > in.most_left())
        in.refuse("safetensors: expected a header of at most 100 MB, found one of " + format_count(size)
                  + " bytes, and " + in.left_in_words());
    std::string text; // grows with what is there
    while (text.size() < size) {
        auto const old = text.size();
        text.resize(old + std::min<std::size_t>(size - old, std::size_t{1} << 20));
        in.read(text.data() + old, text.size() - old, "the header");
    }
    header_checker const check(in);
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    auto const problem = parser.parse(text).get(object);
    if (problem != simdjson::SUCCESS)
        in.refuse(std::string("safetensors: expected a JSON object as header: ") + simdjson::error_message(problem));

    safetensors_header header;
    std::set<std::string_view> keys;
    for (auto const [key, value] : object) {
        if (!keys.insert(key).second) in.refuse("safetensors: the key " + in_quotes(key) + " is there twice");
        if (key != "__metadata__") {
            header.tensors.push_back(check.read_tensor(key, value));
            continue;
        }
        simdjson::dom::object entries;
        if (value.get(entries) != simdjson::SUCCESS) in.refuse("safetensors: expected strings as __metadata__");
        for (auto const [name, entry] : entries) {
            std::string_view text_of;
            if (entry.get(text_of) != simdjson::SUCCESS) in.refuse("safetensors: expected strings as __metadata__");
            if (!header.metadata.emplace(name, text_of).second)
                in.refuse("safetensors: the metadata " + in_quotes(name) + " are there twice");
        }
    }
    std::ranges::sort(header.tensors, {}, [](auto const& t) { return std::pair(t.begin, t.end); });
    check.expect_no_gaps(header.tensors);
    header.text = std::move(text);
    return header;
}

std::string safetensors_header_text(std::span<tensor_entry const> tensors, note_map const& metadata) {
    std::string text = "{\"__metadata__\":{";
    for (bool first = true; auto const& [key, value] : metadata) {
        if (!first) text += ',';
        first = false;
        append_json_string(text, key);
        text += ':';
        append_json_string(text, value);
    }
    text += '}';
    std::uint64_t at = 0;
    for (auto const& t : tensors) {
        auto bytes = type_bytes(t.type).value_or(0);
        expect(bytes > 0, "safetensors: a known type");
        text += ',';
        append_json_string(text, t.name);
        text += ":{\"dtype\":\"" + t.type + "\",\"shape\":[";
        for (std::size_t i = 0; i < t.shape.size(); ++i) {
            text += (i == 0 ? "" : ",") + std::to_string(t.shape[i]);
            bytes = checked_product(bytes, t.shape[i]);
        }
        text += "],\"data_offsets\":[" + std::to_string(at) + ',';
        at = checked_sum(at, bytes);
        text += std::to_string(at) + "]}";
    }
    text += '}';
    text.append(63 - (text.size() + 7) % 64, ' ');
    return text;
}

void write_safetensors_header(output_file& out, std::span<tensor_entry const> tensors, note_map const& metadata) {
    auto const text = safetensors_header_text(tensors, metadata);
    auto const size = static_cast<std::uint64_t>(text.size());
    out.write({reinterpret_cast<char const*>(&size), sizeof size});
    out.write(text);
}
}
