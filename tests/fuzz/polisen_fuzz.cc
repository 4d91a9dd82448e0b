// Any answer of the police's server: refused as a whole, or events as the header promises, which
// become reports.
#include "libs/screen/screen.h"
#include "services/intake/polisen.h"
#include "tests/fuzz/tape.h"

namespace {

vaka::registry::v1::MunicipalityConfig Botkyrka() {
  vaka::registry::v1::MunicipalityConfig config;
  config.set_kommun("0127");
  config.set_name("Botkyrka");
  config.add_place_words("Botkyrka");
  auto& district = *config.add_districts();
  district.set_id("norra");
  district.set_name("Norra");
  auto& other = *config.add_categories();
  other.set_id("other");
  return config;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vaka;
  static const auto* const config = new registry::v1::MunicipalityConfig(Botkyrka());
  static const absl::Time now = absl::FromUnixSeconds(1795500000);
  const auto answer = intake::ParsePolisen({reinterpret_cast<const char*>(data), size}, now,
                                           absl::FixedTimeZone(3600));
  if (!answer.ok()) {
    fuzz::Require(absl::IsInvalidArgument(answer.status()), "a bad answer is INVALID_ARGUMENT");
    return 0;
  }
  for (const intake::PolisenEvent& event : answer->events) {
    fuzz::Require(event.occurred <= event.published, "an event happens before it is published");
    fuzz::Require(event.published <= now + absl::Hours(24), "no event is of the future");
  }
  const auto reports = intake::ToSubmissions(answer->events, *config);
  fuzz::Require(reports.submissions.size() + reports.elsewhere == answer->events.size(),
                "every event is a report or elsewhere");
  for (const auto& submission : reports.submissions) {
    fuzz::Require(screen::FindPersonalData(submission.text()).empty(), "no report names a person");
    fuzz::Require(intake::v1::Submission().ParseFromString(submission.SerializeAsString()),
                  "a report can be kept");
  }
  return 0;
}
