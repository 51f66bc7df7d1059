module;
#include <algorithm>
#include <array>
#include <cerrno>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
module wordmill.corpora;
import :arrow;
import :block_builder;
import :read_options;
import wordmill.core;
import wordmill.stream;
import wordmill.text;

// The structures of the Arrow C data interface, whose layout its specification fixes.
extern "C" {
struct ArrowSchema {
    char const* format;
    char const* name;
    char const* metadata;
    std::int64_t flags;
    std::int64_t n_children;
    ArrowSchema** children;
    ArrowSchema* dictionary;
    void (*release)(ArrowSchema*);
    void* private_data;
};
struct ArrowArray {
    std::int64_t length;
    std::int64_t null_count;
    std::int64_t offset;
    std::int64_t n_buffers;
    std::int64_t n_children;
    void const** buffers;
    ArrowArray** children;
    ArrowArray* dictionary;
    void (*release)(ArrowArray*);
    void* private_data;
};
struct ArrowArrayStream {
    int (*get_schema)(ArrowArrayStream*, ArrowSchema*);
    int (*get_next)(ArrowArrayStream*, ArrowArray*);
    char const* (*get_last_error)(ArrowArrayStream*);
    void (*release)(ArrowArrayStream*);
    void* private_data;
};
}

namespace wordmill {
namespace {
/// One of the structures, released when it is dropped.
template <class T> struct held {
    T value{};
    held() = default;
    explicit held(void* other) : value(*static_cast<T*>(other)) { static_cast<T*>(other)->release = nullptr; }
    held(held const&) = delete;
    held& operator=(held const&) = delete;
    ~held() { reset(); }
    void reset() noexcept {
        if (value.release) value.release(&value);
        value.release = nullptr;
    }
};
}

struct arrow_stream::state {
    std::optional<held<ArrowArrayStream>> stream{};
    held<ArrowSchema> schema{};
    held<ArrowArray> batch{};
    bool one_batch = false; ///< `batch` is the only one, not delivered yet
    bool begun = false;     ///< `schema` is there

    explicit state(void* from) : stream(std::in_place, from) {}
    state(void* of, void* array) : schema(of), batch(array), one_batch(true), begun(true) {}

    void check(int code, std::string const& name) {
        if (code == 0) return;
        char const* const text = stream->value.get_last_error ? stream->value.get_last_error(&stream->value) : nullptr;
        auto message = std::string(text && *text ? text : std::strerror(code));
        std::ranges::replace(message, '\n', ' ');
        throw error(code == ENOMEM ? failure::resource : failure::io, name + ": its producer reports: " + message);
    }
    void begin(std::string const& name) {
        if (begun) return;
        if (!stream->value.release) throw error(failure::bad_data, name + ": the stream was read before");
        check(stream->value.get_schema(&stream->value, &schema.value), name);
        begun = true;
    }
    /// False at the end.
    bool next(std::string const& name) {
        if (std::exchange(one_batch, false)) return batch.value.release != nullptr;
        batch.reset();
        if (!stream) return false;
        check(stream->value.get_next(&stream->value, &batch.value), name);
        return batch.value.release != nullptr;
    }
};

arrow_stream::arrow_stream(void* stream) : state_(std::make_unique<state>(stream)) {}
arrow_stream::arrow_stream(void* schema, void* array) : state_(std::make_unique<state>(schema, array)) {}
arrow_stream::arrow_stream(arrow_stream&&) noexcept = default;
arrow_stream& arrow_stream::operator=(arrow_stream&&) noexcept = default;
arrow_stream::~arrow_stream() = default;

namespace {
enum class layout : std::uint8_t { small, large, view, null };

std::optional<layout> layout_of(std::string_view format) {
    if (format == "u") return layout::small;
    if (format == "U") return layout::large;
    if (format == "vu") return layout::view;
    if (format == "n") return layout::null;
    return std::nullopt;
}

std::string_view text_of(char const* c) { return c ? std::string_view(c) : std::string_view(); }

/// The column that is read: where it is, and how it is stored.
struct chosen_column {
    std::optional<std::int64_t> child{}; ///< of a table
    layout strings = layout::small;      ///< of the values, or of the dictionary
    char index = 0;                      ///< format of the indices of a dictionary; 0 without one
    std::string label{};
};

chosen_column choose(ArrowSchema const& schema, arrow_options const& options) {
    chosen_column out;
    out.label = options.name;
    auto const* type = &schema;
    if (text_of(schema.format) == "+s") {
        std::string names;
        std::int64_t texts = 0;
        for (std::int64_t i = 0; i < schema.n_children; ++i) {
            auto const& each = *schema.children[i];
            auto const name = text_of(each.name);
            names += (names.empty() ? "" : ", ") + std::string(name);
            auto const& values = each.dictionary ? *each.dictionary : each;
            if (options.column.empty() && layout_of(text_of(values.format))) {
                ++texts;
                out.child = i;
            } else if (!options.column.empty() && name == options.column && !out.child) {
                out.child = i;
            }
        }
        if (options.column.empty() && texts > 1)
            throw error(failure::usage, options.name + ": expected the name of a column, found several: " + names, {},
                        "name the column of the text");
        if (!out.child)
            throw error(failure::bad_data,
                        options.name + ": expected a column "
                            + (options.column.empty() ? std::string("of text") : "'" + options.column + "'")
                            + ", found " + (names.empty() ? "none" : names));
        type = schema.children[*out.child];
        out.label += ", column '" + std::string(text_of(type->name)) + "'";
    } else if (!options.column.empty() && text_of(schema.name) != options.column && !text_of(schema.name).empty()) {
        throw error(failure::bad_data, options.name + ": expected column '" + options.column + "', found '"
                                           + std::string(text_of(schema.name)) + "'");
    }
    if (type->dictionary) {
        auto const format = text_of(type->format);
        if (format.size() != 1 || std::string_view("cCsSiIlL").find(format[0]) == std::string_view::npos)
            throw error(failure::bad_data,
                        out.label + ": a dictionary with indices of type '" + std::string(format) + "' is not read");
        out.index = format[0];
        type = type->dictionary;
    }
    auto const found = layout_of(text_of(type->format));
    if (!found)
        throw error(failure::bad_data,
                    out.label + ": expected strings, found Arrow type '" + std::string(text_of(type->format)) + "'", {},
                    "convert the column to strings");
    out.strings = *found;
    return out;
}

/// A range of rows of an array of strings.
class string_array {
public:
    string_array(ArrowArray const& array, layout how, std::string const& label, std::uint64_t row)
        : array_(&array), how_(how), label_(&label), row_(row) {
        auto const buffers = how == layout::null ? 0 : 3;
        if (array.length < 0 || array.offset < 0 || array.length > (std::int64_t{1} << 62)
            || array.offset > (std::int64_t{1} << 62))
            refuse("a length or offset is negative or too large");
        if (array.n_buffers < buffers || (buffers > 0 && !array.buffers)) refuse("buffers are missing");
        end_ = array.offset + array.length;
        if (how == layout::null || end_ == 0) return;
        if (!array.buffers[1]) {
            if (array.length > 0) refuse("the buffer of offsets is missing");
            return;
        }
        if (how == layout::view) {
            views_ = array.n_buffers - 3;
            sizes_ = static_cast<std::int64_t const*>(array.buffers[array.n_buffers - 1]);
            if (views_ > 0 && !sizes_) refuse("the sizes of buffers are missing");
        } else {
            limit_ = offset_at(end_);
        }
    }

    /// Rows counted from the beginning of the buffers; nothing for a row without a value.
    [[nodiscard]] std::optional<std::string_view> at(std::int64_t i) const {
        if (how_ == layout::null || !has_value(*array_, i)) return std::nullopt;
        if (how_ == layout::view) return view_at(i);
        auto const begin = offset_at(i);
        auto const end = offset_at(i + 1);
        if (begin < 0 || end < begin || end > limit_)
            refuse_row(i, "offsets " + std::to_string(begin) + " and " + std::to_string(end)
                              + " are negative, descending or beyond the last, " + std::to_string(limit_));
        if (begin == end) return std::string_view();
        auto const* const bytes = static_cast<char const*>(array_->buffers[2]);
        if (!bytes) refuse_row(i, "the buffer of text is missing");
        return std::string_view(bytes + begin, static_cast<std::size_t>(end - begin));
    }
    [[nodiscard]] std::int64_t begin() const noexcept { return array_->offset; }
    [[nodiscard]] std::int64_t end() const noexcept { return end_; }

    static bool has_value(ArrowArray const& array, std::int64_t i) noexcept {
        if (array.null_count == 0 || !array.buffers || array.n_buffers < 1 || !array.buffers[0]) return true;
        auto const* const bits = static_cast<unsigned char const*>(array.buffers[0]);
        return (bits[i / 8] >> (i % 8) & 1) != 0;
    }

private:
    [[noreturn]] void refuse(std::string const& what) const {
        throw error(failure::bad_data, *label_ + ": broken Arrow array: " + what, place{.record = row_ + 1});
    }
    [[noreturn]] void refuse_row(std::int64_t i, std::string const& what) const {
        throw error(failure::bad_data, *label_ + ": broken Arrow array: " + what,
                    place{.record = row_ + static_cast<std::uint64_t>(i - array_->offset) + 1});
    }
    [[nodiscard]] std::int64_t offset_at(std::int64_t i) const {
        if (how_ == layout::large) return static_cast<std::int64_t const*>(array_->buffers[1])[i];
        return static_cast<std::int32_t const*>(array_->buffers[1])[i];
    }
    [[nodiscard]] std::string_view view_at(std::int64_t i) const {
        struct {
            std::int32_t size;
            std::array<char, 4> prefix;
            std::int32_t buffer;
            std::int32_t offset;
        } view;
        static_assert(sizeof view == 16);
        auto const* const stored = static_cast<char const*>(array_->buffers[1]) + i * 16;
        std::memcpy(&view, stored, sizeof view);
        if (view.size < 0) refuse_row(i, "a size is negative");
        if (view.size <= 12) return {stored + 4, static_cast<std::size_t>(view.size)};
        if (view.buffer < 0 || view.buffer >= views_) refuse_row(i, "a buffer's number is out of range");
        auto const* const bytes = static_cast<char const*>(array_->buffers[2 + view.buffer]);
        if (!bytes || view.offset < 0 || std::int64_t{view.offset} + view.size > sizes_[view.buffer])
            refuse_row(i, "a text lies outside its buffer");
        return {bytes + view.offset, static_cast<std::size_t>(view.size)};
    }

    ArrowArray const* array_;
    layout how_;
    std::string const* label_;
    std::uint64_t row_; ///< of the stream, where the array begins
    std::int64_t end_ = 0;
    std::int64_t limit_ = 0;
    std::int64_t views_ = 0;
    std::int64_t const* sizes_ = nullptr;
};

std::int64_t index_at(ArrowArray const& array, char format, std::int64_t i) {
    auto const read = [&]<class T>(T) { return static_cast<std::int64_t>(static_cast<T const*>(array.buffers[1])[i]); };
    switch (format) {
    case 'c': return read(std::int8_t{});
    case 'C': return read(std::uint8_t{});
    case 's': return read(std::int16_t{});
    case 'S': return read(std::uint16_t{});
    case 'i': return read(std::int32_t{});
    case 'I': return read(std::uint32_t{});
    default: return read(std::int64_t{});
    }
}

/// The rows of a batch, one by one.
class batch_rows {
public:
    batch_rows(ArrowArray const& batch, chosen_column const& column, std::uint64_t row)
        : column_(&column), row_(row), array_(&batch) {
        if (batch.length < 0 || batch.offset < 0) refuse("a length or offset is negative");
        rows_ = batch.length;
        if (column.child) { // the offset of a table applies to its columns
            if (batch.n_children <= *column.child || !batch.children || !batch.children[*column.child])
                refuse("a column is missing");
            array_ = batch.children[*column.child];
            first_ = batch.offset;
            table_ = &batch;
            if (array_->length < 0 || array_->length - first_ < rows_) refuse("a column is too short");
        }
        if (column.index) {
            if (!array_->dictionary) refuse("the dictionary is missing");
            if (array_->offset < 0 || array_->n_buffers < 2 || !array_->buffers || (rows_ > 0 && !array_->buffers[1]))
                refuse("buffers are missing");
            words_.emplace(*array_->dictionary, column.strings, column.label, row);
        } else {
            words_.emplace(*array_, column.strings, column.label, row);
        }
    }
    [[nodiscard]] std::int64_t size() const noexcept { return rows_; }
    [[nodiscard]] std::optional<std::string_view> operator[](std::int64_t i) const {
        if (table_ && !string_array::has_value(*table_, table_->offset + i)) return std::nullopt;
        auto const at = array_->offset + first_ + i;
        if (!column_->index) return words_->at(at);
        if (!string_array::has_value(*array_, at)) return std::nullopt;
        auto const word = index_at(*array_, column_->index, at);
        if (word < 0 || word >= words_->end() - words_->begin())
            throw error(failure::bad_data,
                        column_->label + ": broken Arrow array: index " + std::to_string(word)
                            + " is outside the dictionary",
                        place{.record = row_ + static_cast<std::uint64_t>(i) + 1});
        return words_->at(words_->begin() + word);
    }

private:
    [[noreturn]] void refuse(std::string const& what) const {
        throw error(failure::bad_data, column_->label + ": broken Arrow array: " + what, place{.record = row_ + 1});
    }
    chosen_column const* column_;
    std::uint64_t row_;
    ArrowArray const* array_;
    ArrowArray const* table_ = nullptr;
    std::int64_t first_ = 0;
    std::int64_t rows_ = 0;
    std::optional<string_array> words_{};
};
}

void check_arrow(arrow_stream& stream, arrow_options const& options) {
    stream.contents().begin(options.name);
    (void)choose(stream.contents().schema.value, options);
}

generator<text_block> read_arrow(arrow_stream stream, arrow_options options) {
    auto& from = stream.contents();
    from.begin(options.name);
    auto const column = choose(from.schema.value, options);
    block_builder builder(std::max<std::size_t>(options.block_bytes, 1), options.from);
    std::uint64_t row = 0;
    auto const after = [&row] { return position{.record = row}; };
    while (from.next(options.name)) {
        batch_rows const rows(from.batch.value, column, row);
        std::uint64_t nulls = 0;
        std::uint64_t texts = 0;
        for (std::int64_t i = 0; i < rows.size(); ++i) {
            if (row < options.from.record) { // whole batches at a time
                auto const skipped =
                    std::min<std::uint64_t>(options.from.record - row, static_cast<std::uint64_t>(rows.size() - i));
                row += skipped;
                i += static_cast<std::int64_t>(skipped) - 1;
                continue;
            }
            auto const text = rows[i];
            ++row;
            if (!text) {
                ++nulls;
                builder.skip_record(after());
                continue;
            }
            ++texts;
            if (options.utf8 != utf8_policy::keep && !valid_utf8(*text)) {
                if (options.utf8 == utf8_policy::strict)
                    throw error(failure::bad_data, column.label + ": expected UTF-8", place{.record = row},
                                "repair the column, or let invalid bytes be replaced");
                std::string repaired;
                options.counts.note("invalid UTF-8 replaced", append_repaired(repaired, *text).replaced);
                builder.add_document(repaired, after());
            } else {
                builder.add_document(*text, after());
            }
            if (!builder.full()) continue;
            options.watch.check();
            co_yield builder.take();
        }
        options.counts.read("row", nulls + texts);
        options.counts.deliver("row", texts);
        options.counts.drop("row", "null", nulls);
    }
    if (!builder.empty()) co_yield builder.take();
}
}
