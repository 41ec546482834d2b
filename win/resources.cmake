# resources.cmake -- version information and manifest of the programs; nothing on other systems.
#
#   zk_program_resources(zkserver "Paddock server")
#   zk_program_messages(zkserver)   the texts of events.mc for the event log
if(WIN32)
  enable_language(RC)
  find_program(ZK_MESSAGE_COMPILER NAMES x86_64-w64-mingw32-windmc windmc mc REQUIRED)
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
