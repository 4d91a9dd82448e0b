# vaka_library(NAME  SOURCES … [LIBS …])    libs/<x> or services/<x>; headers are included from the top: "libs/x/x.h"
# vaka_test(NAME  SOURCES … [LIBS …] [LABELS …] [SERIAL])  one GoogleTest program; each TEST is a ctest; SERIAL: nothing
#   runs beside it
add_compile_definitions(_FILE_OFFSET_BITS=64)  # hiredis says so to its users, and precompiled headers want it said to all
add_library(vaka_options INTERFACE)
target_include_directories(vaka_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(vaka_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wnon-virtual-dtor
  -Woverloaded-virtual
  # What the parser finds is an error. What the optimizer believes to see changes with inlining, even with the length of
  # the folder's name, and GCC 12 sees much that is not there: it is printed and stops nobody.
  "$<$<CXX_COMPILER_ID:GNU>:-Werror;-Wno-error=maybe-uninitialized;-Wno-error=array-bounds;-Wno-error=restrict>"
  "$<$<CXX_COMPILER_ID:GNU>:-Wno-error=stringop-overflow;-Wno-error=stringop-overread;-Wno-error=dangling-pointer>"
  "$<$<CXX_COMPILER_ID:GNU>:-Wno-error=use-after-free;-Wno-error=free-nonheap-object;-Wno-error=nonnull>"
  "$<$<CXX_COMPILER_ID:Clang>:-Wthread-safety;-Werror=thread-safety>")
if(NOT VAKA_SANITIZE AND NOT VAKA_FUZZ)
  # Every program's memory: facts are made on one thread and freed on another, in pieces of all sizes. glibc's allocator
  # joins and splits them under a lock: a fifth of the processor time of ReportMany (docs/benchmarks.md).
  link_libraries($<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:mimalloc>)
endif()
if(VAKA_SANITIZE STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -Wno-mismatched-new-delete)
  add_link_options(-fsanitize=address,undefined)
elseif(VAKA_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread -DBOOST_ASIO_DISABLE_FENCED_BLOCK)
  add_link_options(-fsanitize=thread)
  # Every program, and only programs: its absl::Mutex tells the sanitizer what it does.
  add_library(vaka_tsan_mutex OBJECT ${CMAKE_SOURCE_DIR}/tests/support/tsan/absl_mutex.cc)
  target_compile_options(vaka_tsan_mutex PRIVATE -fno-sanitize=thread)
  link_libraries($<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:vaka_tsan_mutex>)
endif()
if(VAKA_FUZZ)
  add_compile_options(-O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()

# Three quarters of a file's time go into reading gRPC's, protobuf's and GoogleTest's headers: they are read once for all.
function(vaka_read_headers_once name of)
  if(NOT VAKA_PCH OR VAKA_FUZZ)
    return()
  endif()
  if(NOT TARGET vaka_headers_of_${of})
    file(WRITE ${CMAKE_BINARY_DIR}/headers_of_${of}.cc "")
    add_library(vaka_headers_of_${of} STATIC ${CMAKE_BINARY_DIR}/headers_of_${of}.cc)
    target_link_libraries(vaka_headers_of_${of} PUBLIC vaka_options vaka_proto ${ARGN})
    target_precompile_headers(vaka_headers_of_${of} PRIVATE ${CMAKE_SOURCE_DIR}/cmake/headers_of_${of}.h)
  endif()
  # Also where it would not need them: what was read once fits only who is compiled in the same way.
  target_link_libraries(${name} PRIVATE vaka_proto)
  target_precompile_headers(${name} REUSE_FROM vaka_headers_of_${of})
endfunction()

function(vaka_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBS" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC vaka_options ${arg_LIBS})
  if(arg_LIBS MATCHES "vaka_")  # else it knows of none of those headers
    vaka_read_headers_once(${name} libraries)
  endif()
endfunction()

function(vaka_test name)
  cmake_parse_arguments(arg "SERIAL" "TIMEOUT" "SOURCES;LIBS;LABELS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  if(VAKA_SANITIZE)  # only slower: five times and more
    math(EXPR arg_TIMEOUT "${arg_TIMEOUT} * 5")
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE vaka_options ${arg_LIBS} GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE VAKA_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  vaka_read_headers_once(${name} tests GTest::gmock)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST 
    PROPERTIES TIMEOUT ${arg_TIMEOUT} RUN_SERIAL ${arg_SERIAL} LABELS "${arg_LABELS}")
endfunction()
