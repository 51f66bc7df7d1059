module;
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>
module wordmill.corpora;
import :wiki_lines;
import :wiki_names;

namespace wordmill {
namespace {
using detail::tag_rule;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// One pass over the markup. Open constructs are on a stack, each with the length of the output when it opened, so that
/// closing it can drop or rewrite its text. Each is pushed and popped once.
class scanner {
public:
    /// `silent`: as `namespace_name` makes them.
    scanner(std::string_view markup, std::span<std::string const> silent) : in_(markup), silent_(silent) {
        out_.reserve(markup.size());
    }

    std::string text() {
        line_start();
        while (at_ < in_.size()) {
            auto const plain = std::min(in_.find_first_of("<{}[]|'_\n", at_), in_.size());
            out_ += in_.substr(at_, plain - at_);
            at_ = plain;
            if (at_ < in_.size()) markup();
        }
        return std::move(out_);
    }

private:
    enum kind : std::uint8_t { braces, table, link, external, kinds };
    struct opened {
        kind what;
        bool piped = false;         ///< link: the target has been cut off the output
        bool silent = false;        ///< link: to a file, a category, ...
        bool shown = false;         ///< link: begins with a colon, so it is always text
        std::size_t count = 0;      ///< braces: how many are open
        std::size_t out_length = 0; ///< length of the output before it
    };

    [[nodiscard]] char ahead(std::size_t n = 1) const { return at_ + n < in_.size() ? in_[at_ + n] : '\0'; }
    [[nodiscard]] std::size_t run(char c) const { return std::min(in_.find_first_not_of(c, at_), in_.size()) - at_; }
    [[nodiscard]] bool top_is(kind what) const { return !stack_.empty() && stack_.back().what == what; }
    void literal(std::size_t n = 1) {
        out_ += in_.substr(at_, n);
        at_ += n;
    }
    void push(opened o) {
        o.out_length = out_.size();
        ++open_[o.what];
        stack_.push_back(o);
    }
    opened pop() {
        auto const o = stack_.back();
        stack_.pop_back();
        --open_[o.what];
        return o;
    }
    /// Pops down to the innermost `what`, which must exist; those above it were never closed.
    opened& unwind(kind what) {
        while (stack_.back().what != what) pop();
        return stack_.back();
    }

    void markup() {
        switch (in_[at_]) {
        case '<': return angle();
        case '{': return open_braces();
        case '}': return close_braces();
        case '[': return open_bracket();
        case ']': return close_bracket();
        case '|': return pipe();
        case '\'': return quotes();
        case '_': return magic_word();
        default: return line_end();
        }
    }

    void line_end() {
        // External links and link targets end at the end of their line at the latest.
        while (top_is(external) || (top_is(link) && !stack_.back().piped)) pop();
        literal();
        line_start();
    }
    /// Tables open and close only at the start of a line, after indentation and spaces.
    void line_start() {
        auto const first = std::min(in_.find_first_not_of(" \t:", at_), in_.size());
        if (in_.substr(first, 2) == "{|") {
            at_ = first + 2;
            push({.what = table});
        } else if (open_[table] > 0 && in_.substr(first, 2) == "|}" && in_.substr(first, 3) != "|}}") {
            at_ = first + 2;
            close_table();
        }
    }
    void close_table() {
        out_.resize(unwind(table).out_length);
        pop();
    }

    void open_braces() {
        auto const n = run('{');
        if (n == 1) return literal();
        push({.what = braces, .count = n});
        at_ += n;
    }
    void close_braces() {
        auto n = run('}');
        if (n == 1) return literal();
        at_ += n;
        while (n > 1 && open_[braces] > 0) {
            auto& o = unwind(braces);
            out_.resize(o.out_length);
            auto const closed = std::min<std::size_t>({n, o.count, 3}); // {{{parameter}}} or {{template}}
            n -= closed;
            o.count -= closed;
            if (o.count < 2) pop();
        }
    }

    void open_bracket() {
        if (ahead() == '[') {
            bool const shown = ahead(2) == ':';
            at_ += shown ? 3 : 2;
            return push({.what = link, .shown = shown});
        }
        auto const rest = in_.substr(at_ + 1, 9);
        for (std::string_view const scheme : {"http://", "https://", "//", "ftp://", "mailto:", "news:", "irc:"}) {
            if (!rest.starts_with(scheme)) continue;
            push({.what = external});
            at_ = std::min(in_.find_first_of(" \t\n]", at_), in_.size());
            return;
        }
        literal();
    }
    void close_bracket() {
        if (top_is(external)) {
            pop();
            ++at_;
            return;
        }
        if (ahead() != ']') return literal();
        at_ += 2;
        if (!top_is(link)) return;
        auto const o = pop();
        if (o.piped ? o.silent : is_silent(o)) out_.resize(o.out_length);
    }
    [[nodiscard]] bool is_silent(opened const& o) const {
        return !o.shown && detail::is_silent_target(std::string_view(out_).substr(o.out_length), o.piped, silent_);
    }
    void pipe() {
        if (!top_is(link) || stack_.back().piped) return literal();
        auto& o = stack_.back();
        o.piped = true;
        o.silent = is_silent(o);
        out_.resize(o.out_length);
        ++at_;
    }

    void quotes() {
        auto const n = run('\'');
        // 2 italic, 3 bold, 5 both; other runs contain literal apostrophes (the rule of MediaWiki's parser).
        auto const apostrophes = n == 1 || n == 4 ? 1 : n > 5 ? n - 5 : 0;
        out_.append(apostrophes, '\'');
        at_ += n;
    }
    void magic_word() {
        auto const underscores = run('_');
        if (underscores != 2) return literal(underscores);
        auto end = at_ + 2;
        while (end < in_.size() && in_[end] >= 'A' && in_[end] <= 'Z') ++end;
        if (end - at_ < 4 || in_.substr(end, 2) != "__") return literal(end - at_);
        at_ = end + 2;
    }

    void angle() {
        if (in_.substr(at_, 4) == "<!--") return comment();
        bool const closing = ahead() == '/';
        auto const begin = at_ + (closing ? 2 : 1);
        auto end = begin;
        std::string name;
        while (end < in_.size() && end - begin < 16
               && (is_letter(in_[end]) || (end > begin && in_[end] >= '0' && in_[end] <= '9')))
            name += static_cast<char>(in_[end] | (is_letter(in_[end]) ? 0x20 : 0)), ++end;
        auto const rule = detail::rule_of(name);
        auto const close = rule == tag_rule::text ? std::string_view::npos : in_.find_first_of("<>", end);
        if (close == std::string_view::npos || in_[close] == '<') return literal();
        bool const empty = in_[close - 1] == '/';
        at_ = close + 1;
        apply(rule, name, closing, empty);
    }
    void apply(tag_rule rule, std::string const& name, bool closing, bool empty) {
        switch (rule) {
        case tag_rule::space: out_ += ' '; return;
        case tag_rule::line: out_ += '\n'; return;
        case tag_rule::table:
            if (!closing) return push({.what = table});
            if (open_[table] > 0) close_table();
            return;
        case tag_rule::raw:
        case tag_rule::discard: {
            if (closing || empty) return;
            auto const begin = at_;
            auto const end = skip_past_closing(name);
            if (rule == tag_rule::raw) out_ += in_.substr(begin, end - begin);
            return;
        }
        default: return;
        }
    }
    /// Moves to the end of the next "</name" tag and returns where the tag begins. If there is none, stays and returns
    /// the current position; the name is remembered, so that unclosed tags do not cause a second search of the page.
    std::size_t skip_past_closing(std::string const& name) {
        auto const begin = at_;
        if (std::ranges::find(unclosed_, name) != unclosed_.end()) return begin;
        for (auto i = in_.find("</", begin); i != std::string_view::npos; i = in_.find("</", i + 2)) {
            auto const candidate = in_.substr(i + 2, name.size());
            if (candidate.size() < name.size()
                || !std::ranges::equal(candidate, name, {}, [](char c) { return is_letter(c) ? c | 0x20 : c; }))
                continue;
            auto const after = i + 2 + name.size();
            if (after < in_.size() && is_letter(in_[after])) continue;
            auto const close = std::min(in_.find_first_of(">\n", after), in_.size());
            at_ = std::min(close + 1, in_.size());
            return i;
        }
        unclosed_.push_back(name);
        return begin;
    }
    void comment() {
        auto const end = in_.find("-->", at_ + 4);
        at_ = end == std::string_view::npos ? in_.size() : end + 3;
    }

    std::string_view in_;
    std::size_t at_ = 0;
    std::string out_;
    std::vector<opened> stack_;
    std::array<std::size_t, kinds> open_{};
    std::span<std::string const> silent_;
    std::vector<std::string> unclosed_; ///< at most one for each name in the list of tags
};
}

std::string detail::text_of_page(std::string_view wikitext, std::span<std::string const> silent) {
    return tidy_lines(scanner(wikitext, silent).text());
}

std::string plain_text(std::string_view wikitext, std::span<std::string const> silent_namespaces) {
    std::vector<std::string> silent;
    for (auto const& name : silent_namespaces) silent.push_back(detail::namespace_name(name));
    return detail::text_of_page(wikitext, silent);
}
}
