// Any text as a file of areas: problems, or areas that can be planned.
#include "services/registry/import.h"
#include "tests/fuzz/tape.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vaka::registry;
  Problems problems;
  const auto areas = ReadAreas("0127", {reinterpret_cast<const char*>(data), size}, problems);
  for (const ImportedArea& imported : areas) {
    vaka::fuzz::Require(v1::Area().ParseFromString(imported.area.SerializeAsString()),
                        "an area can be kept");
  }
  PlanAreas(State(), areas);
  return 0;
}
