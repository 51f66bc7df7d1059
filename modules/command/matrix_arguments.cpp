module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <utility>
module wordmill.command;
import :arguments;
import :command_line;
import :matrix_arguments;
import :progress;
import :train_options;
import :vector_output;
import wordmill.core;
import wordmill.compute;
import wordmill.linear_algebra;
import wordmill.stats;
import wordmill.text;
import wordmill.vectors;

namespace wordmill {
void ppmi_option_arguments::add_to(command_line line) {
    auto values = line.under("PPMI");
    values.option("--smoothing", smoothing, "Power of the contexts' counts; 0.75 is usual", "ALPHA");
    values.option("--shift", shift, "Take its logarithm from every value, as if so many negatives were drawn", "K");
    values.option("--threshold", threshold, "Drop values up to it", "T");
    values.option("--base", base, "Of the logarithms: 2 or e", "B");
}

ppmi_options ppmi_option_arguments::resolve() const {
    static constexpr named_value<logarithm> bases[] = {{"2", logarithm::base_2}, {"e", logarithm::natural}};
    return {.base = choose("--base", base, bases),
            .smoothing = parse_real(smoothing, "--smoothing"),
            .shift = parse_real(shift, "--shift"),
            .threshold = parse_real(threshold, "--threshold")};
}

void ppmi_option_arguments::note(std::map<std::string, std::string>& notes) const {
    notes["smoothing"] = smoothing;
    notes["shift"] = shift;
    notes["threshold"] = threshold;
    notes["base"] = base;
}

void svd_option_arguments::add_to(command_line line, bool with_seed) {
    auto svd = line.under("SVD");
    svd.option("--size", size, "Dimensions of a vector: the rank", "D");
    svd.option("--method", method, "accurate, or quick: power iterations, values come out too low", "NAME");
    svd.option("--tolerance", tolerance, "accurate: relative error of the singular values", "T");
    svd.option("--oversampling", oversampling, "quick: columns beside the rank", "N");
    svd.option("--power-iterations", power_iterations, "quick: passes over the matrix and its transpose", "N");
    svd.option("--power", power, "Of the singular values in the vectors U S^P: 0.5 for similarity, 1 for analogies",
               "P");
    svd.flag("--add-contexts", add_contexts, "Add the vectors of the words as contexts, V S^P");
    if (with_seed) svd.option("--seed", seed, "Seed of all random numbers", "N");
}

truncated_svd_options svd_option_arguments::resolve() const {
    static constexpr named_value<svd_method> methods[] = {{"accurate", svd_method::accurate},
                                                          {"quick", svd_method::quick}};
    return {.rank = parse_count(size, "--size"),
            .method = choose("--method", method, methods),
            .tolerance = parse_real(tolerance, "--tolerance"),
            .oversampling = parse_count(oversampling, "--oversampling"),
            .power_iterations = parse_count(power_iterations, "--power-iterations"),
            .key = random_key(parse_count(seed, "--seed"))};
}

svd_vector_options svd_option_arguments::vectors() const {
    return {.power = parse_real(power, "--power"), .add_contexts = add_contexts};
}

void svd_option_arguments::note(std::map<std::string, std::string>& notes) const {
    notes["size"] = size;
    notes["method"] = method;
    notes["power"] = power;
    notes["add-contexts"] = add_contexts ? "yes" : "no";
    if (method == "quick") {
        notes["oversampling"] = oversampling;
        notes["power-iterations"] = power_iterations;
    } else {
        notes["tolerance"] = tolerance;
    }
}

void write_svd_vectors(csr_view<float const> matrix, vocabulary const& words, svd_option_arguments const& how,
                       compute_device device, run_arguments const& run, std::map<std::string, std::string> notes,
                       vector_output_arguments const& to, save_vectors_options const& output) {
    auto const log = run.log();
    auto options = how.resolve();
    options.threads = run.thread_count();
    options.device = device;
    auto const svd = truncate_svd(matrix, options);
    if (svd.rank() == 0)
        throw error(failure::bad_data, "SVD: the matrix has no value above 0: there is nothing to make vectors of", {},
                    "count more text, or lower --shift and --threshold");
    if (svd.rank() < svd.requested)
        log_line(log, "warning",
                 "the matrix has rank " + std::to_string(svd.rank()) + ": vectors have so many dimensions, not "
                     + std::to_string(svd.requested));
    if (!svd.converged) log_line(log, "warning", "the singular values are not as accurate as --tolerance says");
    if (!log.quiet)
        log_line(log, "info",
                 "singular values " + number(svd.singular_values.front()) + " to " + number(svd.singular_values.back())
                     + ", residual " + number(svd.residual()) + ", " + format_count(svd.products)
                     + " products of a column");
    auto const rows = svd_vectors(svd, how.vectors());
    how.note(notes);
    notes["residual"] = number(svd.residual());
    auto const view = rows.view();
    save_vectors(vectors_of(
                     words, view.columns,
                     [&](token_id id, std::span<float> row) { std::ranges::copy(view.row(index(id)), row.begin()); },
                     notes),
                 to.output.output, output);
}
}
