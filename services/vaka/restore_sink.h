#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/redis/client.h"
#include "services/vaka/backup_file.h"
#include "vaka/event/v1/event.pb.h"

namespace vaka {

// Writes the segments of a checked backup and its vault into an empty store, and says what has to
// be recorded afterwards. Belongs to one thread.
class RestoreSink final {
 public:
  // `now`: what is due by then and not sent is not sent any more, unless `send_unsent`.
  RestoreSink(redis::Client& client, Clock& clock, absl::Time now, bool send_unsent);

  // The vault's segments come first.
  absl::Status Take(const Segment& segment);
  // What Take holds back. REQUIRES: after the last segment.
  absl::Status Flush();

  struct Afterwards {
    std::vector<event::v1::Event> facts;       // people whose keys the vault no longer has
    std::vector<event::v1::Event> deliveries;  // messages that are not sent any more
  };
  // By municipality.
  std::map<std::string, Afterwards> afterwards() const;

 private:
  absl::Status Entries(const Segment& segment);
  absl::Status Hash(const Segment& segment);
  absl::Status Sorted(const Segment& segment);
  absl::Status Expire(const std::string& key, const std::string& at);
  absl::Status Write(redis::Argv argv);
  void Note(const std::string& fact);
  bool NotSent(const std::string& parcel);
  std::string Key(const std::string& rest) const;

  redis::Client& client_;
  Clock& clock_;
  const absl::Time now_;
  const bool send_unsent_;

  std::string kommun_;
  std::vector<redis::Argv> waiting_;
  size_t waiting_bytes_ = 0;
  std::map<std::string, std::set<std::string>> subjects_;             // with a key in the vault
  std::map<std::string, std::map<std::string, std::string>> people_;  // not erased, their subject
  std::map<std::string, std::vector<event::v1::Event>> not_sent_;
};

}  // namespace vaka
