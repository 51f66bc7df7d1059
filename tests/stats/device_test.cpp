// The same statistics on a GPU: its rows are skipped, visibly, where there is none that can be used.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>
import wordmill.batch;
import wordmill.core;
import wordmill.compute;
import wordmill.linear_algebra;
import wordmill.stats;
import wordmill.stream;
#include "../io/failure_of.hpp"
#include "../linear_algebra/random_csr.hpp"
#include "../skipped.hpp"

using namespace wordmill;

namespace {
/// Why a case that needs a GPU cannot run here.
std::string why_no_gpu(bool linear_algebra) {
    try {
        (void)choose_device(compute_device::cuda, linear_algebra);
        return {};
    } catch (error const& e) {
        return e.what();
    }
}
auto on_a_gpu(bool linear_algebra = false) {
    return skipped_if([=] { return why_no_gpu(linear_algebra); });
}
auto without_a_gpu() {
    return skipped_if([] { return choose_device(compute_device::automatic).cuda ? "there is a GPU" : ""; });
}

struct as_it_is {
    struct scratch {};
    pair_batch operator()(pair_batch&& batch, scratch&) const { return std::move(batch); }
};
generator<pair_batch> stream_of(std::vector<pair_batch> batches) {
    for (auto& batch : batches) co_yield std::move(batch);
}

std::vector<pair_batch> random_batches(std::size_t types, bool both_ways) {
    auto rng = random_key(5).engine();
    std::vector<pair_batch> batches(30);
    for (auto& batch : batches) {
        batch.both_ways = both_ways;
        for (std::size_t i = 0; i < 20000; ++i) {
            auto const id = [&] {
                auto const u = rng.uniform_double();
                return static_cast<std::size_t>(u * u * u * static_cast<double>(types));
            };
            auto a = id(), b = id();
            if (both_ways && a > b) std::swap(a, b);
            batch.pairs.emplace_back(id_at(a), id_at(b), static_cast<std::uint32_t>(1 + rng() % 5));
        }
    }
    return batches;
}

std::vector<cooccurrence> counted(std::size_t types, std::vector<pair_batch> batches,
                                  cooccurrence_options const& options) {
    auto const counts = count_cooccurrences(types, stream_of(std::move(batches)), as_it_is{}, options);
    std::vector<cooccurrence> entries;
    for (auto const some : counts.entries()) entries.insert(entries.end(), some.begin(), some.end());
    return entries;
}

cooccurrence_counts random_counts(std::size_t types) {
    auto rng = random_key(6).engine();
    std::vector<cooccurrence> entries;
    for (std::size_t r = 0; r < types; ++r)
        for (std::size_t c = 0; c < types; ++c)
            if (rng() % 3 == 0) entries.push_back({id_at(r), id_at(c), 1 + rng() % 500});
    return {types, 1, std::move(entries)};
}

/// Floats between two of them; equal bits are 0 apart.
std::int64_t steps_between(float a, float b) {
    std::int64_t steps = 0;
    for (auto x = std::min(a, b); x < std::max(a, b) && steps < 100; ++steps)
        x = std::nextafter(x, std::numeric_limits<float>::infinity());
    return steps;
}
}

BOOST_AUTO_TEST_SUITE(on_a_device)

BOOST_AUTO_TEST_CASE(a_gpu_that_is_not_there_is_refused_where_it_is_demanded) {
    auto const a = random_csr(80, 60, 0.1);
    auto const demanded = compute_device::cuda;
    std::vector<std::uint64_t> keys{2, 1};
    auto const refused = [](auto work) {
        auto const seen = failure_of(work);
        BOOST_TEST((seen == failure::unavailable));
        BOOST_TEST(seen.says("expected a GPU that can be used, found: "));
    };
    if (!choose_device(compute_device::automatic).cuda) {
        refused([&] { (void)choose_device(demanded); });
        refused([&] { sort_keys(keys, 0, 2, demanded); });
        refused([&] { (void)ppmi(random_counts(3), {.device = demanded}); });
        refused([&] { (void)pair_counter(10, {.device = demanded}); });
    }
    if (!choose_device(compute_device::automatic, true).cuda)
        refused([&] { (void)truncate_svd(a.view(), {.rank = 5, .device = demanded}); });
}

BOOST_AUTO_TEST_CASE(without_a_gpu_the_automatic_choice_is_the_cpu_to_the_byte, *without_a_gpu()) {
    BOOST_TEST(!choose_device(compute_device::cpu).cuda);
    BOOST_TEST(choose_device(compute_device::cpu).note.empty());
    auto const automatic = compute_device::automatic;
    auto const a = random_csr(400, 300, 0.05);
    auto const here = truncate_svd(a.view(), {.rank = 6}),
               chosen = truncate_svd(a.view(), {.rank = 6, .device = automatic});
    BOOST_TEST((here.singular_values == chosen.singular_values));
    BOOST_TEST((here.residuals == chosen.residuals));
    for (std::size_t r = 0; r < 400; ++r) BOOST_TEST(std::ranges::equal(here.u.view().row(r), chosen.u.view().row(r)));
    auto const counts = random_counts(50);
    BOOST_TEST(std::ranges::equal(ppmi(counts).view().values, ppmi(counts, {.device = automatic}).view().values));
    auto const batches = random_batches(500, true);
    BOOST_TEST((counted(500, batches, {}) == counted(500, batches, {.device = automatic})));
    std::vector<std::uint64_t> keys{5, 3, 0x100, 4};
    sort_keys(keys, 0, 8, automatic);
    BOOST_TEST((keys == std::vector<std::uint64_t>{0x100, 3, 4, 5}));
}

BOOST_AUTO_TEST_CASE(keys_sorted_on_a_gpu_are_in_the_same_order, *boost::unit_test::label("gpu") * on_a_gpu()) {
    auto rng = random_key(2).engine();
    for (std::size_t const count : std::vector<std::size_t>{0, 1, 1000, 3000000})
        for (auto const [low, high] : {std::pair(0U, 64U), std::pair(8U, 42U), std::pair(5U, 5U)}) {
            std::vector<std::uint64_t> keys(count);
            for (auto& k : keys) k = std::uint64_t{rng()} << 32 | rng();
            auto expected = keys;
            sort_keys(keys, low, high, compute_device::cuda);
            sort_keys(expected, low, high, compute_device::cpu);
            BOOST_TEST((keys == expected));
        }
}

BOOST_AUTO_TEST_CASE(pairs_added_up_on_a_gpu_are_the_same_counts, *boost::unit_test::label("gpu") * on_a_gpu()) {
    for (bool const both_ways : {false, true})
        for (std::size_t const types : std::vector<std::size_t>{1, 300, 100000}) {
            auto const batches = random_batches(types, both_ways);
            cooccurrence_options options{.weighting = distance_weighting::harmonic, .threads = 1};
            auto const expected = counted(types, batches, options);
            options.device = compute_device::cuda;
            for (unsigned const threads : {1U, 3U}) // little memory: many buffers
                for (std::uint64_t const memory : {std::uint64_t{4} << 20, std::uint64_t{1} << 28}) {
                    options.threads = threads;
                    options.memory_bytes = memory;
                    BOOST_TEST((counted(types, batches, options) == expected));
                }
        }
}

BOOST_AUTO_TEST_CASE(ppmi_from_a_gpu_differs_in_the_last_bit_at_most, *boost::unit_test::label("gpu") * on_a_gpu()) {
    auto const counts = random_counts(2000); // more entries than go to the device at once
    for (ppmi_options options :
         {ppmi_options{}, ppmi_options{.base = logarithm::natural, .smoothing = 0.75, .shift = 2}}) {
        auto const expected = ppmi(counts, options);
        options.device = compute_device::cuda;
        auto const found = ppmi(counts, options);
        BOOST_TEST(std::ranges::equal(found.view().row_offsets, expected.view().row_offsets));
        BOOST_REQUIRE(std::ranges::equal(found.view().columns_of, expected.view().columns_of));
        std::int64_t worst = 0;
        for (std::size_t i = 0; i < found.view().nonzeros(); ++i)
            worst = std::max(worst, steps_between(found.view().values[i], expected.view().values[i]));
        BOOST_TEST(worst <= 1);
    }
    BOOST_TEST(ppmi(cooccurrence_counts(), {.device = compute_device::cuda}).view().nonzeros() == 0);
}

BOOST_AUTO_TEST_CASE(singular_values_from_a_gpu_are_those_of_the_cpu,
                     *boost::unit_test::label("gpu") * on_a_gpu(true)) {
    struct shape {
        std::size_t rows, columns, rank;
    };
    // wide, tall, and one that is all small enough for the whole basis
    for (auto const [rows, columns, rank] : {shape{900, 2500, 30}, shape{3000, 700, 20}, shape{60, 40, 40}}) {
        auto const a = random_csr(rows, columns, 0.02);
        for (auto const method : {svd_method::accurate, svd_method::quick}) {
            truncated_svd_options options{.rank = rank, .method = method, .tolerance = 1e-6};
            auto const expected = truncate_svd(a.view(), options);
            options.device = compute_device::cuda;
            auto const found = truncate_svd(a.view(), options), again = truncate_svd(a.view(), options);
            BOOST_REQUIRE(found.rank() == expected.rank());
            BOOST_TEST(found.converged == expected.converged);
            auto const tolerance = method == svd_method::accurate ? 1e-5 : 1e-4; // quick: of a subspace of its own
            for (std::size_t i = 0; i < found.rank(); ++i)
                BOOST_TEST(std::abs(found.singular_values[i] / expected.singular_values[i] - 1) < tolerance);
            if (method == svd_method::accurate) BOOST_TEST(found.residual() < expected.residual() + 1e-3);
            BOOST_TEST((found.singular_values == again.singular_values));
            BOOST_TEST(std::ranges::equal(found.u.view().row(rows / 2), again.u.view().row(rows / 2)));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
