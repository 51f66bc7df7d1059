#include <atomic>
#include <boost/test/unit_test.hpp>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <string>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>
import wordmill.core;
import wordmill.io;
import wordmill.stream;
import wordmill.text;

// This program replaces operator new, to fail any one allocation.
namespace {
std::atomic<long> until_failure{0};
std::atomic<bool> failed{false};

bool fails_now() {
    if (until_failure <= 0 || --until_failure != 0) return false;
    failed = true;
    return true;
}
}

void* operator new(std::size_t bytes) {
    void* const memory = fails_now() ? nullptr : std::malloc(bytes > 0 ? bytes : 1);
    if (!memory) throw std::bad_alloc();
    return memory;
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
    auto const a = static_cast<std::size_t>(alignment);
    void* const memory = fails_now() ? nullptr : std::aligned_alloc(a, (bytes + a - 1) / a * a);
    if (!memory) throw std::bad_alloc();
    return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace wm = wordmill;

namespace {
struct scratch {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("wordmill-limits-" + std::to_string(::getpid()));
    scratch() { std::filesystem::create_directory(path); }
    ~scratch() { std::filesystem::remove_all(path); }
};

/// `types` words, the n-th of them n % 3 + 1 times, in blocks.
wm::generator<wm::text_block> made_up(int types, int per_block) {
    for (int first = 0; first < types; first += per_block) {
        wm::text_block block;
        for (int i = first; i < first + per_block; ++i)
            for (int n = 0; n <= i % 3; ++n)
                block.text += (i % 4 == 0 ? "a_word_of_more_than_sixteen_bytes" : "w") + std::to_string(i) + '\n';
        co_yield std::move(block);
    }
}

/// Fails each allocation of `work` in turn: it throws std::bad_alloc or a `failure::resource`, or gives the result that
/// it gives without.
template <class Work> void check_every_allocation(Work work) {
    auto const truth = work();
    long nth = 1;
    for (bool more = true; more; ++nth) {
        failed = false;
        until_failure = nth;
        auto result = truth;
        try {
            result = work();
        } catch (std::bad_alloc const&) {
        } catch (wm::error const& e) {
            until_failure = 0;
            BOOST_TEST((e.kind() == wm::failure::resource), e.what());
        }
        until_failure = 0;
        more = failed;
        if (result != truth) BOOST_TEST(false, "another result after the failure of allocation " << nth);
    }
    BOOST_TEST(nth > 10);
}

std::uint64_t fingerprint(wm::counted_words const& counts) { return wm::vocabulary(counts).fingerprint(); }
}

BOOST_AUTO_TEST_SUITE(limits)

BOOST_AUTO_TEST_CASE(an_allocation_that_fails_is_passed_on_or_done_without) {
    scratch const folder;
    for (std::uint64_t memory : {std::uint64_t{1} << 30, std::uint64_t{64} << 10}) {
        check_every_allocation([&] {
            auto const counts =
                wm::count_words(made_up(2000, 500), wm::whitespace_tokenizer(),
                                {.memory_bytes = memory, .threads = 1, .temporary_folder = folder.path});
            return wm::parse_vocabulary(wm::format_vocabulary(wm::vocabulary(counts))).fingerprint();
        });
        BOOST_TEST(std::filesystem::is_empty(folder.path));
    }
}

BOOST_AUTO_TEST_CASE(a_vocabulary_is_saved_whole_or_not_at_all_when_memory_runs_out) {
    scratch const folder;
    auto const path = (folder.path / "words.tsv").string();
    auto const words = wm::parse_vocabulary("a\t3\nb\t2\n");
    check_every_allocation([&] {
        std::filesystem::remove(path);
        try {
            wm::save_vocabulary(words, path);
        } catch (std::bad_alloc const&) {
            BOOST_TEST(std::filesystem::is_empty(folder.path));
            throw;
        }
        return wm::load_vocabulary(path).fingerprint();
    });
}

BOOST_AUTO_TEST_CASE(sixteen_open_files_are_enough_for_any_number_of_runs) {
    auto const truth = fingerprint(wm::count_words(made_up(30000, 300), wm::whitespace_tokenizer()));
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    rlimit const few{.rlim_cur = 16, .rlim_max = before.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &few);
    auto const counts =
        wm::count_words(made_up(30000, 300), wm::whitespace_tokenizer(), {.memory_bytes = 64 << 10, .threads = 4});
    auto const found = fingerprint(counts);
    ::setrlimit(RLIMIT_NOFILE, &before);
    BOOST_TEST(counts.spilled_runs() > 16U);
    BOOST_TEST(found == truth);
}

BOOST_AUTO_TEST_CASE(files_are_the_same_from_memory_from_disk_and_from_the_vocabulary) {
    scratch const folder;
    auto const name = [&](char const* file) { return (folder.path / file).string(); };
    auto const in_memory = wm::count_words(made_up(5000, 300), wm::whitespace_tokenizer());
    auto const on_disk =
        wm::count_words(made_up(5000, 300), wm::whitespace_tokenizer(), {.memory_bytes = 64 << 10, .threads = 2});
    for (auto const& selected : {wm::vocabulary_options{}, wm::vocabulary_options{.min_count = 2},
                                 wm::vocabulary_options{.max_size = 1000, .always = {"<unk>"}}}) {
        wm::output_options const zstd{.overwrite = true, .compression = wm::codec::zstd};
        auto const written = wm::write_counts(in_memory, name("memory"), selected, {.overwrite = true});
        (void)wm::write_counts(on_disk, name("disk.zst"), selected, zstd);
        wm::vocabulary const words(on_disk, selected);
        wm::save_vocabulary(words, name("vocabulary"), {.overwrite = true});
        for (auto const* file : {"memory", "disk.zst", "vocabulary"}) {
            auto const loaded = wm::load_vocabulary(name(file));
            BOOST_TEST(loaded.fingerprint() == words.fingerprint());
            BOOST_TEST(loaded.size() == words.size());
        }
        BOOST_TEST(written.types == words.size());
        BOOST_TEST(written.tokens == words.tokens());
        BOOST_TEST(written.dropped_types == words.dropped_types());
        BOOST_TEST(written.dropped_tokens == words.dropped_tokens());
    }
    (void)wm::write_counts({}, name("nothing"));
    BOOST_TEST(std::filesystem::file_size(name("nothing")) == 0U);
    BOOST_CHECK_THROW((void)wm::load_vocabulary(name("nothing")), wm::error);
    BOOST_CHECK_THROW((void)wm::load_vocabulary(name("missing")), wm::error);
}

BOOST_AUTO_TEST_SUITE_END()
