module;
#include <map>
#include <string>
#include <utility>
module wordmill.metrics;
import wordmill.core;
import :metrics_log;
import :training_point;
import wordmill.io;
import wordmill.text;

namespace wordmill {
namespace {
growing_file_options with_lines(growing_file_options options) {
    options.record_end = '\n';
    return options;
}
}

metrics_log::metrics_log(std::string path, growing_file_options options)
    : file_(std::move(path), with_lines(options)) {}

void metrics_log::begin(note_map const& options, double started) {
    std::string line = "{\"started\":" + json_number(started) + ",\"options\":{";
    for (bool first = true; auto const& [name, value] : options) {
        if (!std::exchange(first, false)) line += ',';
        line += json_string(name) + ":" + json_string(value);
    }
    file_.write(line + "}}\n");
}

void metrics_log::add(training_point const& p) {
    auto line = "{\"seconds\":" + json_number(p.seconds) + ",\"epoch\":" + std::to_string(p.epoch) + ",\"tokens\":"
                + std::to_string(p.tokens) + ",\"tokens_per_second\":" + json_number(p.tokens_per_second)
                + ",\"loss\":" + (p.loss ? json_number(*p.loss) : "null")
                + ",\"learning_rate\":" + json_number(p.learning_rate) + ",\"limited_by\":" + json_string(p.limited_by);
    if (p.epoch_loss) line += ",\"epoch_loss\":" + json_number(*p.epoch_loss);
    if (!p.epoch_scores.empty()) {
        line += ",\"epoch_scores\":{";
        for (bool first = true; auto const& [name, value] : p.epoch_scores)
            line += (std::exchange(first, false) ? "" : ",") + json_string(name) + ":" + json_number(value);
        line += "}";
    }
    file_.write(line + "}\n");
}
}
