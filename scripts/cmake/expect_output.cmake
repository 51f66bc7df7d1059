# cmake -DPROGRAM=... -DARGUMENTS=a;b -DEXPECTED=REGEX [-DFAILS=ON] -P expect_output.cmake
# Runs a program and checks both its exit status (0, or with FAILS anything else) and that its output matches.
# CTest's own PASS_REGULAR_EXPRESSION ignores the exit status. See wordmill_output_test().
execute_process(COMMAND ${PROGRAM} ${ARGUMENTS} OUTPUT_VARIABLE output ERROR_VARIABLE output RESULT_VARIABLE status)
message("${output}")
if(FAILS AND status EQUAL 0)
  message(FATAL_ERROR "expected ${PROGRAM} to fail, found exit status 0")
elseif(NOT FAILS AND NOT status EQUAL 0)
  message(FATAL_ERROR "expected exit status 0 of ${PROGRAM}, found ${status}")
endif()
if(NOT output MATCHES "${EXPECTED}")
  message(FATAL_ERROR "expected output that matches the following, found the output above\n${EXPECTED}")
endif()
