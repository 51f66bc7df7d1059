export module wordmill.corpora:wikipedia;
import :read_options;
import wordmill.io;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
/// How a MediaWiki export is read.
export struct wikipedia_options : read_options {
    std::vector<std::int64_t> namespaces{0}; ///< pages of other namespaces are skipped and counted; 0 = articles
    bool titles = false;                     ///< the page's title is the first sentence of its document
};

/// Reads MediaWiki XML exports ("pages-articles" dumps of Wikipedia and its sisters, any codec, multistream too). A
/// page is a document: the wikitext of its latest revision, reduced by `plain_text`, one sentence per line. Redirects,
/// pages of other namespaces, of other content models (scripts, styles) or with hidden text are left out and counted. A
/// page without a namespace is in namespace 0. Schema versions other than 0.3 to 0.11 are read as well and noted. Bad
/// records (by `on_bad`): XML that is not well-formed, a dump cut inside a page (all pages before the cut are
/// delivered), pages above `max_record_bytes`; skipping continues at the next "<page>". Always refused: files that are
/// not MediaWiki exports, document types and with them entity declarations; nothing outside the file is ever loaded.
/// The XML is scanned on one thread, the pages are reduced on `threads`; blocks do not depend on it. A position is just
/// after a page; resuming reads nothing before it except what the codec needs.
export generator<text_block> read_wikipedia(std::vector<input_file> inputs, wikipedia_options options = {});
}
