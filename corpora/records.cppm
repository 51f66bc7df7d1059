module wordmill.corpora:records;
import :read_options;
import wordmill.core;
import wordmill.io;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill::detail {
/// A place where decoding can start, and its decoded offset.
struct restart_point {
    std::uint64_t stored = 0;
    std::uint64_t byte = 0;
    bool operator==(restart_point const&) const = default;
};

enum class fate : std::uint8_t {
    document,
    filtered, ///< excluded by the options
    bad,
};

/// Noted for each carriage return without a newline that ended a line.
inline constexpr std::string_view lone_return_note = "carriage return without a newline, taken as a line end";

/// A record after parsing.
struct parsed_record {
    fate kind = fate::document;
    bool ends_file = false;      ///< nothing of the file is left to read: continue with the next one
    std::uint32_t complaint = 0; ///< filtered, bad: index into `complaints`
    std::size_t text_end = 0;    ///< document: end of its text, which begins at the end of the previous one
    std::uint64_t bytes = 0;     ///< bytes of the file that belong to the record
    std::uint64_t byte_end = 0;  ///< decoded offset just after the record
    std::uint64_t line_end = 0;  ///< lines of the file before `byte_end`
};

/// Why a record gives no document.
struct complaint {
    std::string reason{}; ///< the same for all records with the same fault, because it also names a counter
    std::string hint{};
    place where{};
    std::string record{}; ///< for the quarantine file
};

/// Consecutive parsed records of one file. The result does not depend on where batches end.
struct parsed_batch {
    std::uint64_t file = 0;
    std::string text{};
    std::vector<parsed_record> records{};
    std::vector<complaint> complaints{};
    std::vector<restart_point> restarts{}; ///< ascending; the first is at or before the first record
    std::uint64_t other_bytes = 0;         ///< bytes between records: blank lines, byte-order marks, the frame of a
                                           ///< dump
    std::uint64_t duplicate_fields = 0;
    std::uint64_t repaired = 0; ///< records with invalid UTF-8 replaced
    std::uint64_t kept = 0;     ///< records with invalid UTF-8 kept
    std::uint64_t left_out = 0; ///< null strings in lists of strings
};

/// How records are counted.
struct record_unit {
    std::string_view name = "record";
    bool delivers = true; ///< counts delivered ones; false when a later stage does
};

/// Applies the policy to records in order, counts them, and collects their documents in blocks. An error, from a record
/// or from the batches, is thrown after the documents before it have been delivered.
generator<text_block> deliver(generator<parsed_batch> batches, read_options options, position from,
                              record_unit unit = {});

/// Returns `from` with the fingerprint of `inputs`; throws when it was saved for other inputs.
position resume_at(position from, std::vector<input_file> const& inputs);

/// A wrapper of a generator that throws the generator's error only after all earlier elements have been consumed.
template <class T> class patient {
public:
    explicit patient(generator<T> source) : source_(std::move(source)) {}

    /// The next element, valid until the next call; nullptr at the end and at an error.
    T* next() {
        if (ended_) return nullptr;
        try {
            if (at_)
                ++*at_;
            else
                at_.emplace(source_.begin());
            ended_ = *at_ == source_.end();
            if (ended_) return nullptr;
            value_ = std::move(**at_);
            return &value_;
        } catch (...) {
            ended_ = true;
            problem_ = std::current_exception();
        }
        return nullptr;
    }
    [[nodiscard]] bool failed() const { return problem_ != nullptr; }
    void rethrow() const {
        if (problem_) std::rethrow_exception(problem_);
    }

private:
    generator<T> source_;
    std::optional<typename generator<T>::iterator> at_{};
    T value_{};
    bool ended_ = false;
    std::exception_ptr problem_{};
};
}
