#include <boost/test/unit_test.hpp>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.safetensors;
import wordmill.stream;
import wordmill.training;
#include "../io/failure_of.hpp"
#include "../io/scratch_folder.hpp"

using namespace wordmill;

namespace {
/// A block that stands for `tokens` tokens.
struct piece : block_header {
    std::uint64_t number = 0;
    std::uint64_t tokens = 0;
};
/// Pieces 0 .. 5 of 10 tokens each, after the position.
generator<piece> pieces(position from, monitor watch, std::uint64_t stop_before) {
    for (auto n = from.record; n < 6; ++n) {
        if (n == stop_before) watch.request_stop();
        watch.check();
        piece p;
        p.number = n;
        p.tokens = 10;
        p.next = {.record = n + 1};
        co_yield std::move(p);
    }
}
/// Learns from legs; its parameter is the sequence of what it has seen.
struct leg_collector {
    std::vector<std::uint64_t> seen{};
    std::vector<std::uint64_t> legs{}; ///< pieces in each
    std::vector<std::string> calls{};
    void begin_epoch(std::uint64_t epoch) { calls.push_back("begin " + std::to_string(epoch)); }
    void end_epoch() { calls.push_back("end"); }
    loss_sum learn(generator<piece> leg) {
        legs.push_back(0);
        loss_sum loss;
        for (auto&& p : leg) {
            seen.push_back(p.number);
            ++legs.back();
            loss += {.sum = static_cast<double>(p.number), .count = p.tokens};
        }
        return loss;
    }
    static std::uint64_t passed(piece const& p) { return p.tokens; }
    std::uint64_t steps() const { return seen.size(); }
    double learning_rate() const { return 1; }
    void save_checkpoint(std::string const& path, note_map notes) const {
        std::string text;
        for (auto const n : seen) text += std::to_string(n);
        notes["seen"] = text;
        save_tensors(path, {}, notes, {.output = {.overwrite = true}});
    }
    note_map load_checkpoint(std::string const& path) {
        auto notes = load_tensors(path).notes;
        seen.clear();
        for (char const c : taken_note(notes, "seen", path)) seen.push_back(static_cast<std::uint64_t>(c - '0'));
        return notes;
    }
};
}

BOOST_AUTO_TEST_SUITE(legs)

// by hand: 6 pieces of 10 tokens an epoch; a leg ends once 25 tokens have been handed out, that is after 3 pieces
BOOST_AUTO_TEST_CASE(a_leg_learner_is_handed_an_epoch_in_legs_with_a_checkpoint_between_them) {
    scratch_folder const folder;
    leg_collector all;
    std::vector<double> sums;
    trainer run(all, {.on_epoch =
                          [&](training_report const& at) {
                              sums.push_back(at.loss.sum);
                              return 0.0;
                          },
                      .folder = run_folder(folder / "run", run_start::begin),
                      .checkpoint_interval = 25});
    auto const source = [] [[clang::coro_wrapper]] (std::uint64_t, position from) {
        return pieces(std::move(from), {}, 100);
    };
    run.fit(source, 2);
    BOOST_TEST(all.legs == (std::vector<std::uint64_t>{3, 3, 0, 3, 3, 0}), boost::test_tools::per_element());
    BOOST_TEST(sums == (std::vector<double>{15, 15}), boost::test_tools::per_element());
    BOOST_TEST(all.calls == (std::vector<std::string>{"begin 0", "end", "begin 1", "end"}),
               boost::test_tools::per_element());
    // without a folder an epoch is one leg
    leg_collector once;
    trainer(once).fit(source, 1);
    BOOST_TEST(once.legs == (std::vector<std::uint64_t>{6}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_run_in_legs_that_is_stopped_anywhere_learns_from_each_block_once) {
    for (std::uint64_t stop = 0; stop < 6; ++stop) {
        scratch_folder const folder;
        auto const part = [&](std::uint64_t stop_before, run_start start) {
            monitor watch;
            leg_collector learn;
            trainer run(learn,
                        {.folder = run_folder(folder / "run", start), .checkpoint_interval = 25, .watch = watch});
            run.resume();
            run.fit([&] [[clang::coro_wrapper]] (std::uint64_t,
                                                 position from) { return pieces(std::move(from), watch, stop_before); },
                    2 - run.epoch());
            return learn.seen;
        };
        BOOST_TEST_REQUIRE((failure_of([&] { (void)part(stop, run_start::begin); }) == failure::interrupted));
        BOOST_TEST((part(100, run_start::resume) == std::vector<std::uint64_t>{0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5}));
    }
}

BOOST_AUTO_TEST_SUITE_END()
