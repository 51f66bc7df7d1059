export module wordmill.corpora:block_builder;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
/// Collects whole documents into text blocks of at least `block_bytes` (the last one of a stream may be smaller), so
/// that block borders depend on the documents only. For readers whose records are documents.
export class block_builder {
public:
    block_builder(std::size_t block_bytes, position start);

    /// Adds a document whose lines are its sentences ('\n', "\r\n", a lone '\r'); `next` is where the record after it
    /// starts. An empty text adds an empty document. `next.block`, `next.record` and `next.fingerprint` are filled in
    /// here.
    void add_document(std::string_view text, position next);
    /// Moves the position past a record without a document (a blank line, a bad record).
    void skip_record(position next);
    [[nodiscard]] bool full() const noexcept { return block_.text.size() >= block_bytes_; }
    [[nodiscard]] bool empty() const noexcept { return block_.document_ends.empty(); }
    /// Carriage returns without a newline that ended a line of any document so far.
    [[nodiscard]] std::uint64_t lone_returns() const noexcept { return lone_returns_; }
    /// The block so far; the next one starts where it ends.
    [[nodiscard]] text_block take();

private:
    void advance(position next);
    void add_sentence(std::string_view line);

    std::size_t block_bytes_;
    text_block block_{};
    std::uint64_t sentences_ = 0;
    std::uint64_t lone_returns_ = 0;
};
}
