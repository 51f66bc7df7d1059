module;
#include "../core/simdjson.hpp"
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.metrics;
import :metrics_log;
import :training_point;
import wordmill.core;
import wordmill.io;
import wordmill.stream;

namespace wordmill {
namespace {
namespace dom = simdjson::dom;
constexpr std::size_t longest_line = std::size_t{1} << 20;

class metrics_reader {
public:
    explicit metrics_reader(std::string path) : path_(std::move(path)) {}

    /// Takes whole lines off the front of `text`.
    void take(std::string& text) {
        std::size_t begin = 0;
        for (std::size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
            ++line_;
            read(std::string_view(text).substr(begin, end - begin));
        }
        text.erase(0, begin);
        if (text.size() > longest_line) refuse("a line of at most 1 MiB");
    }
    metrics_run finish() {
        if (!begun_) refuse("a line with \"options\" at its start");
        return std::move(run_);
    }

private:
    [[noreturn]] void refuse(std::string const& expected) const {
        throw error(failure::bad_data, "metrics: expected " + expected, {.file = path_, .line = line_});
    }
    double number(dom::object const& of, std::string_view key) const {
        double value = 0;
        if (of[key].get(value) != simdjson::SUCCESS) refuse("a number \"" + std::string(key) + "\"");
        return value;
    }
    std::uint64_t count(dom::object const& of, std::string_view key) const {
        std::uint64_t value = 0;
        if (of[key].get(value) != simdjson::SUCCESS) refuse("a whole number \"" + std::string(key) + "\"");
        return value;
    }
    std::optional<double> optional_number(dom::object const& of, std::string_view key) const {
        dom::element value;
        if (of[key].get(value) != simdjson::SUCCESS || value.is_null()) return std::nullopt;
        return number(of, key);
    }
    void read(std::string_view line) {
        dom::object object;
        if (parser_.parse(line.data(), line.size()).get(object) != simdjson::SUCCESS) refuse("a JSON object");
        dom::object options;
        if (object["options"].get(options) == simdjson::SUCCESS) {
            begun_ = true;
            run_.options.clear();
            for (auto const& [key, value] : options) {
                std::string_view text;
                if (value.get(text) != simdjson::SUCCESS) refuse("options that are strings");
                run_.options.emplace(key, text);
            }
            return;
        }
        if (!begun_) refuse("a line with \"options\" at its start");
        std::string_view limited_by;
        if (object["limited_by"].get(limited_by) != simdjson::SUCCESS) refuse("a string \"limited_by\"");
        training_point point{.seconds = number(object, "seconds"),
                             .epoch = count(object, "epoch"),
                             .tokens = count(object, "tokens"),
                             .tokens_per_second = number(object, "tokens_per_second"),
                             .loss = optional_number(object, "loss"),
                             .learning_rate = number(object, "learning_rate"),
                             .limited_by = std::string(limited_by),
                             .epoch_loss = optional_number(object, "epoch_loss")};
        dom::object scores;
        if (object["epoch_scores"].get(scores) == simdjson::SUCCESS)
            for (auto const& [name, value] : scores)
                if (!value.is_null()) point.epoch_scores.emplace(name, number(scores, name));
        while (!run_.points.empty() && run_.points.back().tokens > point.tokens) run_.points.pop_back();
        run_.points.push_back(std::move(point));
    }

    std::string path_;
    std::uint64_t line_ = 0;
    bool begun_ = false;
    dom::parser parser_;
    metrics_run run_;
};
}

metrics_run load_metrics(std::string const& path) {
    metrics_reader reader(path);
    std::string text;
    for (auto const& file : find_inputs(std::vector{path}))
        for (auto const& block : read_bytes(file)) {
            text += block.bytes;
            reader.take(text);
        }
    return reader.finish();
}
}
