# Optional: Apache Arrow, which reads Parquet. Sets WORDMILL_HAVE_PARQUET, WORDMILL_ARROW_VERSION and the target
# wordmill_arrow. Looked for in this order:
# - Arrow's CMake package: of the distribution, of Apache's own packages, or where CMAKE_PREFIX_PATH says
# - the headers and libraries inside pyarrow, PyPI's package: of WORDMILL_PYTHON, of build/pyarrow (made by
#   `scripts/setup.sh --parquet`), of an active virtual environment, of python3
set(WORDMILL_PYTHON "" CACHE FILEPATH "A Python whose pyarrow holds the Apache Arrow to read Parquet with")
set(WORDMILL_HAVE_PARQUET FALSE)
set(WORDMILL_ARROW_VERSION "")
set(WORDMILL_ARROW_LIBRARIES "")
add_library(wordmill_arrow INTERFACE)

# Looks into the pyarrow of a Python program.
function(wordmill_find_pyarrow python)
  execute_process(
    COMMAND ${python} -c "import pyarrow as a; print(';'.join([a.__version__, a.get_include()] + a.get_library_dirs()))"
    OUTPUT_VARIABLE found ERROR_QUIET RESULT_VARIABLE status OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT status EQUAL 0)
    return()
  endif()
  list(POP_FRONT found version include)
  if(version VERSION_LESS 21 OR NOT EXISTS ${include}/parquet/file_reader.h)
    return()
  endif()
  # The wheel has libarrow.so.2600, without the name that -larrow would look for.
  foreach(library parquet arrow)
    set(files "")
    foreach(folder ${found})
      file(GLOB more ${folder}/lib${library}.so ${folder}/lib${library}.so.*)
      list(APPEND files ${more})
    endforeach()
    if(NOT files)
      return()
    endif()
    list(GET files 0 file)
    list(APPEND libraries ${file})
  endforeach()
  # The libraries need a standard library and a compiler that suit them.
  file(WRITE ${PROJECT_BINARY_DIR}/arrow/links.cpp
    "#include <parquet/file_reader.h>\nint main(int argc, char** argv) {\n"
    "  if (argc > 1) parquet::ParquetFileReader::OpenFile(argv[1]);\n}\n")
  string(MD5 key "${libraries};${version}")
  try_compile(WORDMILL_ARROW_LINKS_${key} ${PROJECT_BINARY_DIR}/arrow ${PROJECT_BINARY_DIR}/arrow/links.cpp
    CMAKE_FLAGS -DINCLUDE_DIRECTORIES=${include} -DCMAKE_CXX_SCAN_FOR_MODULES=OFF
    LINK_LIBRARIES ${libraries} CXX_STANDARD 20 OUTPUT_VARIABLE output)
  if(NOT WORDMILL_ARROW_LINKS_${key})
    message(STATUS "wordmill: the Arrow of ${python} cannot be linked; see CMakeConfigureLog.yaml")
    return()
  endif()
  target_include_directories(wordmill_arrow SYSTEM INTERFACE ${include})
  target_link_libraries(wordmill_arrow INTERFACE ${libraries})
  set(WORDMILL_HAVE_PARQUET TRUE PARENT_SCOPE)
  set(WORDMILL_ARROW_VERSION ${version} PARENT_SCOPE)
  set(WORDMILL_ARROW_LIBRARIES "${libraries}" PARENT_SCOPE)
  set(WORDMILL_ARROW_PYTHON ${python} PARENT_SCOPE)
endfunction()

if(NOT WORDMILL_PARQUET STREQUAL "OFF")
  if(NOT WORDMILL_PYTHON)
    find_package(Parquet 21 QUIET CONFIG)
  endif()
  if(Parquet_FOUND)
    set(WORDMILL_HAVE_PARQUET TRUE)
    set(WORDMILL_ARROW_VERSION ${Parquet_VERSION})
    if(TARGET Parquet::parquet_shared)
      target_link_libraries(wordmill_arrow INTERFACE Parquet::parquet_shared)
    else()
      target_link_libraries(wordmill_arrow INTERFACE Parquet::parquet_static)
    endif()
  else()
    find_program(WORDMILL_PYTHON3 python3 DOC "Python whose pyarrow may be used")
    mark_as_advanced(WORDMILL_PYTHON3)
    foreach(python ${WORDMILL_PYTHON} ${PROJECT_SOURCE_DIR}/build/pyarrow/bin/python3 $ENV{VIRTUAL_ENV}/bin/python3
        ${WORDMILL_PYTHON3})
      if(NOT WORDMILL_HAVE_PARQUET AND EXISTS ${python})
        wordmill_find_pyarrow(${python})
      endif()
    endforeach()
  endif()
endif()
if(WORDMILL_HAVE_PARQUET)
  list(APPEND CMAKE_BUILD_RPATH ${PROJECT_BINARY_DIR}/corpora) # where programs find the Parquet reader
  message(STATUS "wordmill: Parquet is read with Apache Arrow ${WORDMILL_ARROW_VERSION} ${WORDMILL_ARROW_LIBRARIES}")
elseif(WORDMILL_PARQUET STREQUAL "ON")
  message(FATAL_ERROR "WORDMILL_PARQUET is ON, but there is no Apache Arrow 21 or later: scripts/setup.sh --parquet gets it")
elseif(WORDMILL_PARQUET STREQUAL "AUTO")
  message(STATUS "wordmill: no Parquet reader, since there is no Apache Arrow: scripts/setup.sh --parquet gets it")
endif()
