// Compiled without sanitizers: the emulator's own bookkeeping is no race of a kernel, and checking it would cost time.
#include "emulator.hpp"
#include "fiber.hpp"
#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <list>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace emulator {
namespace {
struct abandoned {}; // thrown in the threads of a kernel that has failed
struct block;
struct warp;

struct thread {
    block* in;
    warp* in_warp;
    uint3 index;
    unsigned number;
    sanitizers::identity identity;
    std::unique_ptr<fiber> stack{};
    bool waits = false, ended = false;
    place where{};
    // what it gives to its warp, and what it gets
    unsigned mask = 0, argument = 0;
    std::uint64_t value = 0, result = 0;
};
struct warp {
    std::array<thread*, 32> lanes{};
    unsigned arrived = 0;
};
struct memory_of_block {
    void const* key;
    std::unique_ptr<void, decltype(&std::free)> bytes;
};
struct block {
    uint3 index;
    std::list<thread> threads{};
    std::vector<warp> warps{};
    std::vector<memory_of_block> memory{};
    unsigned arrived = 0, ended = 0;
};

struct grid {
    shape is;
    std::function<void()> const& body;
    std::uint64_t random_state;
    std::list<block> blocks{}; // in flight
    std::vector<thread*> ready{};
    thread* running = nullptr;
    unsigned per_block = is.threads.x * is.threads.y * is.threads.z;
    std::string failure{};
    void* scheduler = sanitizers::threads() ? __tsan_get_current_fiber() : nullptr;
    sanitizers::identity reaper{"reaper"};

    std::size_t random(std::size_t below) { // xorshift64*
        random_state ^= random_state >> 12;
        random_state ^= random_state << 25;
        random_state ^= random_state >> 27;
        return (random_state * 0x2545f4914f6cdd1d >> 32) * below >> 32;
    }
    void start(unsigned number);
    void live(thread& t);
    void resume(thread& t);
    void retire(block const& b);
    [[nodiscard]] std::string deadlock() const;
    std::string work();
};
grid* current = nullptr;

std::string text(place where) {
    std::string_view const file = where.file_name();
    return std::string(file.substr(file.rfind('/') + 1)) + ":" + std::to_string(where.line());
}
std::string text(uint3 i) {
    return "(" + std::to_string(i.x) + ", " + std::to_string(i.y) + ", " + std::to_string(i.z) + ")";
}

/// Returns to the scheduler until it is this thread's turn.
void leave(thread& t) {
    sanitizers::become(current->scheduler);
    t.stack->leave();
    sanitizers::become(t.identity.get());
    if (!current->failure.empty()) throw abandoned{};
}
/// The last thread to arrive sends on the others, which must wait at the same place.
void meet(std::span<thread* const> all, thread const& last, bool ordered) {
    auto const* const file = last.where.file_name();
    for (thread* t : all)
        if (t->where.line() != last.where.line()
            || (t->where.file_name() != file && std::strcmp(t->where.file_name(), file) != 0))
            fail("threads of block " + text(last.in->index)
                 + " that wait for each other are at different places: " + text(t->where) + " and " + text(last.where));
    if (ordered && sanitizers::threads()) { // what each did before happens before what any does after
        for (thread* t : all) sanitizers::as(t->identity.get(), [&] { sanitizers::release(all.front()); });
        for (thread* t : all) sanitizers::as(t->identity.get(), [&] { sanitizers::acquire(all.front()); });
    }
    for (thread* t : all)
        if (std::exchange(t->waits, false)) current->ready.push_back(t);
}

void grid::start(unsigned number) {
    auto const [x, y, z] = is.blocks;
    block& b = blocks.emplace_back(uint3{number % x, number / x % y, number / x / y});
    b.warps.resize((per_block + 31) / 32);
    for (unsigned i = 0; i < per_block; ++i) {
        uint3 const at{i % is.threads.x, i / is.threads.x % is.threads.y, i / is.threads.x / is.threads.y};
        auto const name = sanitizers::threads() ? "block " + text(b.index) + ", thread " + text(at) : std::string();
        thread& t = b.threads.emplace_back(&b, &b.warps[i / 32], at, i, name.c_str());
        b.warps[i / 32].lanes[i % 32] = &t;
        ready.push_back(&t);
    }
}

void grid::live(thread& t) {
    sanitizers::become(t.identity.get());
    try {
        body();
    } catch (abandoned const&) {
        // its objects are destroyed, and its stack is free for others
    } catch (std::exception const& e) {
        failure = e.what();
    }
    t.ended = true;
    sanitizers::release(&t);
    sanitizers::become(scheduler);
}

void grid::resume(thread& t) {
    running = &t;
    threadIdx = t.index;
    blockIdx = t.in->index;
    if (t.stack == nullptr) t.stack = fiber::make([this, &t] { live(t); });
    t.stack->resume();
    if (t.ended) fiber::give_back(std::move(t.stack));
}

/// To the thread sanitizer, the reaper comes after all threads of a block. If the scheduler did, so would the blocks
/// that it starts later, and their races would go unseen.
void grid::retire(block const& b) {
    sanitizers::as(reaper.get(), [&] {
        for (thread const& t : b.threads) sanitizers::acquire(const_cast<thread*>(&t));
        blocks.remove_if([&](block const& x) { return &x == &b; });
        sanitizers::release(this);
    });
}

/// Which threads wait where, in the first block that has not ended.
std::string grid::deadlock() const {
    auto const state = [](thread const& t) { return t.ended ? " ended" : " wait at " + text(t.where); };
    for (block const& b : blocks) {
        if (b.ended == per_block) continue;
        auto out = "deadlock in block " + text(b.index) + ": threads";
        for (auto first = b.threads.begin(); first != b.threads.end();) {
            auto const end = std::find_if(first, b.threads.end(), [&](auto& t) { return state(t) != state(*first); });
            out += first->number == 0 ? " " : ", ";
            out += std::to_string(first->number) + "-" + std::to_string(std::prev(end)->number) + state(*first);
            first = end;
        }
        return out;
    }
    return {};
}

std::string grid::work() {
    bool const in_bursts = settings.seed % 2 == 0; // mostly threads that have just met, instead of any
    std::vector<unsigned> waiting(is.blocks.x * is.blocks.y * is.blocks.z);
    for (unsigned i = 0; i < waiting.size(); ++i) std::swap(waiting[i] = i, waiting[random(i + 1)]);
    blockDim = is.threads;
    gridDim = is.blocks;
    for (std::uint64_t idle = 0; failure.empty(); ++idle) {
        while (!waiting.empty() && (blocks.empty() || (blocks.size() + 1) * per_block <= settings.threads_in_flight)) {
            start(waiting.back());
            waiting.pop_back();
        }
        if (blocks.empty()) break;
        if (ready.empty()) failure = deadlock();
        if (idle == settings.most_idle_turns) failure = "livelock: no thread ends or waits";
        if (!failure.empty()) break;
        auto const first = in_bursts && random(32) != 0 && ready.size() > 32 ? ready.size() - 32 : 0;
        std::swap(ready[first + random(ready.size() - first)], ready.back());
        thread& t = *ready.back();
        ready.pop_back();
        resume(t);
        if (t.waits || t.ended) idle = 0;
        if (t.ended && ++t.in->ended == per_block) retire(*t.in);
    }
    for (block& b : blocks)
        for (thread& t : b.threads)
            if (t.stack != nullptr) resume(t); // to its end
    while (!blocks.empty()) retire(blocks.front());
    sanitizers::acquire(this);
    return failure.empty() ? "" : failure + ", launched at " + text(is.where);
}
}

std::string run(shape const& is, std::function<void()> const& body) {
    grid g{is, body, settings.seed * 0x9e3779b97f4a7c15 | 1};
    auto* const before = std::exchange(current, &g);
    auto what = g.work();
    current = before;
    return what;
}

void meet_block(place where) {
    thread& me = *current->running;
    block& b = *me.in;
    me.where = where;
    me.waits = ++b.arrived < current->per_block;
    if (me.waits) return leave(me);
    b.arrived = 0;
    std::vector<thread*> all;
    for (thread& t : b.threads) all.push_back(&t);
    meet(all, me, true);
}

std::uint64_t meet_warp(unsigned mask, std::uint64_t value, unsigned argument, combination combine, bool ordered,
                        place where) {
    thread& me = *current->running;
    warp& w = *me.in_warp;
    unsigned const bit = 1U << me.number % 32;
    if ((mask & bit) == 0) fail("lane " + std::to_string(me.number % 32) + " is not in its own mask at " + text(where));
    me.where = where;
    me.mask = mask;
    me.value = value;
    me.argument = argument;
    w.arrived |= bit;
    me.waits = (w.arrived & mask) != mask;
    if (me.waits) {
        leave(me);
        return me.result;
    }
    w.arrived &= ~mask;
    values_of_lanes given{};
    std::array<thread*, 32> all;
    unsigned count = 0;
    for (unsigned left = mask; left != 0; left &= left - 1) {
        thread* const t = w.lanes[static_cast<unsigned>(std::countr_zero(left))];
        if (t->mask != mask) fail("lanes that wait for each other have different masks at " + text(where));
        given[t->number % 32] = t->value;
        all[count++] = t;
    }
    for (thread* t : std::span(all.data(), count)) t->result = combine(given, mask, t->argument);
    meet({all.data(), count}, me, ordered);
    return me.result;
}

void pause() {
    if (current == nullptr || current->random(8) != 0) return;
    current->ready.push_back(current->running);
    leave(*current->running);
}

void* block_memory(void const* key, std::size_t bytes, std::size_t alignment) {
    auto& memory = current->running->in->memory;
    auto found = std::ranges::find(memory, key, &memory_of_block::key);
    if (found == memory.end()) {
        sanitizers::as(current->scheduler, [&] {
            void* made = nullptr;
            if (posix_memalign(&made, std::max<std::size_t>(alignment, 16), bytes) != 0) std::abort();
            memory.push_back({key, {std::memset(made, 0xff, bytes), &std::free}});
            sanitizers::release(made);
        });
        found = std::prev(memory.end());
    }
    sanitizers::acquire(found->bytes.get());
    return found->bytes.get();
}
void* dynamic_block_memory() { return block_memory(nullptr, current->is.shared_bytes, 16); }

void fail(std::string what) {
    current->failure = std::move(what);
    throw abandoned{};
}
}
