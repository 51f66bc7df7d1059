module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unicode/brkiter.h>
#include <unicode/bytestream.h>
#include <unicode/casemap.h>
#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/utext.h>
#include <unicode/utf8.h>
#include <utility>
#include <vector>
module wordmill.text;
import wordmill.core;
import :tokenizing;
import :unicode;

namespace wordmill::detail {
namespace {
void check(UErrorCode status, char const* doing) {
    if (U_SUCCESS(status)) return;
    auto const kind = status == U_MEMORY_ALLOCATION_ERROR ? failure::resource : failure::unavailable;
    throw error(kind, std::string("ICU: ") + doing + " failed with " + u_errorName(status), {},
                "is ICU's data installed?");
}

bool is_ascii(std::string_view text) {
    unsigned char bits = 0;
    for (auto c : text) bits |= static_cast<unsigned char>(c);
    return bits < 0x80;
}

/// ICU sorts the marks after a letter in quadratic time. As in the Stream-Safe Text Format (UAX #15, section 13), a
/// grapheme joiner splits longer runs, but after 1000 marks instead of 30, so that no real text is changed.
void part_long_runs_of_marks(std::string& text) {
    constexpr int most = 1000;
    std::vector<std::size_t> joiners;
    int run = 0;
    auto const size = static_cast<std::int32_t>(text.size());
    for (std::int32_t at = 0; at < size;) {
        auto const begin = at;
        UChar32 c = 0;
        U8_NEXT(text.data(), at, size, c);
        run = c < 0x300 || u_getCombiningClass(c) == 0 ? 0 : run + 1;
        if (run <= most) continue;
        joiners.push_back(static_cast<std::size_t>(begin));
        run = 1;
    }
    if (joiners.empty()) return;
    std::string parted;
    std::size_t from = 0;
    for (auto const at : joiners) {
        parted.append(text, from, at - from).append("\xCD\x8F"); // U+034F
        from = at;
    }
    text = parted.append(text, from);
}

void normalize(std::string& text, normal_form form) {
    if (form == normal_form::none) return;
    part_long_runs_of_marks(text);
    UErrorCode status = U_ZERO_ERROR;
    auto const* rules =
        form == normal_form::nfc ? icu::Normalizer2::getNFCInstance(status) : icu::Normalizer2::getNFKCInstance(status);
    check(status, "loading a normal form");
    std::string result;
    result.reserve(text.size() + text.size() / 16);
    icu::StringByteSink<std::string> sink(&result);
    rules->normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())), sink, nullptr,
                         status);
    check(status, "normalising");
    text.swap(result);
}

void change_case(std::string& text, letter_case letters) {
    UErrorCode status = U_ZERO_ERROR;
    std::string result;
    result.reserve(text.size() + text.size() / 16);
    icu::StringByteSink<std::string> sink(&result);
    icu::StringPiece const source(text.data(), static_cast<std::int32_t>(text.size()));
    if (letters == letter_case::lower)
        icu::CaseMap::utf8ToLower("", 0, source, sink, nullptr, status);
    else
        icu::CaseMap::utf8Fold(0, source, sink, nullptr, status);
    check(status, "changing the case");
    text.swap(result);
}

constexpr std::size_t largest_text = std::numeric_limits<std::int32_t>::max();

void expect_fitting(std::string const& text) {
    if (text.size() > largest_text)
        throw error(failure::resource,
                    "tokenizer: expected blocks of less than 2 GiB, found " + format_bytes(text.size()), {},
                    "read with smaller blocks");
}
}

void bring_into_form(std::string& text, normal_form form, letter_case letters) {
    if (is_ascii(text)) {
        if (letters == letter_case::keep) return;
        for (auto& c : text) c = static_cast<char>(c + (c >= 'A' && c <= 'Z' ? 'a' - 'A' : 0));
        return;
    }
    expect_fitting(text);
    normalize(text, form);
    if (letters == letter_case::keep) return;
    change_case(text, letters);
    normalize(text, form); // lower-casing can denormalise: U+0130 becomes two characters
}

void take_text(text_block& in, word_block& out, normal_form form, letter_case letters, token_limit const& limit) {
    append_document_ends(in, out.document_ends);
    std::swap(in.text, out.text);
    if (!valid_utf8(out.text)) {
        in.text.clear();
        auto const faults = append_repaired(in.text, out.text);
        std::swap(in.text, out.text);
        auto counts = limit.counts; // a handle
        counts.note("invalid UTF-8 replaced", faults.replaced);
    }
    bring_into_form(out.text, form, letters);
    expect_fitting(out.text);
}

struct segmenter::borrowed::state {
    std::unique_ptr<icu::BreakIterator> iterator;
    unit what = unit::word;
    std::vector<segment> found{};
};

struct segmenter::pool {
    std::mutex mutex;
    std::unique_ptr<icu::BreakIterator> original;
    unit what = unit::word;
    std::vector<std::unique_ptr<borrowed::state>> idle;
};

segmenter::segmenter(unit what) : pool_(std::make_shared<pool>()) {
    UErrorCode status = U_ZERO_ERROR;
    auto const& root = icu::Locale::getRoot();
    pool_->original.reset(what == unit::word ? icu::BreakIterator::createWordInstance(root, status)
                                             : icu::BreakIterator::createCharacterInstance(root, status));
    check(status, "loading the segmentation rules");
    pool_->what = what;
}

segmenter::borrowed segmenter::borrow() const {
    std::scoped_lock const lock(pool_->mutex);
    std::unique_ptr<borrowed::state> state;
    if (!pool_->idle.empty()) {
        state = std::move(pool_->idle.back());
        pool_->idle.pop_back();
    } else {
        state = std::make_unique<borrowed::state>();
        state->iterator.reset(pool_->original->clone());
        state->what = pool_->what;
        if (!state->iterator) check(U_MEMORY_ALLOCATION_ERROR, "copying the segmentation rules");
    }
    return borrowed(pool_, std::move(state));
}

segmenter::borrowed::borrowed(std::shared_ptr<pool> from, std::unique_ptr<state> iterator)
    : pool_(std::move(from)), state_(std::move(iterator)) {}
segmenter::borrowed::borrowed(borrowed&&) noexcept = default;
segmenter::borrowed::~borrowed() {
    if (!state_) return;
    std::scoped_lock const lock(pool_->mutex);
    pool_->idle.push_back(std::move(state_));
}

namespace {
/// A segment with letters is a word, and digits alone are a number, in any order; ICU's rule status depends on the last
/// character.
segment_kind kind_of(std::string_view text, std::int32_t status) {
    if (status < UBRK_WORD_NONE_LIMIT) return segment_kind::other;
    bool digits = false;
    auto const size = static_cast<std::int32_t>(text.size());
    for (std::int32_t at = 0; at < size;) {
        UChar32 c = 0;
        U8_NEXT(text.data(), at, size, c);
        if (u_isUAlphabetic(c)) return segment_kind::word;
        auto const category = u_charType(c);
        digits |= category == U_DECIMAL_DIGIT_NUMBER || category == U_LETTER_NUMBER || category == U_OTHER_NUMBER;
    }
    return digits ? segment_kind::number : segment_kind::other;
}
}

std::vector<segment> const& segmenter::borrowed::segments(std::string_view text) {
    auto& found = state_->found;
    auto& iterator = *state_->iterator;
    found.clear();
    UErrorCode status = U_ZERO_ERROR;
    UText source = UTEXT_INITIALIZER;
    utext_openUTF8(&source, text.data(), static_cast<std::int64_t>(text.size()), &status);
    iterator.setText(&source, status); // keeps a shallow copy
    utext_close(&source);
    check(status, "segmenting");
    std::uint32_t begin = 0;
    iterator.first();
    for (auto end = iterator.next(); end != icu::BreakIterator::DONE; end = iterator.next()) {
        auto const to = static_cast<std::uint32_t>(end);
        auto const kind = state_->what == unit::word ? kind_of(text.substr(begin, to - begin), iterator.getRuleStatus())
                                                     : segment_kind::other;
        found.push_back({to, kind});
        begin = to;
    }
    return found;
}
}
