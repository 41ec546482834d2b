# What we stand on: APR, zlib, libcrypto (POSIX only; Windows has its own digests), CUnit for tests.
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)

add_library(zk_deps INTERFACE)
target_link_libraries(zk_deps INTERFACE ZLIB::ZLIB Threads::Threads)

if(WIN32)
  find_path(APR_INCLUDE_DIR apr.h PATH_SUFFIXES apr-1 REQUIRED)
  find_library(APR_LIBRARY NAMES apr-1 libapr-1 REQUIRED)
  target_include_directories(zk_deps SYSTEM INTERFACE ${APR_INCLUDE_DIR})
  target_compile_definitions(zk_deps INTERFACE APR_DECLARE_STATIC)
  target_link_libraries(zk_deps INTERFACE ${APR_LIBRARY} ws2_32 mswsock rpcrt4 iphlpapi bcrypt
    psapi shell32 advapi32)
else()
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(APR REQUIRED IMPORTED_TARGET apr-1)
  find_package(OpenSSL REQUIRED COMPONENTS Crypto)
  target_link_libraries(zk_deps INTERFACE PkgConfig::APR OpenSSL::Crypto)
endif()

if(ZK_TESTS)
  find_path(CUNIT_INCLUDE_DIR CUnit/CUnit.h REQUIRED)
  find_library(CUNIT_LIBRARY NAMES cunit libcunit REQUIRED)
  add_library(zk_cunit INTERFACE)
  target_include_directories(zk_cunit SYSTEM INTERFACE ${CUNIT_INCLUDE_DIR})
  target_link_libraries(zk_cunit INTERFACE ${CUNIT_LIBRARY})
endif()
