module;
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>
module wordmill.training;
import :checkpoint;
import :trainer;
import wordmill.core;
import wordmill.nn;
import wordmill.stream;

namespace wordmill {
namespace {
std::string taken_text(training_notes& notes, std::string const& key, std::string const& file) {
    auto const node = notes.extract(key);
    if (node.empty())
        throw error(failure::bad_data, "checkpoint: expected a note '" + key + "', found none", {.file = file});
    return std::move(node.mapped());
}

/// "epoch steps sum count;" of each point.
std::string text_of(std::vector<training_report> const& curve) {
    std::string text;
    for (auto const& point : curve)
        text += std::to_string(point.epoch) + ' ' + std::to_string(point.steps) + ' ' + format_exact(point.loss.sum)
                + ' ' + std::to_string(point.loss.count) + ';';
    return text;
}

template <class Number> bool took(std::string_view& text, char end, Number& value) {
    auto const [behind, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    auto const read = static_cast<std::size_t>(behind - text.data());
    if (problem != std::errc{} || read == text.size() || *behind != end) return false;
    text.remove_prefix(read + 1);
    return true;
}
std::vector<training_report> curve_of(std::string_view text, std::string const& file) {
    std::vector<training_report> curve;
    while (!text.empty()) {
        auto& point = curve.emplace_back();
        if (!took(text, ' ', point.epoch) || !took(text, ' ', point.steps) || !took(text, ' ', point.loss.sum)
            || !took(text, ';', point.loss.count))
            throw error(failure::bad_data,
                        "checkpoint: expected points of four numbers as its note 'curve', found '"
                            + std::string(text.substr(0, 40)) + "'",
                        {.file = file});
    }
    return curve;
}
}

training_notes training_standing::notes() const {
    return {{"epoch", std::to_string(epoch)},
            {"position", to_text(at)},
            {"loss", format_exact(in_epoch.sum)},
            {"count", std::to_string(in_epoch.count)},
            {"recent-loss", format_exact(recent.sum)},
            {"recent-count", std::to_string(recent.count)},
            {"best", format_exact(best)},
            {"worse", std::to_string(worse)},
            {"curve", text_of(curve)}};
}

training_standing training_standing::of(training_notes notes, std::string const& file) {
    auto const count = [&](char const* key) { return taken_number<std::uint64_t>(notes, key, file); };
    auto const real = [&](char const* key) { return taken_number<double>(notes, key, file); };
    return {.epoch = count("epoch"),
            .at = parse_position(taken_text(notes, "position", file)),
            .in_epoch = {.sum = real("loss"), .count = count("count")},
            .recent = {.sum = real("recent-loss"), .count = count("recent-count")},
            .best = real("best"),
            .worse = count("worse"),
            .curve = curve_of(taken_text(notes, "curve", file), file)};
}
}
