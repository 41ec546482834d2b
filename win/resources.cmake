# resources.cmake -- version information and manifest of the programs; nothing on other systems.
#
#   zk_program_resources(zkserver "Paddock server")
if(WIN32)
  enable_language(RC)
endif()

function(zk_program_resources name description)
  if(NOT WIN32)
    return()
  endif()
  set(PROGRAM_NAME ${name})
  set(PROGRAM_DESCRIPTION "${description}")
  set(PROGRAM_MANIFEST "${CMAKE_SOURCE_DIR}/win/program.manifest")
  configure_file(${CMAKE_SOURCE_DIR}/win/version.rc.in ${CMAKE_CURRENT_BINARY_DIR}/${name}.rc @ONLY)
  target_sources(${name} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/${name}.rc)
endfunction()
