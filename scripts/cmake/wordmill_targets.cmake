# wordmill_module(NAME INTERFACES a.cppm ... SOURCES a.cpp ... IMPORTS wordmill_core ... PRIVATE TBB::tbb ... [INTERNAL])
# One library per named module; explicit file lists, no globs. PRIVATE_INTERFACES are internal partitions. HEADERS
# (below include/) are for importers that need textual headers. INTERNAL: for our own programs, not installed.
function(wordmill_module name)
  cmake_parse_arguments(PARSE_ARGV 1 M "INTERNAL" "" "INTERFACES;PRIVATE_INTERFACES;SOURCES;HEADERS;IMPORTS;PRIVATE")
  add_library(${name} STATIC)
  string(REGEX REPLACE "^wordmill_" "" short ${name})
  add_library(wordmill::${short} ALIAS ${name})
  target_sources(${name} PUBLIC FILE_SET CXX_MODULES BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${M_INTERFACES})
  if(M_PRIVATE_INTERFACES)
    target_sources(${name} PRIVATE FILE_SET internal TYPE CXX_MODULES BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${M_PRIVATE_INTERFACES})
  endif()
  target_sources(${name} PRIVATE ${M_SOURCES})
  if(M_HEADERS)
    target_sources(${name} PUBLIC FILE_SET HEADERS BASE_DIRS include FILES ${M_HEADERS})
  endif()
  target_compile_features(${name} PUBLIC cxx_std_20)
  if(NOT name STREQUAL wordmill_standard)
    target_link_libraries(${name} PUBLIC wordmill_standard)
  endif()
  target_link_libraries(${name} PUBLIC ${M_IMPORTS} PRIVATE ${M_PRIVATE} $<BUILD_LOCAL_INTERFACE:wordmill_warnings>)
  target_link_libraries(${name} PUBLIC Threads::Threads)
  target_compile_options(${name} INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-pthread>) # importers of the installed package too
  set_target_properties(${name} PROPERTIES EXPORT_NAME ${short})
  if(NOT M_INTERNAL)
    set_property(GLOBAL APPEND PROPERTY WORDMILL_MODULES ${name})
  endif()
endfunction()

# wordmill_program(NAME SOURCES ... IMPORTS ... PRIVATE ...): an executable that imports modules.
function(wordmill_program name)
  cmake_parse_arguments(PARSE_ARGV 1 M "" "" "SOURCES;IMPORTS;PRIVATE")
  add_executable(${name} ${M_SOURCES})
  target_link_libraries(${name} PRIVATE ${M_IMPORTS} ${M_PRIVATE} $<BUILD_LOCAL_INTERFACE:wordmill_warnings>)
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE CXX)
endfunction()

# wordmill_vector_kernels(a.cpp ...): units that Highway compiles again for every instruction set, for which they include
# themselves by name. Its plain emulation is always among the sets, so that tests can run it.
function(wordmill_vector_kernels)
  set_source_files_properties(${ARGN} PROPERTIES
    INCLUDE_DIRECTORIES ${CMAKE_CURRENT_SOURCE_DIR} COMPILE_DEFINITIONS HWY_COMPILE_ALL_ATTAINABLE)
endfunction()

# wordmill_emulated_test_is_skipped(NAME): the place of a test in builds without CUDA's headers.
function(wordmill_emulated_test_is_skipped name)
  add_test(NAME ${name} COMMAND sh -c "echo 'skipped: ${WORDMILL_NO_EMULATOR}'; exit 77")
  set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77)
endfunction()

# wordmill_emulated_program(NAME [LIBRARIES ...]): links the objects of program NAME again, as NAME_emulated, with the
# emulated kind of wordmill_cuda (tests/cuda). Object files come before libraries, so nothing of wordmill_cuda itself is
# linked. LIBRARIES come before those of the program.
function(wordmill_emulated_program name)
  cmake_parse_arguments(PARSE_ARGV 1 M "" "" "LIBRARIES")
  add_executable(${name}_emulated $<TARGET_OBJECTS:${name}>)
  get_target_property(libraries ${name} LINK_LIBRARIES)
  target_link_libraries(${name}_emulated PRIVATE wordmill_cuda_emulated ${M_LIBRARIES} ${libraries})
  get_target_property(independent ${name} POSITION_INDEPENDENT_CODE)
  set_target_properties(${name}_emulated PROPERTIES LINKER_LANGUAGE CXX POSITION_INDEPENDENT_CODE ${independent})
endfunction()

# wordmill_test(NAME SOURCES x_test.cpp ... IMPORTS ... PRIVATE ... [GPU [EMULATED ...]] [EVERY_VECTOR_TARGET]): one
# Boost.Test program for a folder of tests. What all of them include is read once: the precompiled header and main() of
# tests/CMakeLists.txt.
# GPU: cases labelled "gpu" are a CTest test of their own (x_tests gives x_gpu_tests), shown as skipped without a GPU. They
# also run on the emulator under two schedules (x_emulated_gpu_tests, x_emulated_gpu_tests_seed_2; with the address
# sanitizer under the first), which is shown as skipped without CUDA's headers. EMULATED libraries are linked before
# those of PRIVATE there.
# EVERY_VECTOR_TARGET: the tests run once more on each of the older instruction sets.
function(wordmill_test name)
  cmake_parse_arguments(PARSE_ARGV 1 M "GPU;EVERY_VECTOR_TARGET" "" "SOURCES;IMPORTS;PRIVATE;EMULATED")
  wordmill_program(${name} SOURCES ${M_SOURCES} IMPORTS ${M_IMPORTS} PRIVATE wordmill_test_main ${M_PRIVATE})
  target_precompile_headers(${name} REUSE_FROM wordmill_test_main)
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF) # as the library that the header is built with
  set(tests ${name})
  set(cases "")
  if(M_GPU)
    set(cases --run_test=!@gpu)
    string(REGEX REPLACE "_tests$" "_gpu_tests" gpu_tests ${name})
    add_test(NAME ${gpu_tests} COMMAND ${PROJECT_SOURCE_DIR}/tests/run_gpu_cases.sh $<TARGET_FILE:${name}>)
    set_tests_properties(${gpu_tests} PROPERTIES SKIP_RETURN_CODE 77)
    string(REGEX REPLACE "_tests$" "_emulated_gpu_tests" emulated_tests ${name})
    if(TARGET wordmill_cuda_emulated)
      wordmill_emulated_program(${name} LIBRARIES ${M_EMULATED})
      set(run ${PROJECT_SOURCE_DIR}/tests/run_emulated_gpu_cases.sh $<TARGET_FILE:${name}_emulated>)
      add_test(NAME ${emulated_tests} COMMAND ${run} 1)
      if(NOT WORDMILL_SANITIZE STREQUAL address) # there the emulator is slow, and few errors depend on the schedule
        add_test(NAME ${emulated_tests}_seed_2 COMMAND ${run} 2)
        list(APPEND tests ${emulated_tests}_seed_2)
      endif()
    else()
      wordmill_emulated_test_is_skipped(${emulated_tests})
    endif()
    list(APPEND tests ${gpu_tests} ${emulated_tests})
    set_tests_properties(${emulated_tests} PROPERTIES COST 50) # long: they begin first
  endif()
  add_test(NAME ${name} COMMAND ${name} ${cases})
  set(environment TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/thread_sanitizer.supp)
  set_tests_properties(${tests} PROPERTIES TIMEOUT 600 ENVIRONMENT "${environment}")
  if(NOT M_EVERY_VECTOR_TARGET OR WORDMILL_SANITIZE)
    return()
  endif()
  foreach(vectors IN ITEMS AVX2 SSE4 emulation)
    add_test(NAME ${name}_${vectors} COMMAND ${name} ${cases})
    set_tests_properties(${name}_${vectors} PROPERTIES TIMEOUT 600 SKIP_RETURN_CODE 77
      ENVIRONMENT "${environment};WORDMILL_VECTOR_TARGET=${vectors}")
  endforeach()
endfunction()

# wordmill_output_test(NAME COMMAND program argument ... EXPECTED REGEX [FAILS]): passes when the program ends with exit
# status 0 (FAILS: any other) and its output matches. A program that this project builds is given as $<TARGET_FILE:name>.
function(wordmill_output_test name)
  cmake_parse_arguments(PARSE_ARGV 1 M "FAILS" "EXPECTED" "COMMAND")
  if(NOT M_EXPECTED)
    message(FATAL_ERROR "test ${name}: expected a regular expression of its output")
  endif()
  list(POP_FRONT M_COMMAND program)
  add_test(NAME ${name} COMMAND ${CMAKE_COMMAND} "-DPROGRAM=${program}" "-DARGUMENTS=${M_COMMAND}" "-DFAILS=${M_FAILS}"
    "-DEXPECTED=${M_EXPECTED}" -P ${PROJECT_SOURCE_DIR}/scripts/cmake/expect_output.cmake)
  set_tests_properties(${name} PROPERTIES TIMEOUT 120)
endfunction()
