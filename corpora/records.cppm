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
    filtered, ///< left out because the options say so
    bad,
};

/// A record after parsing.
struct parsed_record {
    fate kind = fate::document;
    bool ends_file = false;      ///< nothing of the file is left to read: continue with the next one
    std::uint32_t complaint = 0; ///< filtered, bad: index into `complaints`
    std::size_t text_end = 0;    ///< document: where its text ends; it begins where the one before ends
    std::uint64_t bytes = 0;     ///< of the file that are accounted to it
    std::uint64_t byte_end = 0;  ///< decoded offset just after it
    std::uint64_t line_end = 0;  ///< lines of the file before that
};

/// Why a record brings no document.
struct complaint {
    std::string reason{}; ///< also the name of a counter: the same for all records with the same fault
    std::string hint{};
    place where{};
    std::string record{}; ///< for the quarantine file
};

/// Consecutive parsed records of one file. Where a batch ends has no effect.
struct parsed_batch {
    std::uint64_t file = 0;
    std::string text{};
    std::vector<parsed_record> records{};
    std::vector<complaint> complaints{};
    std::vector<restart_point> restarts{}; ///< ascending; the first is at or before the first record
    std::uint64_t other_bytes = 0;         ///< between records: blank lines, byte-order marks, the frame of a dump
    std::uint64_t duplicate_fields = 0;
    std::uint64_t repaired = 0; ///< records with invalid UTF-8 replaced
};

/// Applies policy and counts to records in order and collects their documents in blocks. An error, of a record under
/// the policy or of the batches, is thrown after the documents before it have been delivered.
generator<text_block> deliver(generator<parsed_batch> batches, read_options options, position from);

/// `from` with the fingerprint of `inputs`; throws when it was saved for others.
position resume_at(position from, std::vector<input_file> const& inputs);

/// A generator that throws its error only after the elements before it have been used.
template <class T> class patient {
public:
    explicit patient(generator<T> source) : source_(std::move(source)) {}

    /// The next element, valid until the call after; nullptr at the end and at an error.
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
