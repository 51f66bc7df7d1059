# The packages that Wordmill uses; CONTRIBUTING.md says why for each.
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(TBB REQUIRED)
find_package(ZLIB REQUIRED)
find_package(BZip2 REQUIRED)
find_package(LibLZMA REQUIRED)
find_package(EXPAT REQUIRED)
find_package(ICU REQUIRED COMPONENTS i18n uc data)
find_package(simdjson REQUIRED)
find_package(Boost 1.74 REQUIRED CONFIG) # headers; the tests find the library
find_package(Eigen3 REQUIRED NO_MODULE) # headers, of a few units
find_package(CLI11 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(highway REQUIRED IMPORTED_TARGET libhwy)
pkg_check_modules(archive REQUIRED IMPORTED_TARGET libarchive)
if(WORDMILL_BF16)
  find_path(WORDMILL_DNNL_INCLUDE oneapi/dnnl/dnnl.hpp REQUIRED DOC "Folder of oneapi/dnnl/dnnl.hpp")
  find_library(WORDMILL_DNNL_LIBRARY dnnl REQUIRED DOC "oneDNN") # its own CMake package needs OpenCL and the language C
  add_library(DNNL::dnnl UNKNOWN IMPORTED)
  set_target_properties(DNNL::dnnl PROPERTIES
    IMPORTED_LOCATION ${WORDMILL_DNNL_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${WORDMILL_DNNL_INCLUDE})
endif()
find_path(WORDMILL_THRUST_INCLUDE thrust/version.h REQUIRED DOC "Folder of thrust/version.h")
add_library(wordmill_thrust INTERFACE) # for code that nvcc does not compile: otherwise Thrust 2 needs CUDA's headers
target_compile_definitions(wordmill_thrust INTERFACE THRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_TBB)

# Optional: SentencePiece models as tokenisers. Its pkg-config file asks for protobuf's headers, which Debian 13 does not
# install with it and nobody needs.
set(WORDMILL_HAVE_SENTENCEPIECE FALSE)
if(NOT WORDMILL_SENTENCEPIECE STREQUAL "OFF")
  find_path(WORDMILL_SENTENCEPIECE_INCLUDE sentencepiece_processor.h DOC "Folder of sentencepiece_processor.h")
  find_library(WORDMILL_SENTENCEPIECE_LIBRARY sentencepiece DOC "SentencePiece")
  if(WORDMILL_SENTENCEPIECE_INCLUDE AND WORDMILL_SENTENCEPIECE_LIBRARY)
    set(WORDMILL_HAVE_SENTENCEPIECE TRUE)
    add_library(SentencePiece::sentencepiece UNKNOWN IMPORTED)
    set_target_properties(SentencePiece::sentencepiece PROPERTIES
      IMPORTED_LOCATION ${WORDMILL_SENTENCEPIECE_LIBRARY}
      INTERFACE_INCLUDE_DIRECTORIES ${WORDMILL_SENTENCEPIECE_INCLUDE})
  elseif(WORDMILL_SENTENCEPIECE STREQUAL "ON")
    message(FATAL_ERROR "WORDMILL_SENTENCEPIECE is ON, but there is no sentencepiece_processor.h with its library: install libsentencepiece-dev")
  endif()
endif()

# Optional: hnswlib, headers only, for indexes of word vectors.
set(WORDMILL_HAVE_HNSWLIB FALSE)
if(NOT WORDMILL_HNSWLIB STREQUAL "OFF")
  find_path(WORDMILL_HNSWLIB_INCLUDE hnswlib/hnswlib.h DOC "Folder of hnswlib/hnswlib.h")
  if(WORDMILL_HNSWLIB_INCLUDE)
    set(WORDMILL_HAVE_HNSWLIB TRUE)
  elseif(WORDMILL_HNSWLIB STREQUAL "ON")
    message(FATAL_ERROR "WORDMILL_HNSWLIB is ON, but there is no hnswlib/hnswlib.h: install libhnswlib-dev")
  endif()
endif()
