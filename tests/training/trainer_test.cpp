#include <array>
#include <boost/test/unit_test.hpp>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>
import wordmill.compute;
import wordmill.core;
import wordmill.metrics;
import wordmill.nn;
import wordmill.stream;
import wordmill.training;
#include "../io/failure_of.hpp"
#include "../io/scratch_folder.hpp"

using namespace wordmill;

namespace {
auto const near = boost::test_tools::tolerance(1e-12);

/// Two classes of seven points in the plane, in batches of 3, 3 and 1.
struct points {
    std::shared_ptr<operations<float>> ops = cpu_operations();
    std::vector<float> places{0, 1, 1, 2, 2, 4, 3, 1, -1, -2, -2, 1, 4, 0};
    std::vector<token_id> classes{id_at(0), id_at(0), id_at(0), id_at(1), id_at(1), id_at(0), id_at(1)};
    labelled_rows data{ops, places, 2, classes};
    parameter_set<float> model{ops};
    affine<float> output{model.add("weight", 2, 2), &model.add("bias", 1, 2)};
    softmax_loss<float> loss{ops};
    std::uint64_t calls = 0;
    shuffled_rows batches{.rows = 7, .batch_size = 3, .key = random_key(3)};

    points() { fill_normal(model.at("weight"), random_key(4), 0.1); }
    loss_sum gradients(minibatch const& batch) {
        ++calls;
        auto const [x, targets] = data.at(batch.rows);
        auto const found = loss.forward(output.forward(x), targets);
        (void)output.backward(loss.backward());
        return found.wait();
    }
};

/// A model without gradients, whose losses are 1, 2, 3 ...
struct counted {
    parameter_set<float> model{reference_operations<float>()};
    double last = 0;
    gradient_learner<std::function<loss_sum(block_header const&)>> learn{
        model, {}, [this](block_header const&) { return loss_sum{.sum = ++last, .count = 1}; }};
};

/// Two of the numbers 0 .. 4 a pass, each pass going on where the one before ended.
struct numbered : block_header {
    std::uint64_t number = 0;
};
generator<numbered> round_and_round(position from) {
    for (auto n = from.record, taken = from.block; taken < 2; ++taken) {
        numbered batch;
        batch.number = n;
        n = (n + 1) % 5;
        batch.start = from;
        batch.next = {.record = n, .block = taken == 1 ? 0 : taken + 1};
        co_yield std::move(batch);
    }
}
}

BOOST_AUTO_TEST_SUITE(trainers)

// by hand: means of two losses each of 1, 2, 3 ... 9; three steps an epoch
BOOST_AUTO_TEST_CASE(the_curve_has_a_point_every_so_many_steps_over_several_fits) {
    counted c;
    std::vector<double> told;
    std::vector<double> epochs;
    trainer run(c.learn, {.evaluation_interval = 2,
                          .on_evaluation = [&](training_report const& at) { told.push_back(at.loss.mean()); },
                          .on_epoch = [&](training_report const& at) { return epochs.emplace_back(at.loss.sum); }});
    shuffled_rows const rows{.rows = 3, .batch_size = 1};
    run.fit(rows, 2);
    BOOST_TEST(run.epoch() == 2u);
    run.fit(rows, 1);
    BOOST_TEST(run.epoch() == 3u);
    BOOST_TEST(told == (std::vector<double>{1.5, 3.5, 5.5, 7.5}), boost::test_tools::per_element());
    BOOST_TEST(epochs == (std::vector<double>{6, 15, 24}), boost::test_tools::per_element());
    std::vector<std::array<std::uint64_t, 2>> at;
    for (auto const& point : run.curve()) at.push_back({point.epoch, point.steps});
    BOOST_TEST((at == std::vector<std::array<std::uint64_t, 2>>{{1, 2}, {2, 4}, {2, 6}, {3, 8}}));
    BOOST_TEST(run.curve()[0].perplexity() == 4.4816890703380645, near); // e^1.5
}

BOOST_AUTO_TEST_CASE(without_an_interval_the_curve_has_a_point_an_epoch) {
    counted c;
    trainer run(c.learn, {.evaluation_interval = 0});
    run.fit(shuffled_rows{.rows = 3, .batch_size = 1}, 2);
    BOOST_REQUIRE(run.curve().size() == 2u);
    BOOST_TEST(run.curve()[0].loss.mean() == 2);
    BOOST_TEST(run.curve()[1].loss.mean() == 5);
}

BOOST_AUTO_TEST_CASE(it_stops_when_scores_have_not_become_better_for_so_many_epochs) {
    counted c;
    std::vector<double> const scores{5, 4, 4.5, 4, 3};
    trainer run(c.learn,
                {.on_epoch = [&](training_report const& at) { return scores.at(at.epoch - 1); }, .patience = 2});
    shuffled_rows const rows{.rows = 1};
    run.fit(rows, 100);
    BOOST_TEST(run.epoch() == 4u);
    BOOST_TEST(run.standing().best == 4);
    run.fit(rows, 100);
    BOOST_TEST(run.epoch() == 4u);
}

BOOST_AUTO_TEST_CASE(it_learns) {
    points p;
    gradient_learner learn(p.model, {.learning_rate = 0.5}, [&](minibatch const& b) { return p.gradients(b); });
    trainer run(learn, {.evaluation_interval = 0});
    run.fit(p.batches, 200);
    BOOST_TEST(run.curve().front().loss.mean() > 0.3);
    BOOST_TEST(run.curve().back().loss.mean() < 0.05);
    BOOST_TEST(learn.steps() == 600u);
    auto const all =
        p.data.at(std::vector<row_number>{row_at(0), row_at(1), row_at(2), row_at(3), row_at(4), row_at(5), row_at(6)});
    BOOST_TEST((largest_columns(*p.ops, p.output.forward(all.inputs)) == p.classes));
}

BOOST_AUTO_TEST_CASE(a_run_stopped_after_any_step_and_resumed_ends_with_the_same_bytes) {
    scratch_folder const folder;
    constexpr std::uint64_t epochs = 3, steps = 9;
    for (auto const kind : {optimizer_kind::sgd, optimizer_kind::momentum, optimizer_kind::adam}) {
        optimizer_options const how{.kind = kind, .learning_rate = 0.1, .max_norm = 0.5};
        auto const options = [&](std::string const& name) {
            return trainer_options{.evaluation_interval = 2,
                                   .folder = run_folder(folder / name, run_start::begin_or_resume, true)};
        };
        std::filesystem::remove_all(folder / "whole");
        points whole;
        gradient_learner all(whole.model, how, [&](minibatch const& b) { return whole.gradients(b); });
        trainer(all, options("whole")).fit(whole.batches, epochs);
        BOOST_TEST_REQUIRE(whole.calls == steps);
        for (std::uint64_t k = 1; k <= steps; ++k) {
            std::filesystem::remove_all(folder / "parts");
            auto stopping = options("parts");
            points first;
            gradient_learner one(first.model, how, [&](minibatch const& b) {
                auto const loss = first.gradients(b);
                if (first.calls == k) stopping.watch.request_stop();
                return loss;
            });
            trainer before(one, stopping);
            auto const seen = failure_of([&] { before.fit(first.batches, epochs); });
            BOOST_TEST_REQUIRE((seen == failure::interrupted));
            BOOST_TEST_REQUIRE(seen.says("after step " + std::to_string(k)));
            points second;
            gradient_learner two(second.model, how, [&](minibatch const& b) { return second.gradients(b); });
            trainer after(two, options("parts"));
            BOOST_TEST_REQUIRE(after.resume());
            BOOST_TEST_REQUIRE(two.steps() == k);
            after.fit(second.batches, epochs - after.epoch());
            BOOST_TEST_REQUIRE(second.calls == steps - k);
            BOOST_TEST_REQUIRE((file_bytes(folder / "parts/checkpoint") == file_bytes(folder / "whole/checkpoint")));
        }
    }
}

// by hand: numbers 0 1 | 2 3 | 4 0 | 1 2
BOOST_AUTO_TEST_CASE(a_stream_may_go_on_where_the_epoch_before_ended) {
    scratch_folder const folder;
    for (std::uint64_t k = 1; k <= 8; ++k) {
        std::vector<std::uint64_t> seen;
        auto const part = [&](std::uint64_t stop_at, bool resumed) {
            monitor watch;
            parameter_set<float> model(reference_operations<float>());
            gradient_learner learn(model, {}, [&](numbered const& batch) {
                seen.push_back(batch.number);
                if (seen.size() == stop_at) watch.request_stop();
                return loss_sum{.sum = 1, .count = 1};
            });
            trainer run(learn,
                        {.folder = run_folder(folder / "run", resumed ? run_start::resume : run_start::begin, true),
                         .epochs_continue = true,
                         .watch = watch});
            BOOST_TEST_REQUIRE(run.resume() == resumed);
            run.fit(
                [] [[clang::coro_wrapper]] (std::uint64_t, position from) { return round_and_round(std::move(from)); },
                4 - run.epoch());
        };
        BOOST_TEST_REQUIRE((failure_of([&] { part(k, false); }) == failure::interrupted));
        part(0, true);
        BOOST_TEST_REQUIRE((seen == std::vector<std::uint64_t>{0, 1, 2, 3, 4, 0, 1, 2}));
    }
}

// by hand: batches of 3, 3 and 1 rows
BOOST_AUTO_TEST_CASE(checkpoints_come_when_the_interval_is_full) {
    scratch_folder const folder;
    run_folder const kept(folder / "run", run_start::begin);
    points p;
    std::vector<bool> there;
    gradient_learner learn(p.model, {}, [&](minibatch const& b) {
        there.push_back(std::filesystem::exists(kept.file("checkpoint")));
        return p.gradients(b);
    });
    trainer run(learn, {.folder = kept, .checkpoint_interval = 4});
    run.fit(p.batches, 1);
    BOOST_TEST(there == (std::vector<bool>{false, false, true}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_loss_that_is_not_finite_stops_the_run_and_leaves_model_and_checkpoint) {
    scratch_folder const folder;
    run_folder const kept(folder / "run", run_start::begin);
    auto const path = kept.file("checkpoint");
    points p;
    std::vector<float> before;
    std::string good;
    gradient_learner learn(p.model, {.learning_rate = 0.25}, [&](minibatch const& b) {
        auto loss = p.gradients(b);
        if (p.calls == 5) {
            before = p.model.at("weight").host_values();
            good = file_bytes(path);
            loss.sum = std::numeric_limits<double>::quiet_NaN();
        }
        return loss;
    });
    trainer run(learn, {.folder = kept});
    auto const seen = failure_of([&] { run.fit(p.batches, 3); });
    BOOST_TEST((seen == failure::bad_data));
    BOOST_TEST(seen.says("step 5 at a learning rate of 0.25"));
    BOOST_TEST(seen.says("expected a finite loss"));
    BOOST_TEST(p.model.at("weight").host_values() == before, boost::test_tools::per_element());
    BOOST_TEST(!good.empty());
    BOOST_TEST((file_bytes(path) == good));
}

BOOST_AUTO_TEST_CASE(a_score_that_is_no_number_and_an_epoch_without_batches_are_refused) {
    counted c;
    trainer run(c.learn, {.on_epoch = [](training_report const&) { return std::numeric_limits<double>::quiet_NaN(); }});
    BOOST_TEST(failure_of([&] { run.fit(shuffled_rows{.rows = 1}, 1); }).says("the score of epoch 1, found NaN"));
    trainer other(c.learn);
    BOOST_TEST(failure_of([&] {
                   other.fit([] [[clang::coro_wrapper]] (std::uint64_t, position) { return generator<numbered>(); }, 1);
               }).says("expected a batch in epoch 1, found none"));
}

BOOST_AUTO_TEST_CASE(a_checkpoint_that_is_none_of_a_trainer_is_refused) {
    scratch_folder const folder;
    counted c;
    run_folder const empty(folder / "run", run_start::begin);
    BOOST_TEST(!trainer(c.learn, {.folder = empty}).resume());
    auto const refused = [&](note_map const& notes, std::string const& message) {
        c.learn.save_checkpoint(empty.file("checkpoint"), notes);
        trainer run(c.learn, {.folder = run_folder(folder / "run", run_start::resume), .description = {{"rate", "1"}}});
        auto const seen = failure_of([&] { run.resume(); });
        BOOST_TEST((seen == failure::bad_data));
        BOOST_TEST(seen.says(message), seen.text);
    };
    auto const begun_with = [](std::string rate, note_map more = {}) {
        add_description({{"rate", std::move(rate)}}, more);
        return more;
    };
    refused({}, "expected a checkpoint of version 2, found no version");
    refused({{"checkpoint", "1"}}, "expected a checkpoint of version 2, found version 1");
    refused(begun_with("2"), "--rate: begun with '2', now '1'");
    refused(begun_with("1"), "expected a note 'epoch', found none");
    refused(begun_with("1", {{"epoch", "x"}}), "expected a number as note 'epoch', found 'x'");
    auto notes =
        training_standing{.epoch = 3, .at = {.block = 2}, .curve = {{1, 20, {.sum = 0.1, .count = 3}}}}.to_notes();
    auto written = notes;
    auto const back = training_standing::of(written, "f");
    BOOST_TEST(written.empty());
    BOOST_TEST(back.epoch == 3u);
    BOOST_TEST((back.at == position{.block = 2}));
    BOOST_TEST(back.best == std::numeric_limits<double>::infinity());
    BOOST_REQUIRE(back.curve.size() == 1u);
    BOOST_TEST(back.curve[0].loss.sum == 0.1);
    notes["curve"] = "1 20 0.1;";
    auto const seen = failure_of([&] { (void)training_standing::of(notes, "f"); });
    BOOST_TEST((seen == failure::bad_data));
    BOOST_TEST(seen.says("points of four numbers as its note 'curve', found"));
}

// by hand: 7 rows an epoch, all batches of 3, 3 and 1
BOOST_AUTO_TEST_CASE(the_recorder_sees_what_is_learnt) {
    points p;
    monitor watch;
    std::vector<training_point> seen;
    training_recorder recorder(watch, {[&](training_point const& point) { seen.push_back(point); }}, {.every = 3600});
    gradient_learner learn(p.model, {.learning_rate = 0.5}, [&](minibatch const& b) { return p.gradients(b); });
    trainer run(learn, {.on_epoch =
                            [&](training_report const& at) {
                                recorder.end_epoch(at.loss.mean());
                                return at.loss.mean();
                            },
                        .watch = watch});
    run.fit(p.batches, 2);
    recorder.finish();
    BOOST_REQUIRE(seen.size() == 2u);
    BOOST_TEST(seen[0].tokens == 7u);
    BOOST_TEST(seen[1].tokens == 14u);
    BOOST_TEST(seen[1].epoch == 2u);
    BOOST_TEST(seen[1].learning_rate == 0.5);
    BOOST_TEST(*seen[1].epoch_loss == run.standing().best, near);
}

BOOST_AUTO_TEST_SUITE_END()
