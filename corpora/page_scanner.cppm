module wordmill.corpora:page_scanner;
import wordmill.standard;

namespace wordmill::detail {
/// A page of a MediaWiki export, as stored.
struct wiki_page {
    std::string title{};
    std::string text{}; ///< wikitext of the last revision
    std::string model{};
    std::int64_t ns = 0;
    bool redirect = false;
    bool has_text = false;
    bool too_long = false;
    std::string damage{};       ///< why the XML could not be read; empty for a page
    bool cut = false;           ///< the damage is that the file ends too early
    bool ends_file = false;     ///< nothing of the file is left after the damage
    std::uint64_t byte = 0;     ///< decoded offset of its beginning
    std::uint64_t line = 0;     ///< its line, from 1
    std::uint64_t byte_end = 0; ///< decoded offset just after its end tag
    std::uint64_t line_end = 0; ///< lines before that
};

/// Where a scan begins.
struct scan_start {
    std::string file{};
    std::uint64_t byte = 0;
    std::uint64_t line = 0; ///< lines of the file before it
    bool inside = false;    ///< after a page, not at the start of the file: the parser gets a synthetic root element
    std::uint64_t max_page_bytes = 0;
};

/// Finds the pages in the bytes of one MediaWiki export. After damage `failed()` is true, the last page has `damage`
/// set, and the scanner accepts no more bytes.
class page_scanner {
public:
    explicit page_scanner(scan_start start);
    page_scanner(page_scanner&&) noexcept;
    page_scanner& operator=(page_scanner&&) noexcept;
    ~page_scanner();

    /// Adds the next bytes of the file; `last` says that no more follow (`bytes` may then be empty). Throws
    /// `failure::bad_data` for files that are not MediaWiki exports.
    void feed(std::string_view bytes, bool last);
    [[nodiscard]] bool failed() const;
    /// Complete pages since the last call.
    [[nodiscard]] std::vector<wiki_page> take();
    [[nodiscard]] std::uint64_t gathered_bytes() const; ///< text in the pages that `take` would return
    /// The names that the export gives to the namespaces of files, media and categories, in its language.
    [[nodiscard]] std::vector<std::string> const& silent_namespaces() const;
    /// The schema version, such as "0.10"; empty until the root element has been read.
    [[nodiscard]] std::string const& version() const;

private:
    struct state;
    std::unique_ptr<state> state_;
};
}
