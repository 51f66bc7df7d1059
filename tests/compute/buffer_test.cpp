#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>
import wordmill.core;
import wordmill.compute;

using wordmill::device_span;
using wordmill::device_view;

namespace {
template <class View>
concept reads_values = requires(View v) { v(0, 0); } || requires(View v) { v.data; } || requires(View v) { v.data(); }
                       || requires(View v) { v[0]; } || requires(View v) { v.row(0); } || requires(View v) { *v; };
static_assert(reads_values<wordmill::matrix_view<float>>);
static_assert(!reads_values<device_view<float>> && !reads_values<device_span<float>>);
static_assert(!std::is_convertible_v<device_view<float>, wordmill::matrix_view<float>>);
static_assert(!std::is_convertible_v<wordmill::matrix_view<float>, device_view<float>>);
static_assert(std::is_trivially_copyable_v<device_view<float>>);

struct address_reader : wordmill::device_code {
    static std::uintptr_t of(device_view<float> x) { return reinterpret_cast<std::uintptr_t>(memory_of(x).data); }
};

std::vector<float> on_host(wordmill::compute_queue& queue, device_view<float const> x) {
    std::vector<float> values(x.rows * x.columns);
    queue.download(x, std::span(values));
    queue.wait();
    return values;
}
}

BOOST_AUTO_TEST_SUITE(buffers)

BOOST_AUTO_TEST_CASE(memory_is_zero_and_aligned_and_keeps_what_is_put_in) {
    auto const queue = wordmill::processor_queue();
    wordmill::buffer<float> x(queue, 6);
    BOOST_TEST(address_reader::of(x.matrix(2, 3)) % 64 == 0u);
    BOOST_TEST((on_host(*queue, x.matrix(2, 3)) == std::vector<float>(6)));
    std::vector<float> const values{1, 2, 3, 4, 5, 6};
    queue->upload(std::span(values), x.matrix(2, 3));
    BOOST_TEST((on_host(*queue, x.matrix(3, 2)) == values));
    auto const y = std::move(x);
    BOOST_TEST((on_host(*queue, y.matrix(1, 6)) == values));
}

BOOST_AUTO_TEST_CASE(parts_of_a_matrix_leave_the_rest_alone) {
    auto const queue = wordmill::processor_queue();
    wordmill::buffer<float> x(queue, 6);
    auto const all = x.matrix(2, 3);
    std::vector<float> const two{7, 8};
    queue->upload(std::span(two), columns_of(all, 1, 1));
    BOOST_TEST((on_host(*queue, all) == std::vector<float>{0, 7, 0, 0, 8, 0}));
    BOOST_TEST((on_host(*queue, columns_of(rows_of(all, 1, 1), 1, 2)) == std::vector<float>{8, 0}));
    BOOST_TEST((on_host(*queue, as_row(x.matrix(6, 1))) == std::vector<float>{0, 7, 0, 0, 8, 0}));
    BOOST_CHECK_THROW((void)as_row(columns_of(all, 0, 1)), wordmill::contract_violation);
    BOOST_CHECK_THROW((void)x.span(6).subspan(4, 3), wordmill::contract_violation);
    BOOST_CHECK_THROW(queue->upload(std::span(two), all), wordmill::contract_violation);
}

BOOST_AUTO_TEST_CASE(a_buffer_only_grows) {
    wordmill::buffer<float> x(wordmill::processor_queue(), 4);
    auto const before = address_reader::of(x.matrix(1, 1));
    BOOST_TEST(x.grow_to(2).size() == 2u);
    BOOST_TEST(address_reader::of(x.matrix(1, 1)) == before);
    BOOST_TEST(x.grow_to(9).size() == 9u);
    BOOST_TEST(x.size() == 9u);
}

BOOST_AUTO_TEST_CASE(a_deferred_value_is_read_after_it_was_requested) {
    wordmill::deferred<double> x(wordmill::processor_queue());
    BOOST_CHECK_THROW((void)x.value(), wordmill::contract_violation);
    BOOST_TEST(x.wait() == 0.0);
    x.set(1.5);
    BOOST_TEST(!x.ready());
    BOOST_CHECK_THROW((void)x.value(), wordmill::contract_violation);
    auto const same = x;
    x.request();
    BOOST_TEST(same.ready());
    BOOST_TEST(same.value() == 1.5);
    (void)x.target(); // something may be added from here on
    BOOST_CHECK_THROW((void)same.value(), wordmill::contract_violation);
    BOOST_TEST(same.wait() == 1.5);
}

BOOST_AUTO_TEST_CASE(mirrored_values_are_those_of_the_host_when_they_were_uploaded) {
    auto const queue = wordmill::processor_queue();
    wordmill::mirrored<std::uint32_t> ids(queue);
    std::vector<std::uint32_t> const three{3, 1, 2};
    std::vector<std::uint32_t> found(3);
    auto const copy = ids.assign(three);
    ids.host().clear();
    BOOST_TEST(ids.device().empty());
    queue->download(copy, std::span(found));
    queue->wait();
    BOOST_TEST((found == three));
}

BOOST_AUTO_TEST_SUITE_END()
