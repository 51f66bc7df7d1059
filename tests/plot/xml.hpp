#pragma once
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <expat.h>
#include <string>
#include <vector>

/// The texts of the elements of this name, as expat reads them; a document that is not well-formed is a failed test.
inline std::vector<std::string> texts_of(std::string const& document, std::string const& element) {
    struct state {
        std::string element;
        bool inside = false;
        std::vector<std::string> found{};
    } seen{element};
    auto const parser = XML_ParserCreate("UTF-8");
    XML_SetUserData(parser, &seen);
    XML_SetElementHandler(
        parser,
        [](void* data, XML_Char const* name, XML_Char const**) {
            auto& s = *static_cast<state*>(data);
            s.inside = s.element == name;
            if (s.inside) s.found.emplace_back();
        },
        [](void* data, XML_Char const*) { static_cast<state*>(data)->inside = false; });
    XML_SetCharacterDataHandler(parser, [](void* data, XML_Char const* text, int length) {
        auto& s = *static_cast<state*>(data);
        if (s.inside) s.found.back().append(text, static_cast<std::size_t>(length));
    });
    auto const status = XML_Parse(parser, document.data(), static_cast<int>(document.size()), XML_TRUE);
    BOOST_TEST(status == XML_STATUS_OK, XML_ErrorString(XML_GetErrorCode(parser))
                                            << " at line " << XML_GetCurrentLineNumber(parser));
    XML_ParserFree(parser);
    return seen.found;
}

inline bool has(std::string const& text, std::string const& part) { return text.find(part) != std::string::npos; }
