// A device that is not the processor: its memory cannot be touched by the host, and its work is done late. It runs the
// reference's operations on its own memory, so that its numbers are the reference's bit for bit. Included after
// wordmill.compute, wordmill.core and wordmill.nn are imported.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <sys/mman.h>
#include <utility>
#include <vector>

/// Memory at addresses that the host may neither read nor write; the device opens it while it works. What is released
/// is never given out again and is filled with a pattern that is no number.
class closed_memory {
public:
    closed_memory()
        : start_(
              static_cast<char*>(mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0))) {
        if (start_ == MAP_FAILED) throw std::bad_alloc();
    }
    closed_memory(closed_memory const&) = delete;
    closed_memory& operator=(closed_memory const&) = delete;
    ~closed_memory() { munmap(start_, size); }

    void* take(std::size_t bytes) {
        auto* const memory = start_ + used_;
        used_ += (bytes + 63) / 64 * 64;
        if (used_ > size) throw std::bad_alloc();
        return memory;
    }
    /// Runs `work` while the memory is open.
    template <class Work> void open_for(Work const& work) {
        protect(PROT_READ | PROT_WRITE);
        try {
            work();
        } catch (...) {
            protect(PROT_NONE);
            throw;
        }
        protect(PROT_NONE);
    }

private:
    void protect(int how) {
        if (mprotect(start_, size, how) != 0) throw std::bad_alloc();
    }
    static constexpr std::size_t size = std::size_t{1} << 28;
    char* start_;
    std::size_t used_ = 0;
};

/// Puts work off until somebody waits. Hosts' memory that results come to is filled with a pattern that is no number
/// until then.
class fake_queue final : public wordmill::compute_queue {
public:
    wordmill::queue_mark mark() override { return wordmill::queue_mark{asked_}; }
    bool done(wordmill::queue_mark at) override { return done_ >= static_cast<std::uint64_t>(at); }
    void wait(wordmill::queue_mark at) override {
        if (!may_not_wait_) ++waits_;
        memory_.open_for([&] {
            while (!done(at)) {
                auto const work = std::move(work_.front());
                work_.pop_front();
                ++done_;
                work();
            }
        });
        // Only now, so that no work is left that writes to what the exception destroys.
        if (may_not_wait_) throw std::logic_error("fake device: a call that is to be queued waits");
    }
    using compute_queue::wait;

    /// Work for the device.
    void add(std::function<void()> work) {
        work_.push_back(std::move(work));
        ++asked_;
    }
    [[nodiscard]] std::uint64_t asked() const noexcept { return asked_; }
    [[nodiscard]] std::uint64_t waits() const noexcept { return waits_; }

    /// While it lives, nothing may wait for the device.
    class no_waits {
    public:
        explicit no_waits(fake_queue& queue) : queue_(queue) { queue_.may_not_wait_ = true; }
        no_waits(no_waits const&) = delete;
        no_waits& operator=(no_waits const&) = delete;
        ~no_waits() { queue_.may_not_wait_ = false; }

    private:
        fake_queue& queue_;
    };

protected:
    void* allocate(std::size_t bytes) override {
        auto* const memory = memory_.take(bytes + alignof(std::max_align_t)); // fresh pages are zero
        sizes_.emplace_back(memory, bytes);
        return memory;
    }
    void release(void* memory) noexcept override {
        for (auto const& [start, bytes] : sizes_)
            if (start == memory) add([start, bytes] { std::memset(start, no_number, bytes); });
    }
    void copy_in(host_rows<void const*> from, void* to, std::size_t stride) override {
        auto const* const first = static_cast<char const*>(from.data);
        add([values = std::vector<char>(first, first + from.bytes * from.rows), bytes = from.bytes, to, stride] {
            for (std::size_t at = 0, r = 0; at < values.size(); at += bytes, ++r)
                std::memcpy(static_cast<char*>(to) + r * stride, values.data() + at, bytes);
        });
    }
    void copy_out(void const* from, std::size_t stride, host_rows<void*> to) override {
        std::memset(to.data, no_number, to.bytes * to.rows);
        add([=] {
            for (std::size_t r = 0; r < to.rows; ++r)
                std::memcpy(static_cast<char*>(to.data) + r * to.bytes, static_cast<char const*>(from) + r * stride,
                            to.bytes);
        });
    }

private:
    static constexpr int no_number = 0xff; // floats and doubles of such bytes are NaN
    closed_memory memory_{};
    std::vector<std::pair<void*, std::size_t>> sizes_{};
    std::deque<std::function<void()>> work_{};
    std::uint64_t asked_ = 0, done_ = 0, waits_ = 0;
    bool may_not_wait_ = false;
};

/// The operations of the fake device: every call is queued, with copies of its arguments.
template <class T> class fake_operations final : public wordmill::operations<T> {
public:
    using view = wordmill::device_view<T>;
    using const_view = wordmill::device_view<T const>;
    using ids = wordmill::device_span<wordmill::token_id const>;

    explicit fake_operations(std::shared_ptr<fake_queue> queue)
        : wordmill::operations<T>(queue), queue_of_fake_(*queue), reference_(wordmill::reference_operations<T>()) {}
    std::string name() const override { return "fake"; }

    void copy(const_view from, view to) override {
        later([=](auto& ops) { ops.copy(from, to); });
    }
    void fill(view x, T value) override {
        later([=](auto& ops) { ops.fill(x, value); });
    }
    void multiply(wordmill::transposed a_form, const_view a, wordmill::transposed b_form, const_view b, T beta,
                  view c) override {
        later([=](auto& ops) { ops.multiply(a_form, a, b_form, b, beta, c); });
    }
    void add_row(const_view row, view x) override {
        later([=](auto& ops) { ops.add_row(row, x); });
    }
    void sum_rows(const_view x, T beta, view row) override {
        later([=](auto& ops) { ops.sum_rows(x, beta, row); });
    }
    void add(const_view x, T scale, view y) override {
        later([=](auto& ops) { ops.add(x, scale, y); });
    }
    void scale(view x, T factor) override {
        later([=](auto& ops) { ops.scale(x, factor); });
    }
    void multiply_values(const_view a, const_view b, view c) override {
        later([=](auto& ops) { ops.multiply_values(a, b, c); });
    }
    void activate(wordmill::activation f, const_view x, view y) override {
        later([=](auto& ops) { ops.activate(f, x, y); });
    }
    void activate_backward(wordmill::activation f, const_view y, const_view d_y, view d_x) override {
        later([=](auto& ops) { ops.activate_backward(f, y, d_y, d_x); });
    }
    void drop(wordmill::dropout_mask const& mask, const_view x, view y) override {
        later([=](auto& ops) { ops.drop(mask, x, y); });
    }
    void softmax_loss(const_view logits, ids targets, view probabilities, wordmill::loss_target loss,
                      T smoothing) override {
        later([=](auto& ops) { ops.softmax_loss(logits, targets, probabilities, loss, smoothing); });
    }
    void softmax_loss_backward(const_view probabilities, ids targets, T scale, view d_logits, T smoothing) override {
        later([=](auto& ops) { ops.softmax_loss_backward(probabilities, targets, scale, d_logits, smoothing); });
    }
    void projection_loss(const_view x, wordmill::projection<T> const& to, ids targets, wordmill::loss_target loss,
                         wordmill::projection_gradients<T> const& gradients) override {
        later([=](auto& ops) { ops.projection_loss(x, to, targets, loss, gradients); });
    }
    void sigmoid_loss(const_view x, wordmill::device_span<std::uint8_t const> labels, T scale, view d_x,
                      wordmill::loss_target loss) override {
        later([=](auto& ops) { ops.sigmoid_loss(x, labels, scale, d_x, loss); });
    }
    void gather(const_view table, ids rows, view out) override {
        later([=](auto& ops) { ops.gather(table, rows, out); });
    }
    void scatter_add(const_view x, ids rows, view table) override {
        later([=](auto& ops) { ops.scatter_add(x, rows, table); });
    }
    void sum_into(const_view x, wordmill::device_span<std::uint32_t const> places, view to) override {
        later([=](auto& ops) { ops.sum_into(x, places, to); });
    }
    void dot_rows(const_view a, const_view h, view out) override {
        later([=](auto& ops) { ops.dot_rows(a, h, out); });
    }
    void dot_rows_backward(const_view d_out, const_view a, const_view h, view d_a, view d_h) override {
        later([=](auto& ops) { ops.dot_rows_backward(d_out, a, h, d_a, d_h); });
    }
    using lane_lengths = wordmill::device_span<std::uint32_t const>;
    void reverse_steps(std::size_t lanes, const_view x, lane_lengths lengths, view y) override {
        later([=](auto& ops) { ops.reverse_steps(lanes, x, lengths, y); });
    }
    void repeat_rows(const_view from, view to) override {
        later([=](auto& ops) { ops.repeat_rows(from, to); });
    }
    void sum_steps(const_view x, T beta, view to) override {
        later([=](auto& ops) { ops.sum_steps(x, beta, to); });
    }
    void multiply_lanes(std::size_t lanes, wordmill::transposed a_form, const_view a, wordmill::transposed b_form,
                        const_view b, T scale, T beta, view c) override {
        later([=](auto& ops) { ops.multiply_lanes(lanes, a_form, a, b_form, b, scale, beta, c); });
    }
    void masked_softmax(std::size_t lanes, const_view x, lane_lengths lengths, view y) override {
        later([=](auto& ops) { ops.masked_softmax(lanes, x, lengths, y); });
    }
    void additive_scores(std::size_t lanes, const_view queries, const_view keys, const_view vector,
                         lane_lengths lengths, view scores) override {
        later([=](auto& ops) { ops.additive_scores(lanes, queries, keys, vector, lengths, scores); });
    }
    void additive_scores_backward(std::size_t lanes, const_view queries, const_view keys, const_view vector,
                                  lane_lengths lengths, const_view d_scores, view d_queries, view d_keys, T beta,
                                  view d_vector) override {
        later([=](auto& ops) {
            ops.additive_scores_backward(lanes, queries, keys, vector, lengths, d_scores, d_queries, d_keys, beta,
                                         d_vector);
        });
    }
    void normalize(wordmill::normalization<T> const& of, const_view bias, view y) override {
        later([=](auto& ops) { ops.normalize(of, bias, y); });
    }
    void normalize_backward(wordmill::normalization<T> const& of,
                            wordmill::normalization_gradients<T> const& gradients) override {
        later([=](auto& ops) { ops.normalize_backward(of, gradients); });
    }
    void multi_head_forward(wordmill::multi_head_pass<T> const& pass) override {
        later([=](auto& ops) { ops.multi_head_forward(pass); });
    }
    void multi_head_backward(wordmill::multi_head_pass<T> const& pass,
                             wordmill::multi_head_gradients<T> const& gradients) override {
        later([=](auto& ops) { ops.multi_head_backward(pass, gradients); });
    }
    void multi_head_weights(wordmill::multi_head_pass<T> const& pass, std::size_t head, view weights) override {
        later([=](auto& ops) { ops.multi_head_weights(pass, head, weights); });
    }
    void rotate(wordmill::rotation const& by, std::size_t lanes, std::size_t heads, view x) override {
        later([=](auto& ops) { ops.rotate(by, lanes, heads, x); });
    }
    void address(wordmill::addressing_step<T> const& step) override {
        later([=](auto& ops) { ops.address(step); });
    }
    void address_backward(wordmill::addressing_step<T> const& step,
                          wordmill::addressing_gradients<T> const& gradients) override {
        later([=](auto& ops) { ops.address_backward(step, gradients); });
    }
    void write_memory(wordmill::writing_step<T> const& step) override {
        later([=](auto& ops) { ops.write_memory(step); });
    }
    void write_memory_backward(wordmill::writing_step<T> const& step,
                               wordmill::writing_gradients<T> const& gradients) override {
        later([=](auto& ops) { ops.write_memory_backward(step, gradients); });
    }
    void recurrent_forward(wordmill::recurrent_pass<T> const& pass) override {
        later([=](auto& ops) { ops.recurrent_forward(pass); });
    }
    void recurrent_backward(wordmill::recurrent_pass<T> const& pass,
                            wordmill::recurrent_gradients<T> const& gradients) override {
        later([=](auto& ops) { ops.recurrent_backward(pass, gradients); });
    }
    void sums_of_squares(std::span<const_view const> all, wordmill::device_span<double> sums) override {
        later([copy = std::vector(all.begin(), all.end()), sums](auto& ops) { ops.sums_of_squares(copy, sums); });
    }
    void update_all(wordmill::update_rule const& rule, std::span<wordmill::update_target<T> const> all,
                    wordmill::update_guard const& guard) override {
        later([rule, copy = std::vector(all.begin(), all.end()), guard](auto& ops) {
            ops.update_all(rule, copy, guard);
        });
    }

private:
    template <class Call> void later(Call call) {
        queue_of_fake_.add([ops = reference_, call] { call(*ops); });
    }
    fake_queue& queue_of_fake_;
    std::shared_ptr<wordmill::operations<T>> reference_;
};
