# cmake --install exports a package: find_package(wordmill), link wordmill::stream and the like, import wordmill.stream.
# The interface units are installed as sources, since the importing project compiles them with its own flags.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(wordmill_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/wordmill)

get_property(wordmill_modules GLOBAL PROPERTY WORDMILL_MODULES)
install(TARGETS ${wordmill_modules} wordmill_cuda EXPORT wordmill
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  FILE_SET CXX_MODULES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/wordmill
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT wordmill NAMESPACE wordmill:: FILE wordmill-targets.cmake
  DESTINATION ${wordmill_package_dir} CXX_MODULES_DIRECTORY modules)
# CMake writes where the interface units lay at build time into these files; the installed ones are meant.
install(CODE "
  file(GLOB files \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${wordmill_package_dir}/modules/target-*.cmake\")
  foreach(file IN LISTS files)
    file(READ \${file} text)
    string(REPLACE \"=${PROJECT_SOURCE_DIR}/\" \"=\\\${_IMPORT_PREFIX}/${CMAKE_INSTALL_INCLUDEDIR}/wordmill/\" text \"\${text}\")
    file(WRITE \${file} \"\${text}\")
  endforeach()")
if(TARGET wordmill_parquet) # with the Arrow of a Python package, which may go away
  install(TARGETS wordmill_parquet LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/wordmill)
  install(FILES ${WORDMILL_ARROW_LIBRARIES} DESTINATION ${CMAKE_INSTALL_LIBDIR}/wordmill)
endif()
if(TARGET wordmill)
  set_target_properties(wordmill PROPERTIES INSTALL_RPATH $ORIGIN/../${CMAKE_INSTALL_LIBDIR}/wordmill)
  install(TARGETS wordmill RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/wordmill-config.cmake.in wordmill-config.cmake
  INSTALL_DESTINATION ${wordmill_package_dir} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(wordmill-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/wordmill-config.cmake ${PROJECT_BINARY_DIR}/wordmill-config-version.cmake
  DESTINATION ${wordmill_package_dir})
