# deb.cmake -- four Debian packages, by `cpack -G DEB` in a build configured with the prefix /usr
# (installer/deb/build.sh does all of it):
#
#   paddock          the server, its units, its configuration, zkServer.sh
#   paddock-tools    zkcli, zktool and the scripts around them; zkEnv.sh, which all scripts source
#   libpaddock1      the client library
#   libpaddock-dev   to build with it
#
# Each package is an install component of its own that a plain `cmake --install` leaves out, so the layout
# of Debian and that of an installation by hand do not mix.
find_program(GZIP_PROGRAM gzip)
if(NOT GZIP_PROGRAM)
  return() # no packages without it, and all else builds
endif()
set(zk_deb ${CMAKE_CURRENT_LIST_DIR})
set(zk_deb_stage ${CMAKE_BINARY_DIR}/deb)
set(zk_unix ${CMAKE_SOURCE_DIR}/unix)

# The files named last go to DESTINATION in the package of COMPONENT; executable behind PROGRAMS.
function(zk_deb_install component destination)
  cmake_parse_arguments(ARG "PROGRAMS" "RENAME" "" ${ARGN})
  set(kind FILES)
  if(ARG_PROGRAMS)
    set(kind PROGRAMS)
  endif()
  set(rename)
  if(ARG_RENAME)
    set(rename RENAME ${ARG_RENAME})
  endif()
  install(${kind} ${ARG_UNPARSED_ARGUMENTS} DESTINATION ${destination} COMPONENT deb_${component}
    EXCLUDE_FROM_ALL ${rename})
endfunction()

# SOURCE, compressed reproducibly, becomes NAME.gz in DESTINATION.
function(zk_deb_compress component source name destination)
  set(out ${zk_deb_stage}/${component}/${name}.gz)
  get_filename_component(dir ${out} DIRECTORY)
  file(MAKE_DIRECTORY ${dir})
  execute_process(COMMAND ${GZIP_PROGRAM} -9nc ${source} OUTPUT_FILE ${out} COMMAND_ERROR_IS_FATAL ANY)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
  zk_deb_install(${component} ${destination} ${out})
endfunction()

function(zk_deb_man component)
  foreach(page ${ARGN})
    string(REGEX REPLACE ".*\\." "" section ${page})
    zk_deb_compress(${component} ${zk_unix}/man/${page} ${page} share/man/man${section})
  endforeach()
endfunction()

function(zk_deb_package component name)
  zk_deb_install(${component} share/doc/${name} ${zk_deb}/copyright)
  zk_deb_compress(${component} ${zk_deb_stage}/changelog changelog share/doc/${name})
  if(EXISTS ${zk_deb}/${component}/lintian-overrides)
    zk_deb_install(${component} share/lintian/overrides ${zk_deb}/${component}/lintian-overrides
      RENAME ${name})
  endif()
endfunction()

# Debian's changelog: one entry, which leads to CHANGELOG.md.  The date is that of the version line.
string(TIMESTAMP zk_deb_date "%a, %d %b %Y %H:%M:%S +0000" UTC)
set(ZK_DEB_MAINTAINER "Paddock maintainers <paddock@paddock-coordination.org>" CACHE STRING
  "who builds the Debian packages")
file(WRITE ${zk_deb_stage}/changelog "paddock (${PROJECT_VERSION}) unstable; urgency=medium

  * See CHANGELOG.md of the source.

 -- ${ZK_DEB_MAINTAINER}  ${zk_deb_date}
")

# ---- the server
install(TARGETS zkserver RUNTIME DESTINATION sbin COMPONENT deb_server EXCLUDE_FROM_ALL)
zk_deb_install(server bin PROGRAMS ${zk_unix}/scripts/zkServer.sh
  ${zk_unix}/scripts/zkServer-initialize.sh)
file(READ ${zk_unix}/paddock@.service zk_unit)
string(REGEX REPLACE "^# One server[^\n]*\n[^\n]*\n" "# The instance `default` of paddock@.service.\n"
  zk_unit "${zk_unit}")
string(REPLACE "SyslogIdentifier=paddock@%i" "SyslogIdentifier=paddock" zk_unit "${zk_unit}")
string(REPLACE "%i" "default" zk_unit "${zk_unit}")
file(WRITE ${zk_deb_stage}/paddock.service "${zk_unit}")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${zk_unix}/paddock@.service)
zk_deb_install(server lib/systemd/system ${zk_deb_stage}/paddock.service ${zk_unix}/paddock@.service
  ${zk_unix}/paddock.target)
zk_deb_install(server lib/sysusers.d ${zk_unix}/paddock.sysusers RENAME paddock.conf)
zk_deb_install(server /etc/paddock/default ${zk_deb}/server/zoo.cfg)
file(GLOB zk_samples CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/conf/*.cfg)
zk_deb_install(server share/doc/paddock/examples ${zk_samples} ${zk_deb}/server/takeover.conf)
zk_deb_install(server share/bash-completion/completions ${zk_unix}/completion/zkserver)
zk_deb_install(server share/bash-completion/completions ${zk_unix}/completion/zkserver
  RENAME zkServer.sh)
zk_deb_man(server zkserver.8 zkServer.sh.8 zkServer-initialize.sh.8 zoo.cfg.5)
zk_deb_package(server paddock)

# ---- the tools
install(TARGETS zkcli zktool RUNTIME DESTINATION bin COMPONENT deb_tools EXCLUDE_FROM_ALL)
file(GLOB zk_tool_scripts CONFIGURE_DEPENDS ${zk_unix}/scripts/*.sh)
list(FILTER zk_tool_scripts EXCLUDE REGEX "/zkServer")
zk_deb_install(tools bin PROGRAMS ${zk_tool_scripts})
zk_deb_install(tools share/bash-completion/completions ${zk_unix}/completion/zkcli
  ${zk_unix}/completion/zktool)
zk_deb_install(tools share/bash-completion/completions ${zk_unix}/completion/zkcli RENAME zkCli.sh)
zk_deb_man(tools zkcli.1 zktool.1 zkCli.sh.1 zkEnv.sh.1 zkCleanup.sh.1 zkTxnLogToolkit.sh.1
  zkSnapShotToolkit.sh.1 zkSnapshotComparer.sh.1 zkSnapshotRecursiveSummaryToolkit.sh.1)
zk_deb_package(tools paddock-tools)

# ---- the library
set(zk_deb_libdir ${CMAKE_INSTALL_LIBDIR})
get_target_property(PADDOCK_SOVERSION paddock SOVERSION)
install(TARGETS paddock paddock_st LIBRARY DESTINATION ${zk_deb_libdir} COMPONENT deb_library
  EXCLUDE_FROM_ALL NAMELINK_SKIP)
zk_deb_package(library libpaddock${PADDOCK_SOVERSION})

install(TARGETS paddock paddock_st LIBRARY DESTINATION ${zk_deb_libdir} COMPONENT deb_dev
  EXCLUDE_FROM_ALL NAMELINK_ONLY)
install(TARGETS paddock_static ARCHIVE DESTINATION ${zk_deb_libdir} COMPONENT deb_dev EXCLUDE_FROM_ALL)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/src/libpaddock/include/zookeeper DESTINATION include
  COMPONENT deb_dev EXCLUDE_FROM_ALL FILES_MATCHING PATTERN "*.h")
install(EXPORT paddock-targets NAMESPACE paddock:: DESTINATION ${zk_deb_libdir}/cmake/paddock
  COMPONENT deb_dev EXCLUDE_FROM_ALL)
zk_deb_install(dev ${zk_deb_libdir}/cmake/paddock ${CMAKE_BINARY_DIR}/paddock-config.cmake
  ${CMAKE_BINARY_DIR}/paddock-config-version.cmake)
zk_deb_install(dev ${zk_deb_libdir}/pkgconfig ${CMAKE_BINARY_DIR}/paddock.pc
  ${CMAKE_BINARY_DIR}/paddock-st.pc)
zk_deb_package(dev libpaddock-dev)

# ---- what dpkg is told
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME paddock)
set(CPACK_PACKAGE_VENDOR "Paddock")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_COMPONENTS_ALL deb_server deb_tools deb_library deb_dev)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER ${ZK_DEB_MAINTAINER})
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(zk_about "Paddock speaks the protocol of Apache ZooKeeper and reads and writes its
files, in a few megabytes and without a Java virtual machine: clients
coordinate by a small tree of data, by watching it change, and by znodes
that vanish with their session.
.
This package holds")

set(CPACK_DEBIAN_DEB_SERVER_PACKAGE_NAME paddock)
set(CPACK_DEBIAN_DEB_SERVER_PACKAGE_SECTION net)
set(CPACK_DEBIAN_DEB_SERVER_PACKAGE_DEPENDS "paddock-tools (= ${PROJECT_VERSION}), debconf (>= 0.5) | debconf-2.0, init-system-helpers (>= 1.52), systemd | systemd-standalone-sysusers")
set(CPACK_DEBIAN_DEB_SERVER_PACKAGE_CONTROL_EXTRA ${zk_deb}/server/postinst ${zk_deb}/server/prerm
  ${zk_deb}/server/postrm ${zk_deb}/server/config ${zk_deb}/server/templates ${zk_deb}/server/conffiles)
set(CPACK_COMPONENT_DEB_SERVER_DESCRIPTION "coordination server compatible with ZooKeeper\n${zk_about} the server, as a service of systemd with any number\nof instances.")

set(CPACK_DEBIAN_DEB_TOOLS_PACKAGE_NAME paddock-tools)
set(CPACK_DEBIAN_DEB_TOOLS_PACKAGE_SECTION net)
set(CPACK_COMPONENT_DEB_TOOLS_DESCRIPTION "command line of a coordination server, and offline tools\n${zk_about} the command line and what looks at and repairs\nsnapshots and logs.")

set(CPACK_DEBIAN_DEB_LIBRARY_PACKAGE_NAME libpaddock${PADDOCK_SOVERSION})
set(CPACK_DEBIAN_DEB_LIBRARY_PACKAGE_SECTION libs)
file(WRITE ${zk_deb_stage}/library/shlibs "libpaddock ${PADDOCK_SOVERSION} libpaddock${PADDOCK_SOVERSION} (>= ${PROJECT_VERSION})
libpaddock_st ${PADDOCK_SOVERSION} libpaddock${PADDOCK_SOVERSION} (>= ${PROJECT_VERSION})
")
file(WRITE ${zk_deb_stage}/library/triggers "activate-noawait ldconfig\n")
set(CPACK_DEBIAN_DEB_LIBRARY_PACKAGE_CONTROL_EXTRA ${zk_deb_stage}/library/shlibs
  ${zk_deb_stage}/library/triggers)
set(CPACK_COMPONENT_DEB_LIBRARY_DESCRIPTION "client library with ZooKeeper's C interface\n${zk_about} the client library for programs with threads, and\nfor those with an event loop of their own.")

set(CPACK_DEBIAN_DEB_DEV_PACKAGE_NAME libpaddock-dev)
set(CPACK_DEBIAN_DEB_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEB_DEV_PACKAGE_DEPENDS "libpaddock${PADDOCK_SOVERSION} (= ${PROJECT_VERSION}), libapr1-dev, zlib1g-dev, libssl-dev")
set(CPACK_DEBIAN_DEB_DEV_PACKAGE_CONFLICTS "libzookeeper-mt-dev, libzookeeper-st-dev")
set(CPACK_COMPONENT_DEB_DEV_DESCRIPTION "files to build with Paddock's client library\n${zk_about} headers in ZooKeeper's place and what builds need.")

include(CPack)
