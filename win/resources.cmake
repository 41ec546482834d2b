# resources.cmake -- version information of programs and libraries, and the manifest of programs; nothing on
# other systems.
#
#   zk_program_resources(zkserver "Paddock server")
#   zk_library_resources(paddock "Paddock client library")
#   zk_program_messages(zkserver)   the texts of events.mc for the event log
if(WIN32)
  enable_language(RC)
  find_program(ZK_MESSAGE_COMPILER NAMES x86_64-w64-mingw32-windmc windmc mc REQUIRED)
endif()

function(zk_resources name description file type manifest)
  set(RESOURCE_NAME ${name})
  set(RESOURCE_DESCRIPTION "${description}")
  set(RESOURCE_FILE ${file})
  set(RESOURCE_TYPE ${type})
  set(RESOURCE_MANIFEST "${manifest}")
  configure_file(${CMAKE_SOURCE_DIR}/win/version.rc.in ${CMAKE_CURRENT_BINARY_DIR}/${name}.rc @ONLY)
  target_sources(${name} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/${name}.rc)
endfunction()

function(zk_program_resources name description)
  if(WIN32)
    zk_resources(${name} "${description}" ${name}.exe VFT_APP
      "1 24 \"${CMAKE_SOURCE_DIR}/win/program.manifest\"")
  endif()
endfunction()

function(zk_library_resources name description)
  if(WIN32)
    zk_resources(${name} "${description}" ${CMAKE_SHARED_LIBRARY_PREFIX}${name}.dll VFT_DLL "")
  endif()
endfunction()

function(zk_program_messages name)
  if(NOT WIN32)
    return()
  endif()
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${name}-messages)
  file(MAKE_DIRECTORY ${folder})
  add_custom_command(
    OUTPUT ${folder}/events.rc
    COMMAND ${ZK_MESSAGE_COMPILER} -r ${folder} -h ${folder} ${CMAKE_SOURCE_DIR}/win/events.mc
    DEPENDS ${CMAKE_SOURCE_DIR}/win/events.mc
    VERBATIM)
  target_sources(${name} PRIVATE ${folder}/events.rc)
  set_source_files_properties(${folder}/events.rc PROPERTIES INCLUDE_DIRECTORIES ${folder})
endfunction()
