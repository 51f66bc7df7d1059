# The oldest supported compiler, and all flags on which every module unit and importer must agree. Set only here.
include_guard(GLOBAL)
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
  message(FATAL_ERROR "wordmill needs clang 19 or later for C++20 named modules; found ${CMAKE_CXX_COMPILER_ID} "
    "${CMAKE_CXX_COMPILER_VERSION} (${CMAKE_CXX_COMPILER}). Install clang-19 and clang-tools-19, then configure a fresh "
    "build folder with a preset (cmake --preset release) or -DCMAKE_CXX_COMPILER=clang++-19.")
endif()
if(NOT CMAKE_CXX_COMPILER_CLANG_SCAN_DEPS)
  message(FATAL_ERROR "wordmill needs clang-scan-deps beside ${CMAKE_CXX_COMPILER}: install clang-tools-19")
endif()
if(NOT CMAKE_GENERATOR MATCHES "Ninja")
  message(FATAL_ERROR "C++20 modules need the Ninja generator; found '${CMAKE_GENERATOR}'. Use a preset or -G Ninja.")
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
# Release keeps frames for profilers; -O2 is as fast as -O3 here and builds sooner.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG -fno-omit-frame-pointer")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1 -fno-omit-frame-pointer")

add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-pthread>)
if(WORDMILL_SANITIZE STREQUAL "address")
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fsanitize=address,undefined> $<$<COMPILE_LANGUAGE:CXX>:-fno-sanitize-recover=all>)
  add_link_options(-fsanitize=address,undefined)
elseif(WORDMILL_SANITIZE STREQUAL "thread")
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fsanitize=thread>)
  add_link_options(-fsanitize=thread)
elseif(WORDMILL_SANITIZE)
  message(FATAL_ERROR "WORDMILL_SANITIZE: expected empty, address or thread; found '${WORDMILL_SANITIZE}'")
endif()
if(WORDMILL_BUILD_FUZZERS)
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fsanitize=fuzzer-no-link>)
endif()

# lld only for links that clang drives: g++ -fuse-ld=lld (CUDA's host compiler) looks for an unversioned ld.lld.
include(CheckLinkerFlag)
check_linker_flag(CXX -fuse-ld=lld WORDMILL_HAVE_LLD)
if(WORDMILL_HAVE_LLD)
  add_link_options($<$<LINK_LANG_AND_ID:CXX,Clang>:-fuse-ld=lld>)
endif()

# Lambdas that make generators carry clang's coroutine attributes before their parameters, C++23's place for them.
add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Wno-c++23-lambda-attributes>)

# For our own code only; packages are system headers.
add_library(wordmill_warnings INTERFACE)
target_compile_options(wordmill_warnings INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall> $<$<COMPILE_LANGUAGE:CXX>:-Wextra> $<$<COMPILE_LANGUAGE:CXX>:-Wshadow>
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:${WORDMILL_WARNINGS_AS_ERRORS}>>:-Werror>)
