# The client library as programs use it: libpaddock (threads) and libpaddock_st (event loop), shared,
# and libpaddock.a, which is both (threads unless zookeeper_init is given ZOO_EVENT_LOOP).  Only what the
# headers declare is visible in the shared ones.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

file(GLOB api_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/libpaddock/*.c)
set(PADDOCK_SOVERSION 1)

function(zk_shared_client name)
  add_library(${name} SHARED ${api_sources})
  target_link_libraries(${name} PRIVATE zk_client zk_wire zk_base zk_flags zk_deps)
  target_compile_definitions(${name} PRIVATE DLL_EXPORT ${ARGN})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/src/libpaddock/include
    INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
              $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/zookeeper>)
  set_target_properties(${name} PROPERTIES VERSION ${PADDOCK_SOVERSION}.${PROJECT_VERSION_MINOR}.0
    SOVERSION ${PADDOCK_SOVERSION} C_VISIBILITY_PRESET hidden
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
  if(NOT WIN32 AND NOT APPLE)
    target_link_options(${name} PRIVATE -Wl,--exclude-libs,ALL)
  endif()
endfunction()

zk_shared_client(paddock ZK_LIBPADDOCK_IS_THREADED=true)
zk_library_resources(paddock "Paddock client library")
zk_shared_client(paddock_st ZK_LIBPADDOCK_IS_THREADED=false)
zk_library_resources(paddock_st "Paddock client library, for event loops")

# One archive of all rooms a client needs, so that users link one file and what it stands on.
add_library(paddock_static STATIC $<TARGET_OBJECTS:zk_libpaddock> $<TARGET_OBJECTS:zk_client>
  $<TARGET_OBJECTS:zk_wire> $<TARGET_OBJECTS:zk_base>)
set_target_properties(paddock_static PROPERTIES LINKER_LANGUAGE C)
if(NOT MSVC) # there paddock.lib is what belongs to paddock.dll
  set_target_properties(paddock_static PROPERTIES OUTPUT_NAME paddock)
endif()
target_compile_definitions(paddock_static INTERFACE USE_STATIC_LIB)
target_include_directories(paddock_static INTERFACE
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/zookeeper>)

# What libpaddock.a stands on; the shared ones know it themselves.
set(PADDOCK_PRIVATE_LIBS "-lapr-1 -lz -lpthread")
if(WIN32)
  string(APPEND PADDOCK_PRIVATE_LIBS
    " -lws2_32 -lmswsock -lrpcrt4 -liphlpapi -lbcrypt -lpsapi -lshell32 -ladvapi32")
else()
  string(APPEND PADDOCK_PRIVATE_LIBS " -lcrypto")
endif()
string(REPLACE " " ";" private_libs "${PADDOCK_PRIVATE_LIBS}")
if(MSVC)
  list(REMOVE_ITEM private_libs -lpthread)
  list(TRANSFORM private_libs REPLACE "^-lz$" "-lzlib")
  list(TRANSFORM private_libs REPLACE "^-l" "")
endif()
target_link_libraries(paddock_static INTERFACE ${private_libs})
# Found from the place of the .pc file, so that the installation can be moved.
file(RELATIVE_PATH PADDOCK_PREFIX ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
foreach(name paddock paddock-st)
  string(REPLACE "-" "_" PADDOCK_LIBRARY ${name})
  set(PADDOCK_PACKAGE ${name})
  configure_file(${CMAKE_SOURCE_DIR}/src/cmake/paddock.pc.in ${CMAKE_BINARY_DIR}/${name}.pc @ONLY)
endforeach()

configure_package_config_file(${CMAKE_SOURCE_DIR}/src/cmake/paddock-config.cmake.in
  ${CMAKE_BINARY_DIR}/paddock-config.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/paddock)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/paddock-config-version.cmake
  VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion)

install(TARGETS paddock paddock_st EXPORT paddock-targets COMPONENT client
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS paddock_static EXPORT paddock-targets COMPONENT client ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/src/libpaddock/include/zookeeper DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  COMPONENT client FILES_MATCHING PATTERN "*.h")
install(EXPORT paddock-targets NAMESPACE paddock:: COMPONENT client
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/paddock)
install(FILES ${CMAKE_BINARY_DIR}/paddock-config.cmake
  ${CMAKE_BINARY_DIR}/paddock-config-version.cmake COMPONENT client
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/paddock)
install(FILES ${CMAKE_BINARY_DIR}/paddock.pc ${CMAKE_BINARY_DIR}/paddock-st.pc COMPONENT client
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
