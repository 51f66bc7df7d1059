module;
#include <cstdint>
#include <string>
#include <string_view>
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
/// The points of a curve as text: "epoch steps sum count;" for each.
std::string text_of(std::vector<training_report> const& curve) {
    std::string text;
    for (auto const& point : curve)
        text += std::to_string(point.epoch) + ' ' + std::to_string(point.steps) + ' ' + format_exact(point.loss.sum)
                + ' ' + std::to_string(point.loss.count) + ';';
    return text;
}

std::vector<training_report> curve_of(std::string_view text, std::string const& file) {
    std::vector<training_report> curve;
    while (!text.empty()) {
        auto& point = curve.emplace_back();
        if (!take_number(text, ' ', point.epoch) || !take_number(text, ' ', point.steps)
            || !take_number(text, ' ', point.loss.sum) || !take_number(text, ';', point.loss.count))
            throw error(failure::bad_data,
                        "checkpoint: expected points of four numbers as its note 'curve', found '"
                            + std::string(text.substr(0, 40)) + "'",
                        {.file = file});
    }
    return curve;
}
}

note_map training_standing::to_notes() const {
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

training_standing training_standing::of(note_map& notes, std::string const& file) {
    auto const count = [&](char const* key) { return taken_number<std::uint64_t>(notes, key, file); };
    auto const real = [&](char const* key) { return taken_number<double>(notes, key, file); };
    return {.epoch = count("epoch"),
            .at = parse_position(taken_note(notes, "position", file)),
            .in_epoch = {.sum = real("loss"), .count = count("count")},
            .recent = {.sum = real("recent-loss"), .count = count("recent-count")},
            .best = real("best"),
            .worse = count("worse"),
            .curve = curve_of(taken_note(notes, "curve", file), file)};
}
}
