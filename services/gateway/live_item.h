#pragma once

#include <array>
#include <memory>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/gateway/connect_codec.h"
#include "services/gateway/http.h"
#include "vaka/event/v1/event.pb.h"
#include "vaka/gateway/v1/gateway_service.pb.h"

namespace vaka::gateway {

// What decides which facts somebody sees on the live stream, and how.
struct Viewer {
  uint32_t roles = 0;  // 1 << role
  std::string agency;
  bool exact_places = false;  // of home burglaries
};

Viewer ViewerOf(const v1::Identity& identity);

// Categories whose exact place only police and coordinator see.
using HomeBurglaries = std::set<std::string, std::less<>>;
HomeBurglaries HomeBurglariesOf(const registry::v1::MunicipalityConfig& config);

// Clears every field whose rule says `sealed`, however deep.
void StripSealed(google::protobuf::Message& message);

// Takes the exact place out of an incident of a home burglary: its area is left.
// False: the event is no such incident, and nothing changed.
bool MaskPlace(event::v1::Event& event, const HomeBurglaries& burglaries);

// One item of a live stream, made once and sent to everybody who may see it: the bytes of each form
// are written when the first asks and shared from then on. Thread-safe.
class LiveItem {
 public:
  enum class Kind { kFact, kDelivery };

  LiveItem(Kind kind, event::v1::Event event, const HomeBurglaries& burglaries);
  LiveItem(uint64_t position, absl::Time at);  // a beat

  uint64_t seq() const { return seq_; }
  bool VisibleTo(const Viewer& viewer) const;

  // The WatchResponse for the viewer in a Connect envelope. REQUIRES: visible to the viewer.
  Chunk Frame(const Viewer& viewer, Codec codec) const;

 private:
  Chunk Write(bool masked, Codec codec) const;

  // Constant after construction.
  uint64_t seq_ = 0;
  uint32_t shown_to_ = 0;
  bool shown_to_all_ = false;
  bool own_agency_ = false;  // an incident that its agency keeps to itself
  std::string agency_;
  v1::WatchResponse exact_;
  std::unique_ptr<v1::WatchResponse> masked_;  // null: the same for everyone

  mutable absl::Mutex mu_;
  mutable std::array<std::array<Chunk, 2>, 2> frames_ ABSL_GUARDED_BY(mu_);  // [masked][codec]
};

}  // namespace vaka::gateway
