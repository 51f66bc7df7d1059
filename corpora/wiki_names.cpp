module;
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
module wordmill.corpora;
import :wiki_names;

namespace wordmill::detail {
namespace {
using namespace std::string_view_literals;

// Each list is in byte order.
constexpr std::array unwrapped{
    "abbr"sv,        "b"sv,
    "bdi"sv,         "bdo"sv,
    "big"sv,         "categorytree"sv,
    "cite"sv,        "code"sv,
    "data"sv,        "del"sv,
    "dfn"sv,         "em"sv,
    "font"sv,        "i"sv,
    "includeonly"sv, "indicator"sv,
    "ins"sv,         "kbd"sv,
    "langconvert"sv, "mark"sv,
    "noinclude"sv,   "onlyinclude"sv,
    "poem"sv,        "q"sv,
    "rb"sv,          "references"sv,
    "rp"sv,          "rt"sv,
    "rtc"sv,         "ruby"sv,
    "s"sv,           "samp"sv,
    "section"sv,     "small"sv,
    "span"sv,        "strike"sv,
    "strong"sv,      "sub"sv,
    "sup"sv,         "templatestyles"sv,
    "time"sv,        "tt"sv,
    "u"sv,           "var"sv,
};
constexpr std::array lines{
    "blockquote"sv, "caption"sv, "center"sv, "dd"sv, "div"sv, "dl"sv, "dt"sv, "h1"sv, "h2"sv,
    "h3"sv,         "h4"sv,      "h5"sv,     "h6"sv, "hr"sv,  "li"sv, "ol"sv, "p"sv,  "ul"sv,
};
constexpr std::array discarded{
    "ce"sv,
    "chem"sv,
    "gallery"sv,
    "graph"sv,
    "hiero"sv,
    "imagemap"sv,
    "inputbox"sv,
    "mapframe"sv,
    "maplink"sv,
    "math"sv,
    "pre"sv,
    "ref"sv,
    "score"sv,
    "script"sv,
    "source"sv,
    "style"sv,
    "syntaxhighlight"sv,
    "templatedata"sv,
    "timeline"sv,
};
static_assert(std::ranges::is_sorted(unwrapped) && std::ranges::is_sorted(lines) && std::ranges::is_sorted(discarded));

// File, image, media and category: the English names work in every Wikipedia, then de fr es it pt nl pl ru uk sv cs ja
// ko zh ar vi ...
constexpr std::array namespaces{
    "arquivo"sv,    "archivo"sv,     "attēls"sv,      "attèls"sv,    "berkas"sv,    "bestand"sv,   "bild"sv,
    "categoria"sv,  "category"sv,    "catégorie"sv,   "categoría"sv, "datei"sv,     "dosya"sv,     "fichier"sv,
    "ficheiro"sv,   "file"sv,        "fil"sv,         "fitxer"sv,    "fișier"sv,    "fájl"sv,      "grafika"sv,
    "imagem"sv,     "imagen"sv,      "image"sv,       "immagine"sv,  "kategori"sv,  "kategoria"sv, "kategorie"sv,
    "kategorija"sv, "kategória"sv,   "luokka"sv,      "media"sv,     "plik"sv,      "slika"sv,     "soubor"sv,
    "súbor"sv,      "tiedosto"sv,    "tập tin"sv,     "thể loại"sv,  "categorie"sv, "αρχείο"sv,    "κατηγορία"sv,
    "Αρχείο"sv,     "Κατηγορία"sv,   "категория"sv,   "категорія"sv, "Категория"sv, "Категорія"sv, "файл"sv,
    "Файл"sv,       "изображение"sv, "Изображение"sv, "קובץ"sv,      "קטגוריה"sv,   "ملف"sv,       "تصنيف"sv,
    "پرونده"sv,     "رده"sv,         "चित्र"sv,        "श्रेणी"sv,      "ไฟล์"sv,       "หมวดหมู่"sv,    "ファイル"sv,
    "画像"sv,       "カテゴリ"sv,    "文件"sv,        "檔案"sv,      "图像"sv,      "分类"sv,      "分類"sv,
    "파일"sv,       "그림"sv,        "분류"sv,
};

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

/// "fr", "simple", "zh-min-nan": prefixes of links to the same article in another language.
bool is_language_code(std::string_view name) {
    if (name == "simple") return true;
    auto const letters = std::min(name.find('-'), name.size());
    return (letters == 2 || letters == 3) && name.size() <= 12
           && std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
}
}

tag_rule rule_of(std::string_view name) {
    if (std::ranges::binary_search(discarded, name)) return tag_rule::discard;
    if (std::ranges::binary_search(unwrapped, name)) return tag_rule::unwrap;
    if (std::ranges::binary_search(lines, name)) return tag_rule::line;
    if (name == "br" || name == "wbr" || name == "td" || name == "th" || name == "tr") return tag_rule::space;
    if (name == "table") return tag_rule::table;
    if (name == "nowiki") return tag_rule::raw;
    return tag_rule::text;
}

bool is_silent_target(std::string_view target, bool piped) {
    auto const colon = target.substr(0, 48).find(':');
    if (colon == std::string_view::npos) return false;
    auto name = target.substr(0, colon);
    auto const first = name.find_first_not_of(" _\t\n");
    if (first == std::string_view::npos) return false;
    name = name.substr(first, name.find_last_not_of(" _\t\n") - first + 1);
    if (!piped && is_language_code(name)) return true;
    return std::ranges::find(namespaces, lower(name)) != namespaces.end();
}
}
