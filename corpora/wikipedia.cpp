module;
#include <algorithm>
#include <charconv>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>
module wordmill.corpora;
import :content;
import :input_bytes;
import :page_scanner;
import :readers;
import :records;
import :wiki_names;
import wordmill.core;
import wordmill.io;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
namespace {
using detail::page_scanner;
using detail::parsed_batch;
using detail::wiki_page;

/// Names of namespaces whose links are no text, as `namespace_name` makes them.
using silent_names = std::shared_ptr<std::vector<std::string> const>;

silent_names names_of(page_scanner const& scanner) {
    auto names = scanner.silent_namespaces();
    for (auto& name : names) name = detail::namespace_name(name);
    return std::make_shared<std::vector<std::string> const>(std::move(names));
}

/// Pages of one file, as stored. The result does not depend on where batches end.
struct page_batch {
    std::uint64_t file = 0;
    std::uint64_t byte = 0; ///< decoded offset after the previous page
    std::vector<wiki_page> pages{};
    std::vector<detail::restart_point> restarts{};
    std::uint64_t other_bytes = 0; ///< bytes after the last page of the file
    silent_names silent{};         ///< of the export; null when it names none
};

/// The pages of one file. After damage, the scan continues at the next "<page>".
class dump {
public:
    dump(std::string file, byte_options const& from, std::uint64_t line, std::uint64_t max_page_bytes)
        : start_{.file = std::move(file),
                 .byte = from.byte,
                 .line = line,
                 .inside = from.byte > 0,
                 .max_page_bytes = max_page_bytes},
          scanner_(start_),
          end_(from.byte) {}

    void add(std::string_view bytes, bool last) {
        end_ += bytes.size();
        while (!bytes.empty() || last) {
            if (searching_) bytes = search(bytes);
            if (searching_) break;
            scanner_.feed(bytes, last);
            if (version_.empty()) version_ = scanner_.version();
            if (!silent_ && !scanner_.silent_namespaces().empty() && scanner_.gathered_bytes() > 0)
                silent_ = names_of(scanner_);
            std::ranges::move(scanner_.take(), std::back_inserter(pages_));
            if (!scanner_.failed()) break;
            // The bytes after the damage that have been read. (An error is in the bytes just read, or in a tag that
            // began shortly before them, which is too short to contain a page.)
            auto const& bad = pages_.back();
            if (bad.cut) break;
            auto const begin = end_ - bytes.size();
            resume_line_ = bad.line_end;
            searching_ = true;
            carried_.clear();
            bytes.remove_prefix(bad.byte > begin ? std::min<std::size_t>(bad.byte - begin, bytes.size()) : 0);
            if (bytes.empty()) break;
        }
        if (searching_ && !pages_.empty()) settle(end_, resume_line_);
        if (last && !pages_.empty() && !pages_.back().damage.empty()) {
            pages_.back().byte_end = end_;
            pages_.back().ends_file = true;
        }
    }
    /// Returns the pages that are complete. The last one is held back while the scan skips its damage.
    [[nodiscard]] std::vector<wiki_page> take(bool last) {
        if (!searching_ || last) return std::exchange(pages_, {});
        auto const settled = pages_.end() - 1;
        std::vector<wiki_page> out(std::make_move_iterator(pages_.begin()), std::make_move_iterator(settled));
        pages_.erase(pages_.begin(), settled);
        return out;
    }
    [[nodiscard]] std::uint64_t end() const { return end_; }
    [[nodiscard]] std::string const& version() const { return version_; }
    [[nodiscard]] silent_names const& silent() const { return silent_; }
    void set_silent(silent_names names) { silent_ = std::move(names); }

private:
    void settle(std::uint64_t byte, std::uint64_t line) {
        pages_.back().byte_end = byte;
        pages_.back().line_end = line;
    }
    /// Looks for the next page; returns the rest of `bytes` from there on.
    std::string_view search(std::string_view bytes) {
        constexpr std::string_view tag = "<page>";
        carried_ += bytes;
        auto const found = carried_.find(tag);
        auto const begin = end_ - carried_.size();
        auto const passed =
            found != std::string::npos ? found : carried_.size() - std::min(carried_.size(), tag.size() - 1);
        resume_line_ += static_cast<std::uint64_t>(
            std::count(carried_.begin(), carried_.begin() + static_cast<std::ptrdiff_t>(passed), '\n'));
        if (found == std::string::npos) {
            carried_.erase(0, passed);
            return {};
        }
        searching_ = false;
        settle(begin + found, resume_line_);
        start_.byte = begin + found;
        start_.line = resume_line_;
        start_.inside = true;
        scanner_ = page_scanner(start_);
        rest_ = carried_.substr(found);
        carried_.clear();
        return rest_;
    }

    detail::scan_start start_;
    page_scanner scanner_;
    std::vector<wiki_page> pages_;
    std::uint64_t end_; ///< decoded offset after the bytes added so far
    bool searching_ = false;
    std::uint64_t resume_line_ = 0;
    std::string carried_;
    std::string rest_;
    std::string version_;
    silent_names silent_;
};

bool is_known_version(std::string_view version) {
    int minor = 0;
    if (!version.starts_with("0.")) return false;
    auto const [end, problem] = std::from_chars(version.data() + 2, version.data() + version.size(), minor);
    return problem == std::errc{} && end == version.data() + version.size() && minor >= 3 && minor <= 11;
}

/// The names at the front of an export of which only the rest is read.
silent_names names_before(input_file const& file, read_options const& options) {
    constexpr std::size_t longest = std::size_t{64} << 10; // of everything before the first page
    try {
        page_scanner front({.file = file.name, .max_page_bytes = longest});
        front.feed(detail::first_bytes(file, options, longest), false);
        return names_of(front);
    } catch (error const&) {
        return nullptr; // the pages after the damage are read without them
    }
}

generator<page_batch> read_pages(std::shared_ptr<detail::input_bytes> files, read_options options) {
    auto const& inputs = files->inputs();
    for (auto i = options.from.file; files->belongs(i); ++i) {
        if (files->is_blank(i)) continue;
        auto const from = decoding(options, i);
        dump pages(inputs[i].name, from, i == options.from.file ? options.from.line : 0, options.max_record_bytes);
        if (from.byte > 0 && inputs[i].can_reread()) pages.set_silent(names_before(inputs[i], options));
        page_batch batch{.file = i, .byte = from.byte, .restarts = {{from.restart, from.restart_byte}}};
        detail::patient<byte_block> blocks(detail::is_empty(inputs[i]) ? generator<byte_block>() : files->read(i));
        for (bool last = false; !last;) {
            auto const* block = blocks.next();
            last = block == nullptr;
            if (last && blocks.failed()) break;
            if (block) {
                detail::restart_point const restart{block->restart, block->restart_byte};
                if (batch.restarts.back() != restart) batch.restarts.push_back(restart);
            }
            pages.add(block ? std::string_view(block->bytes) : std::string_view(), last);
            batch.pages = pages.take(last);
            batch.silent = pages.silent();
            auto const settled = batch.pages.empty() ? batch.byte : batch.pages.back().byte_end;
            if (last) batch.other_bytes = pages.end() - settled;
            if (batch.pages.empty() && !last) continue;
            page_batch next{.file = i, .byte = settled, .restarts = {batch.restarts.back()}};
            co_yield std::exchange(batch, std::move(next));
        }
        blocks.rethrow();
        if (!pages.version().empty() && !is_known_version(pages.version()))
            options.counts.note("unknown export schema version " + pages.version().substr(0, 20), 1,
                                place{.file = inputs[i].name});
    }
}

/// Reduces the pages of a batch; this is the parallel stage.
struct reduce_pages {
    std::vector<std::string> names; ///< names of the inputs
    std::vector<std::int64_t> namespaces;
    bool titles = false;
    bool allow_cut = false;
    std::uint64_t max_page_bytes = 0;

    parsed_batch operator()(page_batch batch) const {
        parsed_batch out;
        out.file = batch.file;
        out.restarts = std::move(batch.restarts);
        out.other_bytes = batch.other_bytes;
        auto begin = batch.byte;
        for (auto const& page : batch.pages) {
            detail::parsed_record r{.ends_file = page.ends_file,
                                    .bytes = page.byte_end - begin,
                                    .byte_end = page.byte_end,
                                    .line_end = page.line_end};
            begin = page.byte_end;
            auto why = complaint_about(page);
            if (why.reason.empty()) {
                if (titles) out.text.append(page.title).append("\n");
                out.text += batch.silent ? detail::text_of_page(page.text, *batch.silent) : plain_text(page.text);
                r.text_end = out.text.size();
            } else {
                bool const bad = !page.damage.empty() || page.too_long;
                r.kind = bad && !(page.cut && allow_cut) ? detail::fate::bad : detail::fate::filtered;
                r.complaint = static_cast<std::uint32_t>(out.complaints.size());
                why.where = {.file = names[batch.file], .line = page.line, .byte = page.byte};
                why.record = page.title;
                out.complaints.push_back(std::move(why));
            }
            out.records.push_back(r);
        }
        return out;
    }

private:
    /// Why the page gives no document; an empty reason when it gives one.
    [[nodiscard]] detail::complaint complaint_about(wiki_page const& page) const {
        if (!page.damage.empty()) {
            auto const title = page.title.empty() ? std::string() : "in the page '" + page.title.substr(0, 80) + "'";
            return {.reason = page.damage, .hint = title};
        }
        if (page.too_long)
            return {.reason = "a page above the limit",
                    .hint = "the limit is " + std::to_string(max_page_bytes) + " bytes; --max-record raises it"};
        if (std::ranges::find(namespaces, page.ns) == namespaces.end()) return {.reason = "other namespace"};
        if (page.redirect || is_old_redirect(page.text)) return {.reason = "redirect"};
        if (!page.model.empty() && page.model != "wikitext") return {.reason = "not wikitext"};
        if (!page.has_text) return {.reason = "no text"};
        return {};
    }
    /// Exports before 2010 have no redirect element.
    static bool is_old_redirect(std::string_view text) {
        constexpr std::string_view mark = "#redirect";
        return detail::equal_ignoring_case(text.substr(0, mark.size()), mark);
    }
};
}

generator<text_block> detail::wikipedia_of(std::shared_ptr<input_bytes> files, wikipedia_options options) {
    if (options.utf8 != utf8_policy::strict)
        throw error(failure::usage, "MediaWiki XML: expected the UTF-8 policy strict, found another one");
    reduce_pages stage{.names = {},
                       .namespaces = options.namespaces,
                       .titles = options.titles,
                       .allow_cut = options.allow_truncated,
                       .max_page_bytes = options.max_record_bytes};
    for (auto const& file : files->inputs()) stage.names.push_back(file.name);
    auto const from = resume_at(options.from, files->inputs());
    auto batches = parallel(read_pages(std::move(files), options), std::move(stage), {.threads = options.threads});
    co_yield elements_of(deliver(std::move(batches), options, from));
}

generator<text_block> read_wikipedia(std::vector<input_file> inputs, wikipedia_options options) {
    auto files = std::make_shared<detail::input_bytes>(std::move(inputs), options);
    co_yield elements_of(detail::wikipedia_of(std::move(files), std::move(options)));
}
}
