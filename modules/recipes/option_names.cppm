export module wordmill.recipes:option_names;
import wordmill.batch;
import wordmill.core;
import wordmill.glove;
import wordmill.nn;
import wordmill.pipeline;
import wordmill.standard;
import wordmill.stats;
import wordmill.word2vec;

// Options by the names and numbers that users give, for notes, descriptions of runs and the command line.
namespace wordmill {
/// How the learning rate of a language model changes over a run.
export enum class rate_schedule : std::uint8_t {
    quarter, ///< a quarter of it after each epoch whose validation perplexity is not the best so far
    constant,
    cosine,       ///< down to 0 along half a cosine, after the warmup
    linear,       ///< down to 0 along a line, after the warmup
    inverse_sqrt, ///< rises for the warmup, then falls with the square root of the step (Vaswani et al. 2017)
};

export inline constexpr named_value<rate_schedule> rate_schedule_names[] = {
    {"quarter", rate_schedule::quarter},
    {"constant", rate_schedule::constant},
    {"cosine", rate_schedule::cosine},
    {"linear", rate_schedule::linear},
    {"inverse-sqrt", rate_schedule::inverse_sqrt}};
export inline constexpr named_value<optimizer_kind> optimizer_names[] = {
    {"sgd", optimizer_kind::sgd},           {"momentum", optimizer_kind::momentum},
    {"nesterov", optimizer_kind::nesterov}, {"adagrad", optimizer_kind::adagrad},
    {"rmsprop", optimizer_kind::rmsprop},   {"adam", optimizer_kind::adam}};
export inline constexpr named_value<lane_layout> lane_layout_names[] = {{"parts", lane_layout::parts},
                                                                        {"wrap-around", lane_layout::wrap_around}};
export inline constexpr named_value<precision> precision_names[] = {{"fp32", precision::fp32},
                                                                    {"bf16", precision::bf16}};
export inline constexpr named_value<cbow_input> cbow_input_names[] = {
    {"mean", cbow_input::mean}, {"sum", cbow_input::sum}, {"mean-whole", cbow_input::mean_with_whole_gradient}};
export inline constexpr named_value<negative_sharing> negative_sharing_names[] = {
    {"window", negative_sharing::window}, {"pair", negative_sharing::pair}, {"batch", negative_sharing::batch}};
export inline constexpr named_value<glove_vector> glove_vector_names[] = {
    {"sum", glove_vector::sum}, {"word", glove_vector::word}, {"context", glove_vector::context}};
export inline constexpr named_value<distance_weighting> distance_weighting_names[] = {
    {"flat", distance_weighting::flat}, {"harmonic", distance_weighting::harmonic}};

/// The options of an optimizer by its kind, learning rate, the largest norm of all gradients, and beta1 and beta2 of
/// Adam. Without a rate SGD has the book's 20, which is for clipped gradients. `failure::usage` for values out of
/// range, and for betas of another optimizer.
export [[nodiscard]] inline optimizer_options optimizer_of(optimizer_kind kind, std::optional<double> rate, double clip,
                                                           std::optional<std::pair<double, double>> betas = {}) {
    if (rate && !(*rate > 0 && *rate <= 1e6))
        throw error(failure::usage, "--lr: expected more than 0, at most 1e6, found " + format_short(*rate));
    if (!(clip >= 0) || !std::isfinite(clip))
        throw error(failure::usage, "--clip: expected 0 (never) or more, found " + format_short(clip));
    if (!rate && kind == optimizer_kind::sgd) rate = 20;
    optimizer_options options{.kind = kind, .learning_rate = rate, .max_norm = clip};
    if (!betas) return options;
    if (kind != optimizer_kind::adam)
        throw error(failure::usage, "--betas: expected --optimizer adam beside them, found "
                                        + std::string(name_in(optimizer_names, kind)));
    for (auto const beta : {betas->first, betas->second})
        if (!(beta >= 0 && beta < 1))
            throw error(failure::usage, "--betas: expected numbers from 0 to below 1, found " + format_short(beta));
    options.beta1 = betas->first;
    options.beta2 = betas->second;
    return options;
}
}
