// Any text as a municipality's file: one line that says what is wrong, or a configuration.
#include "absl/strings/match.h"
#include "libs/config/municipality.h"
#include "tests/fuzz/tape.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vaka;
  const auto config =
      config::ParseMunicipality({reinterpret_cast<const char*>(data), size}, "x.yaml");
  if (config.ok()) {
    fuzz::Require(!config->kommun().empty(), "a configuration names its municipality");
    fuzz::Require(registry::v1::MunicipalityConfig().ParseFromString(config->SerializeAsString()),
                  "a configuration can be kept");
    return 0;
  }
  fuzz::Require(absl::IsInvalidArgument(config.status()), "a bad file is INVALID_ARGUMENT");
  fuzz::Require(absl::StartsWith(config.status().message(), "x.yaml"), "a problem names the file");
  return 0;
}
