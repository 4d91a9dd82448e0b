#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "services/intake/polite_fetcher.h"
#include "vaka/registry/v1/types.pb.h"

namespace grpc {
class Channel;
}

namespace vaka::intake {

// One answer's element that is no event, or that intake refused.
struct ImportProblem {
  std::string source;   // file name or address
  std::string element;  // "[17]" of the answer, or "polisen:563972"
  std::string reason;
};

struct ImportCounts {
  size_t answers = 0;
  size_t events = 0;  // that parsed; elsewhere + sent
  size_t elsewhere = 0;
  size_t reported = 0;
  size_t corrected = 0;
  size_t unchanged = 0;
  size_t refused = 0;
  size_t malformed = 0;
  size_t without_text = 0;              // summary held personal data
  std::vector<ImportProblem> problems;  // malformed and refused ones
  uint64_t seq = 0;                     // of the last fact

  void Add(const ImportCounts& other);
};

// Where intake is, and as whom to speak.
struct IntakeClient {
  std::shared_ptr<grpc::Channel> channel;
  std::string token;  // bearer token; its agency becomes the reports' source
};

struct PolisenImportOptions {
  std::string source;                           // a file, a folder of *.json, or an http(s) address
  bool dry_run = false;                         // parse and place only
  absl::Duration every = absl::ZeroDuration();  // an address is asked again; zero: once
  absl::Duration deadline = absl::Seconds(60);  // of one answer's call
  // Called after each answer with its source and counts.
  std::function<void(const std::string& source, const ImportCounts& counts)> progress = {};
};

inline constexpr char kPolisenUrl[] = "https://polisen.se/api/events";

// Reads Polisen's answers and reports the municipality's events. Every answer goes in one client
// stream, so that a repeat changes nothing and an edit is a correction. NOT_FOUND: no such file, or
// a folder without answers. INVALID_ARGUMENT: a file that is no answer, named. With `every`, runs
// until stopped; an answer that does not come is in `problems`, and the next one is waited for.
// Otherwise an error ends the import; what was reported before stays. Blocks.
absl::StatusOr<ImportCounts> ImportPolisen(const PolisenImportOptions& options,
                                           const registry::v1::MunicipalityConfig& config,
                                           const IntakeClient& client, PoliteFetcher& fetcher,
                                           Clock& clock, std::stop_token stop);

}  // namespace vaka::intake
