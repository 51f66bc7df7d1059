module;
#include "expat_positions.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.corpora;
import :content;
import :page_scanner;
import wordmill.core;

namespace wordmill::detail {
namespace {
constexpr std::string_view synthetic_root = "<mediawiki>";
constexpr std::size_t max_depth = 64;
constexpr std::size_t max_field_bytes = 64 << 10; // limit of titles and other short fields
constexpr std::size_t max_silent = 16;            // names of namespaces, of so many bytes each
constexpr std::size_t max_name_bytes = 256;
constexpr char const* expected_dump = "expected a MediaWiki XML export, found ";

/// The elements that the scanner uses, by their place in the document.
enum class element : std::uint8_t {
    other,
    site_info,
    namespaces,
    name_space,
    page,
    title,
    ns,
    redirect,
    revision,
    model,
    text
};

element element_of(std::size_t depth, std::string_view name, element parent) {
    if (depth == 1 && name == "page") return element::page;
    if (depth == 1 && name == "siteinfo") return element::site_info;
    if (depth == 2 && parent == element::site_info && name == "namespaces") return element::namespaces;
    if (depth == 3 && parent == element::namespaces && name == "namespace") return element::name_space;
    if (depth == 2 && parent == element::page) {
        if (name == "title") return element::title;
        if (name == "ns") return element::ns;
        if (name == "redirect") return element::redirect;
        if (name == "revision") return element::revision;
    }
    if (depth == 3 && parent == element::revision) {
        if (name == "text") return element::text;
        if (name == "model") return element::model;
    }
    return element::other;
}
}

/// Expat calls back from C, so callbacks must not throw. They record a fault and stop the parser.
struct page_scanner::state {
    scan_start start;
    XML_Parser parser = nullptr;
    std::array<element, max_depth> open{};
    std::size_t depth = 0;
    bool in_page = false;
    bool root_seen = false;
    bool root_closed = false;
    bool failed = false;
    wiki_page page;
    std::string ns;
    std::vector<std::string> silent; ///< names of namespaces; the last one grows while `in_silent`
    bool in_silent = false;
    std::vector<wiki_page> pages;
    std::uint64_t gathered = 0;
    std::uint64_t fed = 0;        ///< bytes given to the parser, the synthetic root included
    std::uint64_t last_event = 0; ///< `fed` when the parser last called back
    std::string version;
    std::string fault;      ///< damage found here, not by expat
    std::string wrong_file; ///< why the file is not an export; always an error
    std::string wrong_hint;
    place stopped;
    std::exception_ptr thrown;

    explicit state(scan_start s) : start(std::move(s)), parser(XML_ParserCreate("UTF-8")) {
        if (!parser) throw error(failure::resource, "XML: no memory for the parser");
        XML_SetUserData(parser, this);
        XML_SetElementHandler(parser, &on_start, &on_end);
        XML_SetCharacterDataHandler(parser, &on_text);
        XML_SetStartDoctypeDeclHandler(parser, &on_doctype);
        XML_SetParamEntityParsing(parser, XML_PARAM_ENTITY_PARSING_NEVER);
    }
    state(state const&) = delete;
    ~state() { XML_ParserFree(parser); }

    [[nodiscard]] std::uint64_t shift() const { return start.inside ? synthetic_root.size() : 0; }
    /// The decoded offset of the event that is being parsed.
    [[nodiscard]] std::uint64_t byte() const {
        auto const at = xml_byte(parser);
        return start.byte + (at < 0 ? fed : static_cast<std::uint64_t>(at)) - shift();
    }
    [[nodiscard]] std::uint64_t lines_before() const { return start.line + xml_line(parser) - 1; }

    /// Line ends inside the tag being parsed.
    [[nodiscard]] std::uint64_t lines_in_tag() const {
        return static_cast<std::uint64_t>(std::ranges::count(xml_event(parser), '\n'));
    }

    template <class Body> void guard(Body body) noexcept {
        last_event = fed;
        try {
            body();
        } catch (...) {
            thrown = std::current_exception();
            XML_StopParser(parser, XML_FALSE);
        }
    }
    void stop(std::string& slot, std::string why) {
        slot = std::move(why);
        stopped = {.file = start.file, .line = lines_before() + 1, .byte = byte()}; // the parser has moved past the tag
        XML_StopParser(parser, XML_FALSE);
    }

    static void on_doctype(void* self, XML_Char const* name, XML_Char const*, XML_Char const*, int) {
        auto& s = *static_cast<state*>(self);
        s.guard([&] {
            if (equal_ignoring_case(name, "html")) return s.not_wiki("an HTML page");
            s.stop(s.wrong_file, "XML: a document type declaration, which exports do not have");
            s.wrong_hint = "entity declarations and external files are refused";
        });
    }
    void not_wiki(std::string const& what) {
        stop(wrong_file, expected_dump + what);
        if (what == "an HTML page")
            wrong_hint = "the download was answered with a web page, often an error message; look into the file and "
                         "fetch it again";
    }

    static void on_start(void* self, XML_Char const* name, XML_Char const** attributes) {
        auto& s = *static_cast<state*>(self);
        s.guard([&] { s.begin(name, attributes); });
    }
    void begin(std::string_view name, XML_Char const** attributes) {
        if (depth == 0) {
            root_seen = true;
            if (name != "mediawiki")
                return not_wiki(equal_ignoring_case(name, "html")
                                    ? std::string("an HTML page")
                                    : "the root element '" + std::string(name.substr(0, 40)) + "'");
            for (; *attributes; attributes += 2)
                if (std::string_view(attributes[0]) == "version") version = attributes[1];
        }
        if (depth >= max_depth) return stop(fault, "XML: nested deeper than 64");
        auto const what = depth == 0 ? element::other : element_of(depth, name, open[depth - 1]);
        open[depth++] = what;
        if (in_page && name == "page") return stop(fault, "XML: a page inside a page");
        if (what == element::page) {
            in_page = true;
            page = {};
            ns.clear();
            page.byte = byte();
            page.line = lines_before() + 1;
        } else if (what == element::name_space) {
            for (; *attributes; attributes += 2) {
                std::string_view const key = attributes[1];
                bool const is_silent = key == "-2" || key == "6" || key == "14"; // Media, File, Category
                if (std::string_view(attributes[0]) == "key") in_silent = is_silent;
            }
            if (silent.size() >= max_silent) in_silent = false;
            if (in_silent) silent.emplace_back();
        } else if (what == element::redirect) {
            page.redirect = true;
        } else if (what == element::text) {
            page.text.clear();
            page.too_long = false;
            page.has_text = true;
            for (; *attributes; attributes += 2)
                if (std::string_view(attributes[0]) == "deleted") page.has_text = false;
        } else if (what == element::revision) {
            page.model.clear();
        }
    }

    static void on_end(void* self, XML_Char const*) {
        auto& s = *static_cast<state*>(self);
        s.guard([&] { s.end(); });
    }
    void end() {
        if (--depth == 0) root_closed = true;
        if (open[depth] == element::name_space) in_silent = false;
        if (open[depth] != element::page) return;
        in_page = false;
        page.byte_end = byte() + xml_event_bytes(parser);
        page.line_end = lines_before() + lines_in_tag();
        auto const digits = ns.find_first_not_of(" \t\n");
        if (digits != std::string::npos) std::from_chars(ns.data() + digits, ns.data() + ns.size(), page.ns);
        gathered += page.text.size() + page.title.size();
        pages.push_back(std::move(page));
        page = {};
    }

    static void on_text(void* self, XML_Char const* bytes, int size) {
        auto& s = *static_cast<state*>(self);
        s.guard([&] { s.add_text({bytes, static_cast<std::size_t>(size)}); });
    }
    void add_text(std::string_view bytes) {
        if (depth == 0) return;
        auto const add = [&](std::string& to) {
            if (to.size() + bytes.size() <= max_field_bytes) to += bytes;
        };
        switch (open[depth - 1]) {
        case element::text:
            if (page.text.size() + bytes.size() > start.max_page_bytes) page.too_long = true;
            if (page.too_long) {
                page.text.clear();
                page.text.shrink_to_fit();
            } else {
                page.text += bytes;
            }
            return;
        case element::title: return add(page.title);
        case element::name_space:
            if (in_silent && silent.back().size() + bytes.size() <= max_name_bytes) silent.back() += bytes;
            return;
        case element::ns: return add(ns);
        case element::model: return add(page.model);
        default: return;
        }
    }

    void parse(std::string_view bytes, bool last) {
        do {
            auto const piece = bytes.substr(0, std::size_t{1} << 20);
            bytes.remove_prefix(piece.size());
            fed += piece.size();
            if (XML_Parse(parser, piece.data(), static_cast<int>(piece.size()), last && bytes.empty())
                == XML_STATUS_ERROR)
                return refuse();
            // The parser would buffer a tag without an end completely.
            if (fed - last_event > start.max_page_bytes + (std::size_t{2} << 20)) {
                fault = "XML: a tag above the limit";
                return refuse();
            }
        } while (!bytes.empty());
    }
    void refuse() {
        if (thrown) std::rethrow_exception(thrown);
        auto const code = XML_GetErrorCode(parser);
        auto const where =
            stopped.byte ? stopped : place{.file = start.file, .line = lines_before() + 1, .byte = byte()};
        if (!wrong_file.empty()) throw error(failure::bad_data, wrong_file, where, wrong_hint);
        if (!root_seen && !start.inside) {
            auto const found = fed == 0 ? "an empty file" : std::string("no XML (") + XML_ErrorString(code) + ")";
            throw error(failure::bad_data, expected_dump + found, where);
        }
        if (code == XML_ERROR_NO_MEMORY) throw error(failure::resource, "XML: out of memory", where);
        failed = true;
        bool const cut = code == XML_ERROR_NO_ELEMENTS || code == XML_ERROR_UNCLOSED_TOKEN
                         || code == XML_ERROR_UNCLOSED_CDATA_SECTION || code == XML_ERROR_PARTIAL_CHAR;
        wiki_page bad;
        bad.cut = fault.empty() && cut;
        if (!fault.empty())
            bad.damage = fault;
        else if (cut)
            bad.damage = in_page ? "XML: the file ends inside a page" : "XML: the file ends before </mediawiki>";
        else
            bad.damage = std::string("XML: ") + XML_ErrorString(code);
        bad.title = in_page ? page.title : std::string();
        bad.byte = *where.byte;
        bad.line = *where.line;
        bad.byte_end = bad.byte;
        bad.line_end = bad.line - 1;
        pages.push_back(std::move(bad));
    }
};

page_scanner::page_scanner(scan_start start) : state_(std::make_unique<state>(std::move(start))) {
    if (state_->start.inside) state_->parse(synthetic_root, false);
}
page_scanner::page_scanner(page_scanner&&) noexcept = default;
page_scanner& page_scanner::operator=(page_scanner&&) noexcept = default;
page_scanner::~page_scanner() = default;

void page_scanner::feed(std::string_view bytes, bool last) {
    if (!state_->failed) state_->parse(bytes, last);
}
bool page_scanner::failed() const { return state_->failed; }
std::uint64_t page_scanner::gathered_bytes() const { return state_->gathered; }
std::vector<std::string> const& page_scanner::silent_namespaces() const { return state_->silent; }
std::string const& page_scanner::version() const { return state_->version; }
std::vector<wiki_page> page_scanner::take() {
    state_->gathered = 0;
    return std::exchange(state_->pages, {});
}
}
