#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>
import wordmill.corpora;

using wordmill::plain_text;

namespace {
std::string repeated(std::string_view what, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += what;
    return out;
}
}

// Expected values are what a reader sees on the rendered page, less what the docstring lists as dropped.
BOOST_AUTO_TEST_SUITE(wikitext)

BOOST_AUTO_TEST_CASE(a_line_of_prose_stays_as_it_is) {
    BOOST_TEST(plain_text("The word is 말; don't worry: 3 < 4 & a_b {x} [y].")
               == "The word is 말; don't worry: 3 < 4 & a_b {x} [y].\n");
    BOOST_TEST(plain_text("") == "");
    BOOST_TEST(plain_text("\n \n\t\n") == "");
}

BOOST_AUTO_TEST_CASE(links_leave_their_text) {
    BOOST_TEST(plain_text("[[London]] and [[Paris|the city]]s, [[a#b|c|d]], [[:Category:Cities]]")
               == "London and the citys, c|d, Category:Cities\n");
    BOOST_TEST(plain_text("[http://x.org the site], [https://x.org], http://x.org [//y z]")
               == "the site, , http://x.org z\n");
}

BOOST_AUTO_TEST_CASE(files_categories_and_language_links_go_with_their_captions) {
    BOOST_TEST(plain_text("a[[File:X.jpg|thumb|A [[cat|tabby]] by [http://x y]]]b[[category:Z]]c[[fr:Chat]]d")
               == "abcd\n");
    BOOST_TEST(plain_text("[[파일:x.png|섬네일|설명 [[고양이]]]]본문[[분류:동물]] [[Datei:y.png]]") == "본문\n");
}

// A file is known by the ending of its name in any language; so no caption and no option of it becomes a word.
BOOST_AUTO_TEST_CASE(files_go_in_every_language_with_all_their_options) {
    for (auto const* link : {"[[Датотека:A.jpg|thumb|200px|Caption]]",
                             "[[Слика:A.JPG|мини|лево|200п|Опис]]",
                             "[[Datei:A b.svg|mini|hochkant=1.2|links|rahmenlos|Bild von [[X|Y]]]]",
                             "[[Fichier:A.png|vignette|gauche|upright=1.2|alt=x|lien=Y|Une [[ville]]]]",
                             "[[Файл:A.jpeg|мини|слева|200x100px|Подпись]]",
                             "[[ファイル:あ.jpg|サムネイル|左|200px|説明]]",
                             "[[ملف:ا.jpg|تصغير|يسار|200بك|وصف]]",
                             "[[文件:图.jpg|缩略图|左|200像素|说明]]",
                             "[[檔案:圖.png|縮圖|說明]]",
                             "[[Slika_:A.gif|thumb|x200px|page=2|lang=sr|Opis]]",
                             "[[FILE:a.TIFF|frame|border|link=|right]]",
                             "[[ image : a.webm |thumb]]",
                             "[[Tập_tin:A.ogg]]",
                             "[[TẬP TIN:A.x|thumb]]",
                             "[[Unbekannt:A.pdf|page=3|Text]]",
                             "[[File:A.jpg|thumb|\n200px|A caption\nof [[two|2]] lines]]",
                             "[[ФАЙЛ:Без окончания|мини|а]]",
                             "[[\u200EDatoteka:A.jpg|thumb|C]]",
                             "[[Κατηγορία:Α]]",
                             "[[КАТЕГОРИЈА:А]]"})
        BOOST_TEST(plain_text("a " + std::string(link) + "b") == "a b\n", link);
    BOOST_TEST(plain_text("[[wikt:word|text]] [[A: B]] [[C.jpg]] [[:File:A.jpg]] [[ISO 3166: 2.0|code]]")
               == "text A: B C.jpg File:A.jpg code\n");
}

BOOST_AUTO_TEST_CASE(names_of_namespaces_are_compared_without_case_and_underscores) {
    std::vector<std::string> const names{"Фото архив", "Ordner"};
    BOOST_TEST(plain_text("a[[ФОТО_АРХИВ:x|y]] b[[ordner:z]] c[[фото  архив:x]]", names) == "a b c\n");
    BOOST_TEST(plain_text("a [[ФОТО_АРХИВ:x|y]] [[ordner:z]]") == "a y ordner:z\n");
}

BOOST_AUTO_TEST_CASE(templates_go_nested_or_not) {
    BOOST_TEST(plain_text("{{Infobox\n| a = {{b|c=[[d|e]]}}\n| f = {{{g|h}}}\n}}\nText{{cite}} here {{x|{{y}}}}.")
               == "Text here .\n");
    BOOST_TEST(plain_text("a {{{1|{{{2}}}}}} b {{{{t}}}} c {{{{{p}}}}} d") == "a b c d\n");
}

BOOST_AUTO_TEST_CASE(marks_without_a_partner_go_and_their_text_stays) {
    BOOST_TEST(plain_text("a {{b c") == "a b c\n");
    BOOST_TEST(plain_text("a }} b ]] c [[d e") == "a b c d e\n");
    BOOST_TEST(plain_text("[[broken\nparagraph a | b\n[[c|d]]") == "broken\nparagraph a | b\nd\n");
    BOOST_TEST(plain_text("{{a|[[b}} c]] d") == "c d\n");
    BOOST_TEST(plain_text("{|\n| a {{b\n|}\nc") == "c\n");
}

BOOST_AUTO_TEST_CASE(tables_go) {
    BOOST_TEST(plain_text("a\n{| class=x\n! h\n|-\n| c || d\n{|\n| inner\n|}\n| e\n|}\nb") == "a\nb\n");
    BOOST_TEST(plain_text(":{|\n|x\n|}\nb <table><tr><td>q</td></tr></table>c") == "b c\n");
}

BOOST_AUTO_TEST_CASE(quotes_headings_lists_and_rules_lose_their_marks) {
    BOOST_TEST(plain_text("''i'' '''b''' '''''bi''''' don't ''''x''''") == "i b bi don't 'x'\n");
    BOOST_TEST(plain_text("== Head ==\n=== ''Sub'' ===  \n* one\n** two\n# three\n; four\n: five\n----\n=")
               == "Head\nSub\none\ntwo\nthree\nfour\nfive\n=\n");
    BOOST_TEST(plain_text("__NOTOC__\na __TOC__ b __init__ c ____ d") == "a b __init__ c ____ d\n");
}

BOOST_AUTO_TEST_CASE(comments_and_extension_tags_go_with_what_they_hold) {
    BOOST_TEST(plain_text("a<!-- x {{ [[ -->b") == "ab\n");
    BOOST_TEST(plain_text("a<!-- never closed b") == "a\n");
    BOOST_TEST(plain_text("a<ref name=\"x\"/>b<ref>{{cite}} [[c]]</ref>c<REF\nname=y>z</Ref >d") == "abcd\n");
    BOOST_TEST(plain_text("x <math>a_{b}^{{c}}</math> y<gallery>\nFile:a.jpg|b\n</gallery>z") == "x yz\n");
    BOOST_TEST(plain_text("<source lang=c>int a;</source>call <code>f(x)</code><ref>unclosed")
               == "call f(x)unclosed\n");
}

BOOST_AUTO_TEST_CASE(nowiki_keeps_its_text_from_being_markup) {
    BOOST_TEST(plain_text("<nowiki>[[a|b]] {{c}} '''d''' &lt;</nowiki><nowiki/> e") == "[[a|b]] {{c}} '''d''' < e\n");
}

BOOST_AUTO_TEST_CASE(html_tags_go_and_other_angles_stay) {
    BOOST_TEST(plain_text("a <div style=\"x\">b</div>c") == "a\nb\nc\n");
    BOOST_TEST(plain_text("a<br/>b x<sup>2</sup>") == "a b x2\n");
    BOOST_TEST(plain_text("<p>a</p><p>b</p>") == "a\nb\n");
    BOOST_TEST(plain_text("1<2 <unknown>e</unknown> <b g") == "1<2 <unknown>e</unknown> <b g\n");
}

BOOST_AUTO_TEST_CASE(entities_are_resolved_once) {
    BOOST_TEST(plain_text("&lt;b&gt; &amp;lt; a&nbsp;b &eacute; &#233;&#xE9; &mdash; x&shy;y")
               == "<b> &lt; a b é éé — xy\n");
    BOOST_TEST(plain_text("&unknown; & &; &#; &#x; &#xZ; &#0; &#xD800; &#1114112; &#99999999; a&#10;b")
               == "&unknown; & &; &#; &#x; &#xZ; \uFFFD \uFFFD \uFFFD \uFFFD a b\n");
    BOOST_TEST(plain_text("&lt;ref>kept&lt;/ref>") == "<ref>kept</ref>\n");
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_text_pass) {
    std::string const odd("a\0b\xFF \xC3", 6);
    BOOST_TEST(plain_text(odd) == odd + "\n");
    BOOST_TEST(plain_text("a \r\nb\r\n") == "a\nb\n");
}

// A second for a megabyte would be a thousand times too slow: quadratic time shows here as a test that does not end.
BOOST_AUTO_TEST_CASE(hostile_nesting_takes_linear_time_and_no_stack) {
    constexpr std::size_t n = 1 << 20;
    for (std::string_view const piece :
         {"{{",         "}}",      "{{a",      "[[",   "]]",        "[[a",  "[[:",         "[[a|",   "[[File:a|",
          "[http://a ", "{|\n",    "\n{|",     "\n|}", "<ref>",     "<ref", "<math>",      "</ref>", "<!--",
          "'''",        "<table>", "<b",       "__A",  "&",         "&#",   "&amp",        "=\n",    "\n ",
          "{{[[",       "{{{",     "<nowiki>", "</",   "<ref></re", "|",    "[[a[http://", ": "})
        (void)plain_text(repeated(piece, n / piece.size()));
    BOOST_TEST(plain_text(repeated("{{", 100000) + "x" + repeated("}}", 100000) + "y") == "y\n");
    BOOST_TEST(plain_text(repeated("{{a|", 100000) + repeated("}}", 100000) + "y") == "y\n");
    BOOST_TEST(plain_text(repeated("[[a|", 100000) + "x" + repeated("]]", 100000) + "y") == "xy\n");
    BOOST_TEST(plain_text(repeated("[[:", 200000) + "x" + repeated("]]", 200000)) == "x\n");
    BOOST_TEST(plain_text(repeated("\n{|", 100000) + "x" + repeated("\n|}", 100000) + "\ny") == "y\n");
}

BOOST_AUTO_TEST_SUITE_END()
