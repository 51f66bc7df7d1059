export module wordmill.corpora:read_options;
import wordmill.core;
import wordmill.io;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
/// How malformed records are handled.
export enum class bad_data_policy : std::uint8_t {
    strict,     ///< the first one ends the run with `failure::bad_data`
    skip,       ///< dropped and counted
    quarantine, ///< dropped, counted and copied to `quarantine_path`
};
export inline constexpr named_value<bad_data_policy> bad_data_policy_names[] = {
    {"strict", bad_data_policy::strict}, {"skip", bad_data_policy::skip}, {"quarantine", bad_data_policy::quarantine}};

/// How bytes that are not UTF-8 are handled.
export enum class utf8_policy : std::uint8_t {
    strict,  ///< the line or record is a bad record
    replace, ///< each maximal invalid subpart becomes U+FFFD (Unicode 15, section 3.9), counted
    keep,    ///< the bytes are kept as they are, counted
};
export inline constexpr named_value<utf8_policy> utf8_policy_names[] = {
    {"strict", utf8_policy::strict}, {"replace", utf8_policy::replace}, {"keep", utf8_policy::keep}};

/// Options of every reader. Formats add their own.
export struct read_options {
    position from{};                   ///< continue at this position
    std::size_t block_bytes = 1 << 16; ///< approximate size of the text of a block; at least 1
    bad_data_policy on_bad = bad_data_policy::strict;
    std::uint64_t max_bad = ~std::uint64_t{0}; ///< more bad records than this end the run
    double max_bad_share = 1.0;    ///< a larger share of bad records ends the run too, checked from 1000 records on
    std::string quarantine_path{}; ///< file for bad records, one per line, each preceded by its place and a tab
    utf8_policy utf8 = utf8_policy::strict;
    std::uint64_t max_record_bytes = std::uint64_t{64} << 20; ///< a longer JSON line or page is a bad record
    unsigned threads = 1;                                  ///< decoding and parsing; the result does not depend on it
    std::uint64_t memory_bytes = std::uint64_t{256} << 20; ///< bound on decoded data in flight
    bool allow_truncated = false;
    bool allow_garbage = false;
    decode_limits limits{};
    monitor watch{};
    tally counts{};
};

/// The decoding options of file number `file` of a list. File `from.file` starts at `from`; all others start at 0.
export [[nodiscard]] byte_options decoding(read_options const& options, std::uint64_t file);

/// The bytes of the inputs from file number `from.file` on.
export [[nodiscard]] decoded_files decoding(std::vector<input_file> inputs, read_options const& options);

/// Throws `failure::bad_data` when `from` was saved for other inputs. Returns the fingerprint of the present inputs.
export [[nodiscard]] std::uint64_t check_inputs(position const& from, std::uint64_t fingerprint_now);

/// Applies the bad-data policy and enforces its limits. Copies share state; one thread at a time.
export class bad_records {
public:
    explicit bad_records(read_options const& options, std::string_view unit = "record");

    /// Handles a bad record: throws under `strict` or beyond a limit, otherwise counts it as dropped (with its bytes).
    void report(place const& where, std::string_view reason, std::string_view record, std::string_view hint = {});
    /// Adds `count` records, good or bad, to those read; the limit by share needs them.
    void count_read(std::uint64_t count);
    /// Completes the quarantine file. Call it at the end of the stream.
    void finish();

private:
    struct state;
    std::shared_ptr<state> state_;
};
}
