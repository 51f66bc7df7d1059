module;
#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <unicode/bytestream.h>
#include <unicode/casemap.h>
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

// File, image, media and category, case folded. The English names work in every Wikipedia; the others are the names and
// aliases of larger Wikipedias.
constexpr std::array namespaces{
    "arquivo"sv,     "archivo"sv,    "attēls"sv,     "attèls"sv,     "berkas"sv,
    "bestand"sv,     "bild"sv,       "categoria"sv,  "category"sv,   "catégorie"sv,
    "categoría"sv,   "datei"sv,      "dosya"sv,      "fichier"sv,    "ficheiro"sv,
    "file"sv,        "fil"sv,        "fitxer"sv,     "fișier"sv,     "fájl"sv,
    "grafika"sv,     "imagem"sv,     "imagen"sv,     "image"sv,      "immagine"sv,
    "kategori"sv,    "kategoria"sv,  "kategorie"sv,  "kategorija"sv, "kategória"sv,
    "luokka"sv,      "media"sv,      "plik"sv,       "slika"sv,      "soubor"sv,
    "súbor"sv,       "tiedosto"sv,   "tập tin"sv,    "thể loại"sv,   "categorie"sv,
    "αρχείο"sv,      "κατηγορία"sv,  "категория"sv,  "категорія"sv,  "файл"sv,
    "изображение"sv, "датотека"sv,   "слика"sv,      "категорија"sv, "малюнак"sv,
    "выява"sv,       "катэгорыя"sv,  "зображення"sv, "datoteka"sv,   "kategorio"sv,
    "dosiero"sv,     "fitxategi"sv,  "kategooria"sv, "pilt"sv,       "vaizdas"sv,
    "catagóir"sv,    "íomhá"sv,      "categori"sv,   "delwedd"sv,    "rummad"sv,
    "restr"sv,       "hình"sv,       "gambar"sv,     "fayl"sv,       "kateqoriya"sv,
    "turkum"sv,      "fasciculus"sv, "imaxe"sv,      "skedari"sv,    "kategorya"sv,
    "talaksan"sv,    "mynd"sv,       "flokkur"sv,    "kép"sv,        "imatge"sv,
    "afbeelding"sv,  "bilde"sv,      "bilete"sv,     "bestân"sv,     "ofbyld"sv,
    "պատկեր"sv,      "կատեգորիա"sv,  "ფაილი"sv,      "კატეგორია"sv,  "санат"sv,
    "сурет"sv,       "קובץ"sv,       "תמונה"sv,      "קטגוריה"sv,    "ملف"sv,
    "صورة"sv,        "تصنيف"sv,      "پرونده"sv,     "رده"sv,        "زمرہ"sv,
    "فائل"sv,        "فایل"sv,       "پۆل"sv,        "وێنە"sv,       "चित्र"sv,
    "श्रेणी"sv,        "वर्ग"sv,        "संचिका"sv,      "চিত্র"sv,       "বিষয়শ্রেণী"sv,
    "படிமம்"sv,       "பகுப்பு"sv,     "దస్త్రం"sv,      "వర్గం"sv,       "ചിത്രം"sv,
    "വർഗ്ഗം"sv,       "പ്രമാണം"sv,     "ಚಿತ್ರ"sv,        "ವರ್ಗ"sv,        "ચિત્ર"sv,
    "શ્રેણી"sv,        "ਤਸਵੀਰ"sv,      "ਸ਼੍ਰੇਣੀ"sv,       "ගොනුව"sv,       "ප්‍රවර්ගය"sv,
    "ไฟล์"sv,         "ภาพ"sv,        "หมวดหมู่"sv,     "ファイル"sv,   "画像"sv,
    "カテゴリ"sv,    "文件"sv,       "档案"sv,       "檔案"sv,       "图像"sv,
    "圖像"sv,        "圖片"sv,       "图片"sv,       "分类"sv,       "分類"sv,
    "파일"sv,        "그림"sv,       "분류"sv,
};

// What MediaWiki accepts as files, with some that older wikis hold.
constexpr std::array file_endings{
    "djvu"sv, "flac"sv, "gif"sv, "jpeg"sv, "jpg"sv, "mid"sv, "mp3"sv, "mp4"sv,  "mpeg"sv, "mpg"sv,  "oga"sv,  "ogg"sv,
    "ogv"sv,  "opus"sv, "pdf"sv, "png"sv,  "stl"sv, "svg"sv, "tif"sv, "tiff"sv, "wav"sv,  "webm"sv, "webp"sv, "xcf"sv,
};

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

bool has_file_ending(std::string_view name) {
    name = name.substr(0, name.find_last_not_of(" _\t\n") + 1);
    auto const dot = name.substr(name.size() - std::min<std::size_t>(name.size(), 6)).rfind('.');
    if (dot == std::string_view::npos) return false;
    auto const ending = lower(name.substr(name.rfind('.') + 1));
    return std::ranges::find(file_endings, ending) != file_endings.end();
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

std::string namespace_name(std::string_view name) {
    std::string spaced;
    for (std::size_t i = 0; i < name.size(); ++i) {
        bool const mark = name.substr(i, 3) == "\u200E" || name.substr(i, 3) == "\u200F"; // of direction
        if (mark) i += 2;
        bool const space = name[i] == ' ' || name[i] == '_' || name[i] == '\t' || name[i] == '\n';
        if (!mark && !space) spaced += name[i];
        if (space && !spaced.empty() && spaced.back() != ' ') spaced += ' ';
    }
    if (spaced.ends_with(' ')) spaced.pop_back();
    if (std::ranges::all_of(spaced, [](char c) { return static_cast<unsigned char>(c) < 0x80; })) return lower(spaced);
    std::string folded;
    icu::StringByteSink<std::string> sink(&folded);
    UErrorCode status = U_ZERO_ERROR;
    icu::CaseMap::utf8Fold(0, spaced, sink, nullptr, status);
    return U_SUCCESS(status) ? folded : spaced;
}

bool is_silent_target(std::string_view target, bool piped, std::span<std::string const> more) {
    auto const colon = target.substr(0, 96).find(':');
    if (colon == std::string_view::npos || colon == 0) return false;
    auto const name = namespace_name(target.substr(0, colon));
    if (name.empty()) return false;
    if (!piped && is_language_code(name)) return true;
    return std::ranges::find(namespaces, name) != namespaces.end() || std::ranges::find(more, name) != more.end()
           || has_file_ending(target);
}
}
