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
import wordmill.core;
import wordmill.linear_algebra;
import wordmill.recipes;
import wordmill.stats;
import wordmill.text;
import wordmill.vectors;

namespace wordmill {
void ppmi_option_arguments::add_to(command_line line) {
    auto values = line.under("PPMI");
    values.option("--smoothing", smoothing, "Power of the context counts; 0.75 is usual", "ALPHA");
    values.option("--shift", shift, "Subtract log K from every value, as K negative samples would", "K");
    values.option("--threshold", threshold, "Drop values of at most T", "T");
    values.option("--base", base, "Base of the logarithms: 2 or e", "B");
}

ppmi_options ppmi_option_arguments::resolve() const {
    static constexpr named_value<logarithm> bases[] = {{"2", logarithm::base_2}, {"e", logarithm::natural}};
    return {.base = choose("--base", base, bases),
            .smoothing = parse_real(smoothing, "--smoothing"),
            .shift = parse_real(shift, "--shift"),
            .threshold = parse_real(threshold, "--threshold")};
}

void svd_option_arguments::add_to(command_line line, bool with_seed) {
    auto svd = line.under("SVD");
    svd.option("--size", size, "Dimensions of a vector (the rank)", "D");
    svd.option("--method", method, "accurate, or quick (power iterations; values are too low)", "NAME");
    svd.option("--tolerance", tolerance, "accurate: relative error of the singular values", "T");
    svd.option("--oversampling", oversampling, "quick: columns in addition to the rank", "N");
    svd.option("--power-iterations", power_iterations, "quick: passes over the matrix and its transpose", "N");
    svd.option("--power", power, "Power of the singular values in U S^P: 0.5 for similarity, 1 for analogies", "P");
    svd.flag("--add-contexts", add_contexts, "Add the context vectors V S^P");
    if (with_seed) svd.option("--seed", seed, "Seed of all random numbers", "N");
}

svd_recipe svd_option_arguments::recipe() const {
    static constexpr named_value<svd_method> methods[] = {{"accurate", svd_method::accurate},
                                                          {"quick", svd_method::quick}};
    return {.svd = {.rank = parse_count(size, "--size"),
                    .method = choose("--method", method, methods),
                    .tolerance = parse_real(tolerance, "--tolerance"),
                    .oversampling = parse_count(oversampling, "--oversampling"),
                    .power_iterations = parse_count(power_iterations, "--power-iterations")},
            .vectors = {.power = parse_real(power, "--power"), .add_contexts = add_contexts}};
}
}
