module wordmill.corpora:json_batches;
import :json_syntax;
import :records;
import wordmill.io;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill::detail {
/// A batch of records is parsed as soon as it has so many bytes.
inline constexpr std::size_t json_batch_bytes = std::size_t{256} << 10;

/// A record of a file whose records are not lines.
struct json_value {
    std::size_t begin = 0;       ///< in `json_batch::bytes`
    std::size_t size = 0;        ///< less than the record has, if that is above the limit
    std::uint64_t byte = 0;      ///< decoded offset of its first byte
    std::uint64_t byte_end = 0;  ///< and after its last
    std::uint64_t line = 0;      ///< its line, from 1
    std::uint64_t line_end = 0;  ///< lines of the file before `byte_end`
    char const* fault = nullptr; ///< what is wrong between the records (then without bytes) or with its end
    bool cut = false;            ///< the fault is that the file ends too early
};

/// Records of one file, as stored. The result does not depend on where batches end.
struct json_batch {
    std::string bytes{}; ///< lines or `values`; without the padding that the parser needs after them
    std::uint64_t file = 0;
    std::uint64_t byte = 0;        ///< decoded offset of bytes[0]
    std::uint64_t line = 0;        ///< lines of the file before it
    std::uint64_t too_long = 0;    ///< if not 0, the batch is the beginning of one line of that many bytes
    std::uint64_t other_bytes = 0; ///< bytes outside records: a byte-order mark; of values also what separates them
    bool of_values = false;
    std::vector<json_value> values{};
    std::vector<restart_point> restarts{};
};

/// Cuts the bytes of one file into batches of whole lines.
class line_gatherer {
public:
    line_gatherer(std::uint64_t file, byte_options const& from, std::uint64_t line, std::uint64_t max_line_bytes);
    void add(byte_block& block);
    [[nodiscard]] bool complete() const { return complete_; }
    [[nodiscard]] bool empty() const { return pending_.bytes.empty() && pending_.other_bytes == 0; }
    /// The bytes before the unfinished last line; at the end of the file, that line too.
    json_batch take(bool at_end);

private:
    json_batch pending_;
    std::string rest_;
    std::size_t whole_ = 0; ///< bytes of `pending_` up to its last line end
    bool complete_ = false;
    std::uint64_t max_line_bytes_;
};

/// The batches of one file.
template <class Gatherer> generator<json_batch> batches_of(generator<byte_block> bytes, Gatherer gatherer) {
    patient<byte_block> blocks(std::move(bytes));
    while (auto* block = blocks.next()) {
        gatherer.add(*block);
        if (gatherer.complete()) co_yield gatherer.take(false);
    }
    // After an error the whole records before it are still valid; the incomplete one after them is not.
    co_yield gatherer.take(!blocks.failed());
    blocks.rethrow();
}

/// Cuts the bytes of one file into batches of JSON values, told apart by brackets and strings only. After damage it
/// goes on where the next record seems to begin.
class value_gatherer {
public:
    value_gatherer(std::uint64_t file, byte_options const& from, std::uint64_t line, std::uint64_t max_value_bytes,
                   json_layout layout);
    void add(byte_block& block);
    [[nodiscard]] bool complete() const {
        auto const values = pending_.values.size();
        return values > 0 && (pending_.bytes.size() >= json_batch_bytes || values >= most_values);
    }
    /// The whole values; at the end of the file also what is unfinished.
    json_batch take(bool at_end);

private:
    static constexpr std::size_t most_values = 4096;
    enum class expected : std::uint8_t { opening, first, separator, value, anything, only_values };
    enum class inside : std::uint8_t { nothing, structure, text, scalar, broken };

    void scan(std::string_view bytes);
    std::size_t between(std::string_view bytes, std::size_t i);
    std::size_t continued(std::string_view bytes, std::size_t i);
    void close_brackets(char c);
    void begin_value(std::size_t i);
    void end_value(std::string_view bytes, std::size_t end);
    void add_fault(char const* what, std::uint64_t byte, bool cut = false);
    void keep(std::string_view part);

    json_batch pending_;
    std::uint64_t max_value_bytes_;
    std::uint64_t byte_; ///< decoded offset of the block being scanned
    std::uint64_t line_; ///< lines of the file before the byte being scanned
    expected expected_;
    inside inside_ = inside::nothing;
    bool escaped_ = false;           ///< inside a string, after a backslash
    bool after_text_ = false;        ///< the string is inside a structure
    std::string open_{};             ///< brackets of the value
    std::size_t value_in_block_ = 0; ///< where the part of the value begins that is not kept yet
    json_value value_{};
};
}
