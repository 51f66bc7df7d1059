export module wordmill.core:version;
import wordmill.standard;

namespace wordmill {
/// The version of this library, "1.2.3"; CMakeLists.txt states it.
export [[nodiscard]] std::string_view library_version() noexcept;
}
