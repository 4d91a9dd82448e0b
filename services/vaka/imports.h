#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace grpc {
class Channel;
}

namespace vaka {

struct ImportOptions {
  std::string source;
  std::string grpc = "127.0.0.1:8081";
  std::string data = "var";
  std::string keys;  // folder of keys, for a system reached over TLS; empty: plain, keys of <data>
  std::string kommun = "0127";
  bool dry_run = false;
  std::string every;
};

// Each prints what came of it with counts, and every problem by its line. A file with problems
// changes nothing.
absl::Status ImportAreas(const ImportOptions& options);
absl::Status ImportPeople(const ImportOptions& options);
absl::Status ImportPolisenEvents(const ImportOptions& options);

// Makes the municipality of a configuration file, or changes it; the same file again changes
// nothing. The file says which municipality.
absl::Status ImportConfig(const ImportOptions& options);

// The bearer token of a call: VAKA_TOKEN, else one signed with the data folder's keys, for an
// agency.
absl::StatusOr<std::string> ImportToken(const ImportOptions& options, const std::string& agency);

// The running system: plain without a folder of keys, mTLS with one.
absl::StatusOr<std::shared_ptr<grpc::Channel>> ImportChannel(const ImportOptions& options);

// OK when the process at the address answers SERVING.
absl::Status AskHealth(const ImportOptions& options);

}  // namespace vaka
