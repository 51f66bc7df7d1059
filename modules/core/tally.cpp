module;
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.core;

namespace wordmill {
struct tally::counters {
    struct unit_counts {
        std::uint64_t read = 0;
        std::uint64_t delivered = 0;
    };
    std::mutex mutex;
    std::map<std::string, unit_counts, std::less<>> units;
    std::map<std::pair<std::string, std::string>, dropped> drops;
    std::map<std::string, dropped, std::less<>> notes;

    unit_counts& unit(std::string_view name) {
        auto const found = units.find(name);
        return found != units.end() ? found->second : units.try_emplace(std::string(name)).first->second;
    }
};

namespace {
constexpr std::size_t most_places = 3;

void record(dropped& entry, std::uint64_t count, place const& where) {
    entry.count = checked_sum(entry.count, count);
    if (entry.first_places.size() < most_places && where != place{}) entry.first_places.push_back(where);
}
}

tally::tally() : counters_(std::make_shared<counters>()) {}

void tally::read(std::string_view unit, std::uint64_t count) {
    std::scoped_lock const lock(counters_->mutex);
    auto& entry = counters_->unit(unit);
    entry.read = checked_sum(entry.read, count);
}

void tally::deliver(std::string_view unit, std::uint64_t count) {
    std::scoped_lock const lock(counters_->mutex);
    auto& entry = counters_->unit(unit);
    entry.delivered = checked_sum(entry.delivered, count);
}

void tally::drop(std::string_view unit, std::string_view reason, std::uint64_t count, place const& where) {
    if (count == 0) return;
    std::scoped_lock const lock(counters_->mutex);
    counters_->unit(unit);
    auto& entry = counters_->drops[{std::string(unit), std::string(reason)}];
    entry.unit = unit;
    entry.reason = reason;
    record(entry, count, where);
}

void tally::note(std::string_view event, std::uint64_t count, place const& where) {
    if (count == 0) return;
    std::scoped_lock const lock(counters_->mutex);
    auto& entry = counters_->notes[std::string(event)];
    entry.reason = event;
    record(entry, count, where);
}

void tally::add(tally const& other) {
    auto const add_entry = [](dropped& entry, dropped const& more) {
        entry.unit = more.unit;
        entry.reason = more.reason;
        entry.count = checked_sum(entry.count, more.count);
        for (auto const& where : more.first_places)
            if (entry.first_places.size() < most_places) entry.first_places.push_back(where);
    };
    expect(counters_ != other.counters_, "a tally cannot be added to itself");
    std::scoped_lock const lock(counters_->mutex, other.counters_->mutex);
    for (auto const& [name, more] : other.counters_->units) {
        auto& unit = counters_->unit(name);
        unit.read = checked_sum(unit.read, more.read);
        unit.delivered = checked_sum(unit.delivered, more.delivered);
    }
    for (auto const& [key, more] : other.counters_->drops) add_entry(counters_->drops[key], more);
    for (auto const& [event, more] : other.counters_->notes) add_entry(counters_->notes[event], more);
}

std::uint64_t tally::read_count(std::string_view unit) const {
    std::scoped_lock const lock(counters_->mutex);
    auto const found = counters_->units.find(unit);
    return found == counters_->units.end() ? 0 : found->second.read;
}

std::uint64_t tally::delivered_count(std::string_view unit) const {
    std::scoped_lock const lock(counters_->mutex);
    auto const found = counters_->units.find(unit);
    return found == counters_->units.end() ? 0 : found->second.delivered;
}

std::uint64_t tally::dropped_count(std::string_view unit) const {
    std::scoped_lock const lock(counters_->mutex);
    std::uint64_t sum = 0;
    for (auto const& [key, entry] : counters_->drops)
        if (key.first == unit) sum = checked_sum(sum, entry.count);
    return sum;
}

std::uint64_t tally::dropped_count(std::string_view unit, std::string_view reason) const {
    std::scoped_lock const lock(counters_->mutex);
    auto const found = counters_->drops.find({std::string(unit), std::string(reason)});
    return found == counters_->drops.end() ? 0 : found->second.count;
}

std::uint64_t tally::note_count(std::string_view event) const {
    std::scoped_lock const lock(counters_->mutex);
    auto const found = counters_->notes.find(event);
    return found == counters_->notes.end() ? 0 : found->second.count;
}

std::vector<std::string> tally::units() const {
    std::scoped_lock const lock(counters_->mutex);
    std::vector<std::string> names;
    for (auto const& [name, counts] : counters_->units) names.push_back(name);
    return names;
}

std::vector<dropped> tally::drops() const {
    std::scoped_lock const lock(counters_->mutex);
    std::vector<dropped> list;
    for (auto const& [key, entry] : counters_->drops) list.push_back(entry);
    return list;
}

std::vector<dropped> tally::notes() const {
    std::scoped_lock const lock(counters_->mutex);
    std::vector<dropped> list;
    for (auto const& [key, entry] : counters_->notes) list.push_back(entry);
    return list;
}

bool tally::balanced(std::string_view unit) const {
    return read_count(unit) == checked_sum(delivered_count(unit), dropped_count(unit));
}
}
