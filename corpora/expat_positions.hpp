#pragma once
// The position of an expat parser. Expat 2.9 has functions with 64-bit results for it, and deprecates the older ones,
// whose width depends on how the library was built.
#include <cstddef>
#include <cstdint>
#include <expat.h>
#include <string_view>

namespace wordmill::detail {
#if XML_MAJOR_VERSION > 2 || (XML_MAJOR_VERSION == 2 && XML_MINOR_VERSION >= 9)
inline std::int64_t xml_byte(XML_Parser parser) { return XML_GetCurrentByteIndex64(parser); }
inline std::uint64_t xml_line(XML_Parser parser) { return XML_GetCurrentLineNumber64(parser); }
inline std::uint64_t xml_event_bytes(XML_Parser parser) { return XML_GetCurrentByteCount64(parser); }
inline char const* xml_context(XML_Parser parser, std::int64_t& offset, std::uint64_t& size) {
    return XML_GetInputContext64(parser, &offset, &size);
}
#else
inline std::int64_t xml_byte(XML_Parser parser) { return XML_GetCurrentByteIndex(parser); }
inline std::uint64_t xml_line(XML_Parser parser) { return XML_GetCurrentLineNumber(parser); }
inline std::uint64_t xml_event_bytes(XML_Parser parser) {
    return static_cast<std::uint64_t>(XML_GetCurrentByteCount(parser));
}
inline char const* xml_context(XML_Parser parser, std::int64_t& offset, std::uint64_t& size) {
    int narrow_offset = 0, narrow_size = 0;
    auto const* const context = XML_GetInputContext(parser, &narrow_offset, &narrow_size);
    offset = narrow_offset;
    size = static_cast<std::uint64_t>(narrow_size);
    return context;
}
#endif

/// The bytes of the tag or text that the parser is calling back about; empty outside a callback.
inline std::string_view xml_event(XML_Parser parser) {
    std::int64_t offset = 0;
    std::uint64_t size = 0;
    auto const* const context = xml_context(parser, offset, size);
    if (!context) return {};
    return std::string_view(context, static_cast<std::size_t>(size))
        .substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(xml_event_bytes(parser)));
}
}
