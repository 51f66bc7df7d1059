# Is there a CUDA Toolkit? Sets WORDMILL_HAVE_CUDA and enables the language, which CMake wants done in the top folder.
# Needs neither a GPU nor a driver.
set(WORDMILL_HAVE_CUDA OFF)
if(NOT WORDMILL_CUDA MATCHES "^(AUTO|ON|OFF)$")
  message(FATAL_ERROR "WORDMILL_CUDA: expected AUTO, ON or OFF; found '${WORDMILL_CUDA}'")
endif()
if(WORDMILL_CUDA STREQUAL "OFF")
  message(STATUS "CUDA: switched off, building without")
  return()
endif()

# check_language() tries the compilers that these variables name, so that a broken toolkit is no error.
find_program(WORDMILL_NVCC nvcc HINTS ENV CUDA_PATH ENV CUDA_HOME PATHS /usr/local/cuda PATH_SUFFIXES bin
  DOC "CUDA compiler")
if(WORDMILL_NVCC AND NOT DEFINED ENV{CUDACXX})
  set(ENV{CUDACXX} ${WORDMILL_NVCC})
endif()
find_program(WORDMILL_CUDA_HOST_COMPILER NAMES g++-14 g++-13 g++-12 g++ DOC "Host compiler of nvcc")
if(WORDMILL_CUDA_HOST_COMPILER AND NOT CMAKE_CUDA_HOST_COMPILER AND NOT DEFINED ENV{CUDAHOSTCXX})
  set(ENV{CUDAHOSTCXX} ${WORDMILL_CUDA_HOST_COMPILER})
endif()
if(NOT CMAKE_CUDA_ARCHITECTURES)
  set(CMAKE_CUDA_ARCHITECTURES 80-real 90) # machine code for 8.0 and 9.0, and PTX of 9.0 for what comes later
endif()

include(CheckLanguage)
check_language(CUDA)
if(CMAKE_CUDA_COMPILER)
  enable_language(CUDA)
  find_package(CUDAToolkit REQUIRED)
  set(WORDMILL_HAVE_CUDA ON)
  message(STATUS "CUDA: found ${CUDAToolkit_VERSION} (${CMAKE_CUDA_COMPILER}), building cuda/ for ${CMAKE_CUDA_ARCHITECTURES}")
  return()
endif()
if(WORDMILL_NVCC)
  set(reason "${WORDMILL_NVCC} does not work with host compiler '${WORDMILL_CUDA_HOST_COMPILER}'")
else()
  set(reason "no nvcc on PATH, in CUDA_PATH, CUDA_HOME or /usr/local/cuda")
endif()
if(WORDMILL_CUDA STREQUAL "ON")
  message(FATAL_ERROR "WORDMILL_CUDA=ON, but there is no CUDA Toolkit that works: ${reason}. Install the toolkit and "
    "g++ 12 to 14, set WORDMILL_NVCC, or configure with WORDMILL_CUDA=AUTO or OFF.")
endif()
message(STATUS "CUDA: not found, building without (${reason})")
