# cmake -DSOURCE=FOLDER -DTEMPLATE=FILE.in -DOUTPUT=FILE -P write_commit.cmake
# Fills the commit of the source tree into the template; "unknown" for a tree that is not a git repository of its own.
set(WORDMILL_COMMIT unknown)
find_program(git NAMES git)
if(git)
  execute_process(COMMAND ${git} rev-parse --show-prefix --short=12 HEAD WORKING_DIRECTORY ${SOURCE}
    OUTPUT_VARIABLE answer RESULT_VARIABLE status ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
  # The prefix is empty at the top of a repository: in a folder of another project's it is not.
  if(status EQUAL 0 AND answer MATCHES "^\n([0-9a-f]+)$")
    set(WORDMILL_COMMIT ${CMAKE_MATCH_1})
  endif()
endif()
configure_file(${TEMPLATE} ${OUTPUT} @ONLY)
file(TOUCH_NOCREATE ${OUTPUT}) # newer than the log of HEAD, or it would be made again and again
