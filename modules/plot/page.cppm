export module wordmill.plot:page;
import :word_map;
import wordmill.metrics;
import wordmill.standard;

namespace wordmill {
/// A training run under the name that its curves are shown by.
export struct named_run {
    std::string name{};
    metrics_run run{};
};

/// What a page shows; parts that are empty are left out.
export struct page {
    std::string title{};
    std::optional<word_map> map{};
    std::vector<named_run> runs{};
};

/// The page as one HTML file, which loads nothing from anywhere. Words and names may hold any bytes: what is not
/// UTF-8 becomes U+FFFD. Runs of more than 4,000 points are shown by means of neighbouring points.
export [[nodiscard]] std::string to_html(page const& content);
}
