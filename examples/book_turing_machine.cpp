// Saito Goki, "Deep Learning from Scratch 2" (O'Reilly Japan 2018), chapter 8.5.3: a neural Turing machine learns to
// copy, as in Graves, Wayne & Danihelka, "Neural Turing Machines" (2014). It reads a sequence of random vectors of 8
// bits, then writes it once or, in the task "repeat", as often as it was told, and then the end.
//   book_turing_machine [--task copy|repeat] [--sequences N] [--longest L] [--seed S] [--picture FILE.svg]
// Lengths are drawn from 1 to L, by default 20; those of the task "repeat", and its repetitions, from 1 to 10. The
// picture shows what the trained machine writes to its memory and reads from it.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <numbers>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
import wordmill.plot;

namespace {
struct settings {
    bool repeats = false;
    std::size_t sequences = 60'000;
    std::size_t longest = 20;
    std::uint64_t seed = 1;
    std::string picture{};
};
settings settings_of(std::vector<std::string> const& arguments) {
    settings s;
    for (std::size_t i = 0; i + 1 < arguments.size(); i += 2)
        if (arguments[i] == "--task" && (arguments[i + 1] == "copy" || arguments[i + 1] == "repeat"))
            s = {.repeats = arguments[i + 1] == "repeat"};
    if (s.repeats) s.longest = 10;
    if (s.repeats) s.sequences = 200'000;
    for (std::size_t i = 0; i < arguments.size(); i += 2) {
        auto const& name = arguments[i];
        auto const value = i + 1 < arguments.size() ? arguments[i + 1] : "";
        if (name == "--sequences")
            s.sequences = std::stoull(value);
        else if (name == "--longest")
            s.longest = std::stoull(value);
        else if (name == "--seed")
            s.seed = std::stoull(value);
        else if (name == "--picture")
            s.picture = value;
        else if (name != "--task" || (value != "copy" && value != "repeat"))
            throw std::runtime_error("expected --task copy|repeat, --sequences, --longest, --seed or --picture, found "
                                     + name + " " + value);
    }
    return s;
}

constexpr std::size_t bits = 8;
constexpr std::size_t inputs = bits + 2;  // the end of the sequence, and the number of repetitions
constexpr std::size_t outputs = bits + 1; // the end of the answer

/// Sequences of one length. Row t lanes + b is lane b at step t.
struct task {
    std::size_t length, repetitions, lanes;
    std::vector<float> questions{};      ///< [steps lanes, inputs]
    std::vector<std::uint8_t> answers{}; ///< [answer_steps lanes, outputs], of the last steps

    [[nodiscard]] std::size_t answer_steps() const { return length * repetitions + 1; }
    [[nodiscard]] std::size_t steps() const { return length + 1 + answer_steps(); }
};
task make_task(std::size_t length, std::size_t repetitions, std::size_t lanes, wordmill::random_key key) {
    task made{length, repetitions, lanes};
    made.questions.resize(made.steps() * lanes * inputs);
    made.answers.resize(made.answer_steps() * lanes * outputs);
    auto rng = key.engine();
    for (std::size_t row = 0; row < length * lanes; ++row)
        for (std::size_t i = 0; i < bits; ++i) {
            auto const bit = rng.below(2);
            made.questions[row * inputs + i] = static_cast<float>(bit);
            for (std::size_t r = 0; r < repetitions; ++r)
                made.answers[(r * length * lanes + row) * outputs + i] = static_cast<std::uint8_t>(bit);
        }
    for (std::size_t lane = 0; lane < lanes; ++lane) {
        auto* const end = &made.questions[(length * lanes + lane) * inputs + bits];
        end[0] = 1;
        end[1] = (static_cast<float>(repetitions) - 5.5F) / 2.872F; // of 1 to 10: mean 0 and variance 1
        made.answers[((made.answer_steps() - 1) * lanes + lane) * outputs + bits] = 1;
    }
    return made;
}

/// A machine, and the layer that makes bits of its output.
class copier {
public:
    static constexpr wordmill::turing_machine_options options{.inputs = inputs};

    explicit copier(wordmill::random_key key)
        : machine_(options, add_turing_machine(options, "machine", set_, key.fold_in(1))) {
        fill_normal(set_.at("output.weight"), key.fold_in(2), 1 / std::sqrt(static_cast<double>(width)));
    }

    /// Takes a step of training at this rate and returns the mean error of a sequence, in bits.
    double train(task const& t, double rate) {
        adam_.set_learning_rate(rate);
        set_.begin_step();
        auto const loss = answer(t);
        auto const d_y = d_y_.resize(y_.rows, y_.columns);
        auto const d_answer = output_.backward(loss_.backward());
        ops_->fill(d_y, 0);
        ops_->copy(d_answer, rows_of(d_y, d_y.rows - d_answer.rows, d_answer.rows));
        (void)machine_.backward(d_y);
        adam_.step(loss.source());
        (void)adam_.norm(); // an error where it is not finite
        return bits_of(loss.wait(), t);
    }
    /// The mean error of a sequence, in bits, and the share of sequences with a wrong bit.
    struct score {
        double error = 0, wrong = 0;
    };
    score test(task const& t) {
        auto const error = bits_of(answer(t).wait(), t);
        auto const logits = on_host(*ops_, logits_);
        std::vector<int> wrong(t.lanes);
        for (std::size_t i = 0; i < logits.size(); ++i)
            if ((logits[i] > 0) != (t.answers[i] == 1)) wrong[i / outputs % t.lanes] = 1;
        return {error,
                static_cast<double>(std::accumulate(wrong.begin(), wrong.end(), 0)) / static_cast<double>(t.lanes)};
    }

    /// What the machine did in each step of one sequence: matrices [steps, ..] on the host.
    struct trace {
        std::vector<float> outputs, added, read, weightings;
    };
    trace follow(task const& t) {
        (void)answer(t);
        wordmill::tensor<float> found(ops_, y_.rows, outputs); // zeros until the answer begins
        ops_->activate(wordmill::activation::sigmoid, logits_,
                       rows_of(found.view(), y_.rows - logits_.rows, logits_.rows));
        return {found.values(), on_host(*ops_, machine_.added()),
                on_host(*ops_, columns_of(y_, options.hidden, options.width)), on_host(*ops_, machine_.weightings())};
    }

private:
    static constexpr std::size_t width = options.hidden + options.width;

    wordmill::deferred<wordmill::loss_sum> answer(task const& t) {
        (void)x_.resize(t.steps() * t.lanes, inputs);
        x_.assign(t.questions);
        y_ = machine_.forward(x_.view(), t.lanes);
        auto const rows = t.answer_steps() * t.lanes;
        logits_ = output_.forward(rows_of(y_, y_.rows - rows, rows));
        return loss_.forward(logits_, t.answers);
    }
    static double bits_of(wordmill::loss_sum const& loss, task const& t) {
        return loss.sum / std::numbers::ln2 / static_cast<double>(t.lanes);
    }

    std::shared_ptr<wordmill::operations<float>> ops_ = wordmill::cpu_operations();
    wordmill::parameter_set<float> set_{ops_};
    wordmill::turing_machine<float> machine_;
    wordmill::affine<float> output_{set_.add("output.weight", width, outputs), &set_.add("output.bias", 1, outputs)};
    wordmill::sigmoid_loss<float> loss_{ops_};
    // The paper has RMSprop with a rate of 1e-4, and clips the values of gradients.
    wordmill::optimizer<float> adam_{set_, {.kind = wordmill::optimizer_kind::adam, .max_norm = 0.3}};
    wordmill::tensor<float> x_{ops_}, d_y_{ops_};
    wordmill::device_view<float const> y_{}, logits_{};
};

/// Columns `first` .. `first + count` of a matrix [steps, columns], turned: time goes from left to right.
std::vector<float> over_time(std::vector<float> const& rows, std::size_t steps, std::size_t first, std::size_t count) {
    auto const columns = rows.size() / steps;
    std::vector<float> turned(count * steps);
    for (std::size_t t = 0; t < steps; ++t)
        for (std::size_t i = 0; i < count; ++i) turned[i * steps + t] = rows[t * columns + first + i];
    return turned;
}

/// Draws what figures 4 to 6 of the paper show, and of the memory the slots around those that a head is at.
void draw(copier& model, task const& t, std::string const& file) {
    auto const [answer, added, read, weightings] = model.follow(t);
    auto const steps = t.steps(), slots = copier::options.slots, size = copier::options.width;
    auto first = slots, last = std::size_t{0};
    for (std::size_t i = 0; i < weightings.size(); ++i)
        if (weightings[i] > 0.1F) {
            first = std::min(first, i % slots);
            last = std::max(last, i % slots);
        }
    first -= std::min<std::size_t>(first, 3);
    last = std::min(last + 3, slots - 1);
    struct part {
        char const* title;
        std::vector<float> values;
        std::size_t first_row;
        double height, least;
    };
    part const parts[]{
        {"Inputs", over_time(t.questions, steps, 0, bits), 0, 80, 0},
        {"Outputs", over_time(answer, steps, 0, bits), 0, 80, 0},
        {"Adds", over_time(added, steps, 0, size), 0, 140, -1},
        {"Reads", over_time(read, steps, 0, size), 0, 140, -1},
        {"Write weightings", over_time(weightings, steps, slots + first, last + 1 - first), first, 240, 0},
        {"Read weightings", over_time(weightings, steps, first, last + 1 - first), first, 240, 0}};
    std::vector<wordmill::matrix_panel> panels;
    for (auto const& [title, values, first_row, height, least] : parts)
        panels.push_back(
            {title, {values.data(), values.size() / steps, steps, steps}, first_row, height, {{least, 1}}});
    wordmill::save_svg(file, matrix_chart(panels, {.x_label = "step"}));
}

void report(copier& model, std::size_t length, std::size_t repetitions, wordmill::random_key key) {
    auto const [error, wrong] = model.test(make_task(length, repetitions, 100, key));
    std::printf("length %zu, %zu time%s: %.3f bits per sequence, %.0f %% of 100 with a wrong bit\n", length,
                repetitions, repetitions == 1 ? "" : "s", error, 100 * wrong);
}
}

int main(int argc, char** argv) try {
    auto const s = settings_of({argv + 1, argv + argc});
    constexpr std::size_t lanes = 4, between_reports = 1000;
    wordmill::random_key const key(s.seed);
    copier model(key.fold_in(0));
    auto rng = key.fold_in(1).engine();
    wordmill::cosine_rate const rate{.first = 0.001, .last = 0, .steps = s.sequences};
    double error = 0;
    for (std::size_t seen = 0; seen < s.sequences;) {
        auto const length = 1 + rng.below(s.longest), repetitions = s.repeats ? 1 + rng.below(s.longest) : 1;
        error +=
            lanes * model.train(make_task(length, repetitions, lanes, key.fold_in(2).fold_in(seen)), rate.at(seen));
        seen += lanes;
        if (seen % between_reports != 0) continue;
        std::printf("%zu sequences: %.3f bits per sequence\n", seen, error / between_reports);
        std::fflush(stdout);
        error = 0;
    }
    auto const longest = s.longest;
    report(model, longest, s.repeats ? longest : 1, key.fold_in(3));
    report(model, 2 * longest, s.repeats ? longest : 1, key.fold_in(4));
    if (s.repeats) report(model, longest, 2 * longest, key.fold_in(5));
    if (!s.picture.empty()) draw(model, make_task(longest, s.repeats ? 3 : 1, 1, key.fold_in(6)), s.picture);
} catch (std::exception const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
}
