export module wordmill.plot:page;
import :word_map;
import wordmill.metrics;
import wordmill.standard;

namespace wordmill {
/// A training run and the name that its curves are labelled with.
export struct named_run {
    std::string name{};
    metrics_run run{};
};

/// The content of a page; empty parts are left out.
export struct page {
    std::string title{};
    std::optional<word_map> map{};
    std::vector<named_run> runs{};
};

/// The page as one HTML file that loads nothing else. Words and names may hold any bytes: what is not UTF-8 becomes
/// U+FFFD. In runs of more than 4,000 points, neighbouring points are averaged.
export [[nodiscard]] std::string to_html(page const& content);
}
