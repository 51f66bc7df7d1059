// The same operation on the same random matrices by the reference in double and by a device in float: the processor
// with several numbers of threads, or a GPU. Included after `import wordmill.nn` and `import wordmill.compute`.
#pragma once
#include "../skipped.hpp"
#include "../worse_of.hpp"
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

struct shape {
    std::size_t rows;
    std::size_t columns;
    std::size_t gap = 0; // values between rows, which nobody may touch
    double largest = 1;  // values are uniform between this and its negative
};

inline constexpr float untouched = 77;

/// Random values of all matrices, with their gaps.
inline std::vector<std::vector<float>> random_values(std::vector<shape> const& shapes, std::uint64_t seed = 1) {
    auto random = wordmill::random_key(seed).engine();
    std::vector<std::vector<float>> all;
    for (auto const& s : shapes) {
        auto& values = all.emplace_back(s.rows * (s.columns + s.gap), untouched);
        for (std::size_t r = 0; r < s.rows; ++r)
            for (std::size_t c = 0; c < s.columns; ++c)
                values[r * (s.columns + s.gap) + c] = static_cast<float>(s.largest) * (2 * random.uniform() - 1);
    }
    return all;
}

template <class T> struct outcome {
    std::vector<std::vector<T>> matrices;
    std::vector<double> numbers; // what else the operation returned
};

template <class T, class F> outcome<T> outcome_of(wordmill::operations<T>& ops, std::vector<shape> const& shapes,
                                                  std::vector<std::vector<float>> const& values, F const& f) {
    outcome<T> out;
    auto& queue = *ops.queue();
    std::vector<wordmill::buffer<T>> memory;
    std::vector<wordmill::device_view<T>> views;
    for (std::size_t i = 0; i < shapes.size(); ++i) {
        auto const& one = out.matrices.emplace_back(values[i].begin(), values[i].end());
        auto& to = memory.emplace_back(ops.queue(), std::max<std::size_t>(1, one.size()));
        queue.upload(one, to.span(one.size()));
        views.push_back(columns_of(to.matrix(shapes[i].rows, shapes[i].columns + shapes[i].gap), 0, shapes[i].columns));
    }
    out.numbers = f(ops, views);
    for (std::size_t i = 0; i < shapes.size(); ++i)
        queue.download(memory[i].span(out.matrices[i].size()), out.matrices[i]);
    queue.wait();
    return out;
}

/// Operations that all leave the same bytes.
using twins = std::vector<std::shared_ptr<wordmill::operations<float>>>;
inline twins const& processors() {
    static twins const all{wordmill::cpu_operations(1), wordmill::cpu_operations(2), wordmill::cpu_operations(5)};
    return all;
}
/// A GPU, whose results must not differ from one run to the next; products by kernels of Wordmill, and projections in
/// parts.
inline twins const& gpus() {
    static twins const all{wordmill::cuda_operations({.libraries = false, .logits_at_once = 5000})};
    return all;
}
/// For the decorators of a case that needs a GPU; it runs on the emulator, too.
inline std::string why_no_gpu() { return wordmill::query_cuda().reason; }

/// What is furthest from the expected values, in parts of the largest of them or of 1.
inline double distance(std::vector<float> const& found, std::vector<double> const& expected) {
    double largest = 1, worst = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        if (expected[i] != static_cast<double>(untouched)) largest = std::max(largest, std::abs(expected[i]));
        auto const off = std::abs(static_cast<double>(found[i]) - expected[i]);
        worst = worse_of(worst, off);
    }
    return worst / largest;
}

inline void same_numbers(std::string const& what, std::vector<double> const& found, std::vector<double> const& expected,
                         double tolerance) {
    BOOST_TEST_REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i)
        BOOST_TEST(std::abs(found[i] - expected[i]) <= tolerance * std::max(1.0, std::abs(expected[i])),
                   what << ": " << found[i] << ", expected " << expected[i]);
}

/// `f` leaves the bytes and returns the numbers of `first` on all of these.
template <class F> void same_bytes_on(twins const& all, std::string const& what, std::vector<shape> const& shapes,
                                      std::vector<std::vector<float>> const& values, outcome<float> const& first,
                                      F const& f) {
    for (auto const& ops : all) {
        auto const other = outcome_of(*ops, shapes, values, f);
        for (std::size_t i = 0; i < shapes.size(); ++i)
            BOOST_TEST((first.matrices[i].empty()
                        || std::memcmp(other.matrices[i].data(), first.matrices[i].data(),
                                       first.matrices[i].size() * sizeof(float))
                               == 0),
                       what << ": matrix " << i << " differs with " << ops->name());
        BOOST_TEST((other.numbers == first.numbers), what << ": a number differs with " << ops->name());
    }
}

/// `f(operations, views)` leaves what the reference does in all matrices, up to `tolerance` times the largest value of
/// each, and returns the same numbers; and the same bytes with all of `on`.
template <class F> void agrees(twins const& on, std::string const& what, std::vector<shape> const& shapes,
                               double tolerance, F const& f, std::vector<std::vector<float>> values = {}) {
    if (values.empty()) values = random_values(shapes);
    auto const reference = wordmill::reference_operations<double>();
    auto const expected = outcome_of(*reference, shapes, values, f);
    auto const first = outcome_of(*on.front(), shapes, values, f);
    for (std::size_t i = 0; i < shapes.size(); ++i) {
        auto const worst = distance(first.matrices[i], expected.matrices[i]);
        BOOST_TEST(worst <= tolerance, what << ": matrix " << i << " is off by " << worst);
    }
    same_numbers(what, first.numbers, expected.numbers, tolerance);
    same_bytes_on(on, what, shapes, values, first, f);
}

/// What `work` adds to the loss it is given.
template <class T, class Work> wordmill::loss_sum loss_of(wordmill::operations<T>& ops, Work const& work) {
    wordmill::deferred<wordmill::loss_sum> loss(ops.queue());
    work(loss.target());
    return loss.wait();
}
template <class T> double sum_of_squares(wordmill::operations<T>& ops, wordmill::device_view<T> x) {
    wordmill::deferred<double> sum(ops.queue());
    ops.sum_of_squares(x, sum.target());
    return sum.wait();
}
/// Values of the host in the memory of the operations.
template <class V, class T>
wordmill::mirrored<V> mirror(wordmill::operations<T> const& ops, std::vector<V> const& values) {
    wordmill::mirrored<V> made(ops.queue());
    (void)made.assign(values);
    return made;
}

inline std::vector<double> numbers_of(wordmill::loss_sum const& loss) {
    return {loss.sum, static_cast<double>(loss.count)};
}

/// Random targets below `bound`; every `ignored`-th does not count.
inline std::vector<wordmill::token_id> random_targets(std::size_t count, std::size_t bound, std::size_t ignored = 7) {
    auto random = wordmill::random_key(2).engine();
    std::vector<wordmill::token_id> targets;
    for (std::size_t i = 0; i < count; ++i) {
        auto const id = wordmill::token_id(static_cast<std::uint32_t>(random.below(bound)));
        targets.push_back(i % ignored == ignored - 1 ? wordmill::no_token : id);
    }
    return targets;
}
