# install.cmake -- the scripts beside the programs in the build folder, and what `cmake --install` copies:
#
#   bin/            programs, and the scripts of the system we build for, which look for the programs beside them
#   etc/zookeeper/  the sample configuration, where the scripts look for zoo.cfg; conf/ on Windows
include(GNUInstallDirs)

if(WIN32)
  file(GLOB zk_scripts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/win/scripts/*.cmd)
else()
  file(GLOB zk_scripts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/unix/scripts/*.sh)
endif()
foreach(script ${zk_scripts})
  get_filename_component(name ${script} NAME)
  # configure_file and not file(COPY): an edited script is copied again by the next build.
  configure_file(${script} ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/${name} COPYONLY)
endforeach()

install(TARGETS zkserver zkcli zktool RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT programs)
install(PROGRAMS ${zk_scripts} DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT programs)
if(WIN32)
  file(GLOB zk_samples CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/conf/*.cfg)
  install(FILES ${zk_samples} DESTINATION conf COMPONENT programs)
else()
  file(GLOB zk_samples CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/conf/*.cfg)
  install(FILES ${zk_samples} DESTINATION etc/zookeeper COMPONENT programs)
  include(${CMAKE_SOURCE_DIR}/installer/deb/deb.cmake)
endif()
