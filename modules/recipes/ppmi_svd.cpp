module;
#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
module wordmill.recipes;
import :cooccurrence;
import :corpus;
import :ppmi_svd;
import :run_options;
import :running;
import wordmill.core;
import wordmill.linear_algebra;
import wordmill.pipeline;
import wordmill.stats;
import wordmill.text;
import wordmill.vectors;

namespace wordmill {
word_vectors factorise(csr_view<float const> matrix, vocabulary const& words, svd_recipe const& how,
                       run_options const& run, note_map notes) {
    auto options = how.svd;
    options.threads = resolve_threads(run.threads).count;
    options.key = random_key(run.seed);
    auto const svd = truncate_svd(matrix, options);
    if (svd.rank() == 0)
        throw error(failure::bad_data, "SVD: the matrix has no value above 0: there is nothing to make vectors of", {},
                    "count more text, or lower --shift and --threshold");
    if (svd.rank() < svd.requested)
        detail::tell(run.on_warning, "the matrix has rank " + std::to_string(svd.rank()) + ": vectors have "
                                         + std::to_string(svd.rank()) + " dimensions, not "
                                         + std::to_string(svd.requested));
    if (!svd.converged)
        detail::tell(run.on_warning, "the singular values are not as accurate as the tolerance (--tolerance) asks");
    detail::tell(run.on_message, "singular values " + format_short(svd.singular_values.front()) + " to "
                                     + format_short(svd.singular_values.back()) + ", residual "
                                     + format_short(svd.residual()) + ", " + format_count(svd.products)
                                     + " products of a column");
    auto const rows = svd_vectors(svd, how.vectors);
    notes["size"] = std::to_string(how.svd.rank);
    notes["method"] = how.svd.method == svd_method::quick ? "quick" : "accurate";
    notes["power"] = format_short(how.vectors.power);
    notes["add-contexts"] = how.vectors.add_contexts ? "yes" : "no";
    if (how.svd.method == svd_method::quick) {
        notes["oversampling"] = std::to_string(how.svd.oversampling);
        notes["power-iterations"] = std::to_string(how.svd.power_iterations);
    } else {
        notes["tolerance"] = format_short(how.svd.tolerance);
    }
    notes["residual"] = format_short(svd.residual());
    auto const view = rows.view();
    return vectors_of(
        words, view.columns,
        [&](token_id id, std::span<float> row) { std::ranges::copy(view.row(index(id)), row.begin()); }, notes);
}

word_vectors train_ppmi_svd(any_corpus const& corpus, ppmi_svd_recipe const& how) {
    auto const& run = how.run;
    if (!run.folder.empty())
        throw error(failure::usage, "PPMI and SVD have no checkpoints: expected no folder of a run, found one",
                    {.file = run.folder});
    auto found = count_pairs(corpus, how.counting, run, 0.5);
    check_pairs(found, how.counting, "PPMI");
    auto values = how.values;
    values.threads = resolve_threads(run.threads).count;
    values.memory_bytes = resolve_memory(run.memory_bytes) / 2;
    values.device = how.counting.device;
    auto const matrix = ppmi(found.counts, values);
    if (run.on_message)
        run.on_message(format_count(found.counts.totals().nonzeros) + " pairs of types, "
                       + format_count(matrix.view().nonzeros()) + " positive values");
    found.counts = {};
    note_map notes{{"model", "ppmi-svd"},
                   {"seed", std::to_string(run.seed)},
                   {"smoothing", format_short(how.values.smoothing)},
                   {"shift", format_short(how.values.shift)},
                   {"threshold", format_short(how.values.threshold)},
                   {"base", how.values.base == logarithm::base_2 ? "2" : "e"}};
    note(how.counting, notes);
    auto factorisation = how.factorisation;
    factorisation.svd.device = how.counting.device;
    return factorise(matrix.view(), found.words, factorisation, run, std::move(notes));
}
}
