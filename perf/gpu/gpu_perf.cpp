// Measures a GPU: what it can do at best, then word2vec, sums of pairs, the products of an SVD and the layers of
// language models, each beside the best that can be expected of it.
//   gpu_perf [--json FILE] [--small]    --small: sizes for compute-sanitizer and the emulator; its times mean nothing
// Exit status: 1 when a measurement failed, 2 usage, 69 without a GPU.
#include "ceilings.hpp"
#include "figures.hpp"
#include "layers.hpp"
#include "measured.hpp"
#include "wordmill/cuda/device.hpp"
#include "wordmill/cuda/device_queue.hpp"
#include "wordmill/cuda/pairs_on_device.hpp"
#include "wordmill/cuda/svd_on_device.hpp"
#include "wordmill/cuda/word2vec_on_device.hpp"
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <random>
#include <string>
#include <vector>

namespace cuda = wordmill::cuda;
using perf::gpu::device_clock;
using perf::gpu::figures;
using perf::gpu::measured;
using perf::gpu::median;
using perf::gpu::sent;

namespace {
struct sizes {
    int repeats;
    std::size_t copied;       ///< bytes
    std::size_t read;         ///< floats, which the second-level cache holds
    unsigned reads;           ///< passes
    unsigned blocks_per_unit; ///< of threads, per multiprocessor
    std::size_t added;        ///< rows
    unsigned launches;
    std::uint32_t types;
    std::size_t ids;
    std::size_t block_ids;
    std::size_t sentence_ids;
    std::size_t pair_ids; ///< each is the first of 5 pairs
    std::size_t matrix;   ///< rows and columns
    double entries;       ///< expected
    std::size_t columns;  ///< of the tall matrices
};
constexpr sizes full{5,    std::size_t{1} << 30, 6U << 20, 40,         8,  2'000'000, 1000, 70'000, 10'000'000, 10000,
                     1000, 10'000'000,           68'000,   30'000'000, 120};
constexpr sizes small{1, 4096, 1024, 2, 1, 20, 3, 100, 400, 200, 20, 100, 60, 300, 12};

// What to compare with. The rates are those of one H200, or what its documents lead to expect; a measured ceiling takes
// the place of the expected one.

constexpr double expected_copy = 4.3e12;       // bytes a second, read and written
constexpr double expected_l2_read = 5.5e12;    // bytes a second
constexpr double expected_additions = 2.75e12; // bytes a second, added atomically
constexpr double expected_launch = 2e-6;       // seconds for a kernel after another
constexpr double arithmetic = 59e12;           // additions and multiplications a second, single precision
constexpr double best_pairs = 33e9;            // a second: 5 passes of a radix sort over 8 bytes
constexpr double svd_seconds = 0.1;            // for the whole search of 100 singular vectors

/// What training a word takes at least, for windows of 5 that shrink (6 contexts) and 5 negative samples: of its rows,
/// half of the transfers are reads, half additions. Rows as if a warp kept those of its window while the window moves.
struct word_cost {
    char const* what;
    bool cbow;
    double operations; ///< per dimension
    double rows;
};
constexpr word_cost word_costs[] = {{"skip-gram", false, 216, 14}, {"CBOW", true, 48, 14}};

struct ceilings {
    double l2_read = expected_l2_read;
    double additions = expected_additions;
    [[nodiscard]] double words_per_second(word_cost const& cost, double dimension) const {
        auto const bytes = cost.rows * 4 * dimension / 2;
        return 1 / std::max(cost.operations * dimension / arithmetic, bytes / l2_read + bytes / additions);
    }
};

/// Draws from weights in constant time (Walker 1977; Vose 1991).
class alias_table {
public:
    explicit alias_table(std::vector<double> const& weights) {
        double sum = 0;
        for (auto const w : weights) sum += w;
        std::vector<double> share;
        std::vector<std::uint32_t> low, high;
        for (std::uint32_t i = 0; i < weights.size(); ++i) {
            share.push_back(weights[i] / sum * static_cast<double>(weights.size()));
            (share[i] < 1 ? low : high).push_back(i);
            columns_.push_back({0xffffffff, i});
        }
        while (!low.empty() && !high.empty()) {
            auto const l = low.back();
            auto const h = high.back();
            low.pop_back();
            columns_[l] = {static_cast<std::uint32_t>(share[l] * 0xffffffff), h};
            share[h] -= 1 - share[l];
            if (share[h] >= 1) continue;
            high.pop_back();
            low.push_back(h);
        }
    }
    [[nodiscard]] std::vector<cuda::noise_column> const& columns() const { return columns_; }
    template <class Random> std::uint32_t draw(Random& random) const {
        auto const bits = static_cast<std::uint64_t>(random());
        auto const at = static_cast<std::uint32_t>(((bits & 0xffffffff) * columns_.size()) >> 32);
        return bits >> 32 < columns_[at].threshold ? at : columns_[at].alias;
    }

private:
    std::vector<cuda::noise_column> columns_{};
};

/// Ids whose frequencies fall as 1, 1/2, 1/3, ..., subsampled at 1e-4, and negative samples by the power 0.75.
struct zipf_text {
    std::vector<double> keep{}, kept_probability{}, noise_probability{};
    std::vector<std::uint32_t> keep_below{}, after{}, ids{}, kept{};
    std::vector<cuda::noise_column> noise{};

    zipf_text(std::uint32_t types, std::size_t count) {
        std::vector<double> often, noise_weights;
        double sum = 0;
        for (std::uint32_t i = 0; i < types; ++i) {
            often.push_back(1.0 / (i + 1));
            sum += often[i];
        }
        double kept_sum = 0, noise_sum = 0;
        for (std::uint32_t i = 0; i < types; ++i) {
            constexpr double threshold = 1e-4;
            auto const ratio = threshold * sum / often[i];
            keep.push_back(std::min(std::sqrt(ratio) + ratio, 1.0));
            keep_below.push_back(static_cast<std::uint32_t>(keep[i] * 0xffffffff));
            after.push_back((i + 1) % types);
            noise_weights.push_back(std::pow(often[i], 0.75));
            kept_probability.push_back(often[i] * keep[i]);
            kept_sum += kept_probability[i];
            noise_sum += noise_weights[i];
        }
        for (auto& p : kept_probability) p /= kept_sum;
        for (auto const w : noise_weights) noise_probability.push_back(w / noise_sum);
        noise = alias_table(noise_weights).columns();
        std::mt19937_64 random(1);
        alias_table const words(often);
        for (std::size_t i = 0; i < count; ++i) ids.push_back(words.draw(random));
        for (auto const id : ids)
            if (static_cast<std::uint32_t>(random()) <= keep_below[id]) kept.push_back(id);
    }
};

std::string counted(double x) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", x);
    return text;
}

class measurements {
public:
    measurements(sizes const& s, int multiprocessors)
        : s_(s), text_(s.types, s.ids), blocks_(s.blocks_per_unit * static_cast<unsigned>(multiprocessors)) {}
    /// Each in turn; an error ends one, not the others.
    void run() {
        attempt("ceilings", [&] { measure_ceilings(); });
        for (auto const& cost : word_costs)
            for (std::uint32_t const dimension : {100U, 128U, 300U})
                if (!cost.cbow || dimension != 100) attempt("word2vec", [&] { measure_word2vec(cost, dimension); });
        attempt("pairs", [&] { measure_pairs(); });
        auto const found = cuda::check_linear_algebra();
        if (found.usable)
            attempt("svd", [&] { measure_svd(); });
        else
            out_.skip("svd", found.reason);
        attempt("layers", [&] { perf::gpu::measure_layers(out_, s_.repeats, s_.types == small.types); });
    }
    [[nodiscard]] figures const& found() const { return out_; }

private:
    template <class Work> void attempt(char const* what, Work work) {
        try {
            work();
        } catch (std::exception const& e) {
            out_.fail(what, e.what());
        }
    }

    void measure_ceilings() {
        cuda::device_queue queue;
        auto* const from = queue.allocate(s_.copied);
        auto* const to = queue.allocate(s_.copied);
        auto seconds = measured(queue, s_.repeats, [&] { perf::gpu::copy(queue, from, to, s_.copied); });
        out_.add({"ceilings", "copy, bytes read and written", 2 * static_cast<double>(s_.copied) / seconds, "B/s",
                  expected_copy});
        queue.release(from);
        queue.release(to);

        auto* const floats = static_cast<float*>(queue.allocate(s_.read * 4));
        auto* const result = static_cast<float*>(queue.allocate(4));
        seconds =
            measured(queue, s_.repeats, [&] { perf::gpu::read(queue, floats, s_.read, s_.reads, blocks_, result); });
        ceilings_.l2_read = static_cast<double>(s_.read) * 4 * s_.reads / seconds;
        out_.add({"ceilings", "L2 read", ceilings_.l2_read, "B/s", expected_l2_read,
                  counted(static_cast<double>(s_.read) * 4e-6) + " MB again and again"});
        queue.release(floats);
        queue.release(result);

        auto const count = std::min(s_.added, text_.kept.size());
        auto* const ids = sent(queue, text_.kept);
        for (unsigned const row_floats : {100U, 128U, 300U}) {
            auto* const table = static_cast<float*>(queue.allocate(std::size_t{s_.types} * row_floats * 4));
            for (auto const how : {perf::gpu::adding::floats, perf::gpu::adding::vectors}) {
                bool const vectors = how == perf::gpu::adding::vectors;
                seconds = measured(queue, s_.repeats,
                                   [&] { perf::gpu::add_to_rows(queue, how, table, row_floats, ids, count, blocks_); });
                auto const rate = static_cast<double>(count) * row_floats * 4 / seconds;
                if (vectors && row_floats == 128) ceilings_.additions = rate;
                out_.add({"ceilings",
                          "red, rows of " + std::to_string(4 * row_floats) + " bytes"
                              + (vectors ? ", by 4 floats" : ", by 1 float"),
                          rate, "B/s", expected_additions,
                          counted(static_cast<double>(count) / seconds) + " rows/s, frequencies of kept words"});
            }
            queue.release(table);
        }
        queue.release(ids);
        seconds = measured(queue, s_.repeats, [&] { perf::gpu::launch_nothing(queue, s_.launches); });
        out_.add({"ceilings", "kernel after kernel", seconds / s_.launches, "s", expected_launch, "", true});
    }

    /// Windows in training at a time, as trainers choose them: see `windows_in_flight`.
    [[nodiscard]] std::uint32_t windows_by_default() const {
        auto const wanted = std::clamp<std::size_t>(text_.kept.size() / 20'000, 64, 528);
        return static_cast<std::uint32_t>(wanted / 4 * 4);
    }
    /// What updates of a row are multiplied by, as trainers choose it: see `damping_of`.
    [[nodiscard]] static std::vector<float> damping(std::vector<double> const& changes, std::uint32_t windows) {
        std::vector<float> out;
        for (auto const c : changes) out.push_back(static_cast<float>(std::min(1.0, 16 / (c * windows))));
        return out;
    }

    void measure_word2vec(word_cost const& cost, std::uint32_t dimension) {
        std::vector<std::pair<std::uint32_t, char const*>> in_flight{{132, ""}, {264, ""}, {528, ""}, {1056, ""}};
        in_flight.emplace_back(2640, "; the default above 50 M kept words");
        in_flight.emplace_back(windows_by_default(), "; the default for this text");
        for (auto const& [windows, note] : in_flight) measure_word2vec(cost, dimension, windows, note);
    }
    void measure_word2vec(word_cost const& cost, std::uint32_t dimension, std::uint32_t windows, char const* note) {
        cuda::device_queue queue;
        std::uint32_t const stride = (dimension + 15) / 16 * 16;
        cuda::word2vec_rules const rules{.types = s_.types,
                                         .dimension = dimension,
                                         .stride = stride,
                                         .cbow = cost.cbow,
                                         .mean = cost.cbow,
                                         .whole_gradient = cost.cbow,
                                         .warps = windows};
        std::vector<double> input_changes, output_changes; // expected, per window
        for (std::uint32_t i = 0; i < s_.types; ++i) {
            input_changes.push_back(6 * text_.kept_probability[i]);
            output_changes.push_back(text_.kept_probability[i] + rules.negatives * text_.noise_probability[i]);
        }
        auto const input_damping = damping(input_changes, windows);
        auto const output_damping = damping(output_changes, windows);
        cuda::word2vec_on_device device(queue, rules,
                                        {text_.keep_below.data(), text_.noise.data(), text_.after.data(),
                                         input_damping.data(), output_damping.data()},
                                        8 * text_.ids.size() + (std::size_t{1} << 20));
        std::mt19937 random(1);
        std::vector<float> input(std::size_t{s_.types} * stride), output(input.size());
        for (std::size_t i = 0; i < input.size(); ++i)
            if (i % stride < dimension)
                input[i] = (static_cast<float>(random()) * 0x1p-32F - 0.5F) / static_cast<float>(dimension);
        device.write(input.data(), output.data());

        cuda::word2vec_result sum{};
        std::uint64_t pass = 0;
        auto const train = [&] {
            std::vector<std::uint32_t> ends;
            ++pass;
            sum = {};
            std::size_t number = 0;
            for (std::size_t at = 0; at < text_.ids.size(); at += s_.block_ids, ++number) {
                auto const count = std::min(s_.block_ids, text_.ids.size() - at);
                ends.clear();
                for (auto end = s_.sentence_ids; end < count + s_.sentence_ids; end += s_.sentence_ids)
                    ends.push_back(static_cast<std::uint32_t>(std::min(end, count)));
                auto const key = pass << 32 | number;
                cuda::word2vec_block const block{.tokens = {text_.ids.data() + at, ends.data(),
                                                            static_cast<std::uint32_t>(count),
                                                            static_cast<std::uint32_t>(ends.size())},
                                                 .before = nullptr,
                                                 .behind = nullptr,
                                                 .before_count = 0,
                                                 .behind_count = 0,
                                                 .keep_key = cuda::child_key(1, key),
                                                 .window_key = cuda::child_key(2, key),
                                                 .negatives = {cuda::child_key(3, key), cuda::child_key(4, key), true},
                                                 .rate = 0.025F};
                if (pass > 1)
                    device.add_stored(number, block);
                else if (!device.add(block, true))
                    throw cuda::cuda_error(-1, "no room to store the text");
            }
            device.submit();
        };
        auto const collect = [&] {
            std::vector<cuda::word2vec_result> results(1024);
            for (std::size_t count = 1; count > 0;) {
                count = device.take_results(results.data(), results.size(), true);
                for (std::size_t i = 0; i < count; ++i) {
                    sum.loss += results[i].loss;
                    sum.pairs += results[i].pairs;
                    sum.targets += results[i].targets;
                    sum.kept += results[i].kept;
                }
            }
        };
        train(); // the text goes to the device
        collect();
        device_clock clock(queue);
        std::vector<double> seconds_per_word, seconds_per_window;
        for (int i = 0; i <= s_.repeats; ++i) {
            clock.start();
            train();
            auto const seconds = clock.stop();
            collect();
            if (i == 0) continue;
            seconds_per_word.push_back(seconds / sum.kept);
            seconds_per_window.push_back(seconds / sum.targets);
        }
        auto const losses = static_cast<double>(cost.cbow ? sum.targets : sum.pairs);
        auto const name = std::string(cost.what) + ", D = " + std::to_string(dimension) + ", " + std::to_string(windows)
                          + " windows" + (note[0] != 0 ? " by default" : "");
        auto const tau = windows * median(seconds_per_window);
        out_.add({"word2vec", name, 1 / median(seconds_per_word), "words/s",
                  ceilings_.words_per_second(cost, dimension),
                  "loss " + counted(sum.loss / losses) + ", " + counted(static_cast<double>(sum.pairs) / sum.targets)
                      + " contexts, " + counted(100.0 * sum.kept / static_cast<double>(text_.ids.size())) + "% kept"
                      + note});
        out_.add({"word2vec", name + ", tau", tau, "s"});
        if (!std::isfinite(sum.loss)) out_.fail(name, "the loss is not finite");
    }

    void measure_pairs() {
        constexpr unsigned id_bits = 17, distance_bits = 3;
        std::vector<std::uint32_t> const weights{0, 60, 30, 20, 15, 12, 10, 0};
        std::vector<std::uint64_t> pairs;
        for (std::size_t i = 0; i < s_.pair_ids; ++i)
            for (std::uint64_t distance = 1; distance <= 5 && i + distance < text_.ids.size(); ++distance)
                pairs.push_back((std::uint64_t{text_.ids[i]} << id_bits | text_.ids[i + distance]) << distance_bits
                                | distance);
        cuda::device_queue queue;
        cuda::pairs_on_device device(queue, id_bits, distance_bits, id_bits, weights.data());
        device.load(pairs.data(), pairs.size());
        std::size_t different = 0;
        auto const seconds = measured(queue, s_.repeats, [&] { different = device.add_up(false, false); });
        auto const count = static_cast<double>(pairs.size());
        out_.add({"pairs", "sort and add up", count / seconds, "pairs/s", best_pairs,
                  counted(count) + " pairs, " + counted(100 * static_cast<double>(different) / count) + "% different"});
    }

    void measure_svd() {
        // Entries fall off with row and column: their probability is about scale / sqrt(row column).
        auto const scale = s_.entries / (4 * static_cast<double>(s_.matrix));
        std::mt19937_64 random(1);
        std::vector<std::uint64_t> offsets{0};
        std::vector<std::uint32_t> columns_of;
        std::vector<float> values;
        for (std::size_t r = 0; r < s_.matrix; ++r) {
            for (double c = 0;;) {
                auto const p = std::min(scale / std::sqrt((static_cast<double>(r) + 1) * (c + 1)), 0.9);
                auto const uniform = (static_cast<double>(random() >> 11) + 0.5) * 0x1p-53;
                c += std::floor(std::log(uniform) / std::log1p(-p));
                if (c >= static_cast<double>(s_.matrix)) break;
                columns_of.push_back(static_cast<std::uint32_t>(c));
                values.push_back(static_cast<float>(uniform));
                c += 1;
            }
            offsets.push_back(values.size());
        }
        cuda::device_queue queue;
        cuda::svd_on_device device(queue, {s_.matrix, s_.matrix, offsets.data(), columns_of.data(), values.data()},
                                   false);
        auto const stride = (s_.columns + 31) / 32 * 32;
        std::vector<float> some(s_.matrix * stride);
        for (auto& x : some) x = static_cast<float>(random() >> 40) * 0x1p-24F - 0.5F;
        cuda::tall const x{sent(queue, some), s_.matrix, s_.columns, stride};
        cuda::tall const y{sent(queue, some), s_.matrix, s_.columns, stride};
        auto const shape = counted(static_cast<double>(s_.matrix)) + " rows, "
                           + counted(static_cast<double>(values.size())) + " entries, " + std::to_string(s_.columns)
                           + " columns";
        auto seconds = measured(queue, s_.repeats, [&] {
            for (int i = 0; i < 3; ++i) {
                device.times(x, y);
                device.transposed_times(y, x);
            }
        });
        out_.add({"svd", "six products", seconds, "s", svd_seconds, shape, true});
        std::vector<double> gram(s_.columns * s_.columns);
        seconds = measured(queue, s_.repeats, [&] { device.gram(y, y, gram.data()); });
        out_.add({"svd", "Gram matrix, double precision", seconds, "s", 0, shape});
        queue.release(x.data);
        queue.release(y.data);
    }

    sizes s_;
    zipf_text text_;
    unsigned blocks_;
    ceilings ceilings_{};
    figures out_{};
};
}

int main(int count, char** words) {
    std::string json;
    auto s = full;
    bool is_small = false;
    for (int i = 1; i < count; ++i) {
        std::string const word = words[i];
        if (word == "--small") {
            s = small;
            is_small = true;
        } else if (word == "--json" && i + 1 < count) {
            json = words[++i];
        } else {
            std::fprintf(stderr, "gpu_perf: expected --json FILE or --small, found '%s'\n", words[i]);
            return 2;
        }
    }
    auto const found = cuda::check_devices();
    if (!found.usable) {
        std::fprintf(stderr, "gpu_perf: %s\n", found.reason);
        return 69;
    }
    auto const p = cuda::describe(found.device);
    std::printf("%s, %d multiprocessors\n", p.name, p.multiprocessors);
    measurements all(s, p.multiprocessors);
    all.run();
    if (!json.empty() && !all.found().write(json, is_small)) {
        std::fprintf(stderr, "gpu_perf: cannot write %s\n", json.c_str());
        return 1;
    }
    return all.found().failed() ? 1 : 0;
}
