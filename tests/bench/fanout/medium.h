#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "tests/bench/fanout/subscriber.h"

namespace vaka::bench {

struct Published {
  absl::Time sent = {};          // of Clock::Steady
  absl::Time acknowledged = {};  // as far as the system acknowledges at all
};

// A running system that carries each message to all who listen. One topic. Used by one thread.
class Medium {
 public:
  virtual ~Medium() = default;

  virtual std::string name() const = 0;  // as rows show it
  virtual int port() const = 0;          // where subscribers connect
  // Whether it bounds what one address may ask for, so that subscribers come from several.
  virtual bool bounds_addresses() const { return false; }
  virtual std::unique_ptr<Subscriber> NewSubscriber(size_t n) = 0;

  // Before the first publishing.
  virtual absl::Status Prepare() = 0;
  // Returns when it is acknowledged.
  virtual absl::StatusOr<Published> Publish() = 0;
  // Until all that publishing led to besides is over.
  virtual absl::Status AwaitRest() { return absl::OkStatus(); }
  // Whether it takes part in what is published as fast as it goes.
  virtual bool sustained() const { return true; }
  // At most kWindow not acknowledged at any time; returns when all are.
  virtual absl::Status PublishMany(uint64_t messages) = 0;
};

// Messages under way in PublishMany.
inline constexpr uint64_t kWindow = 64;
// What peers carry; about what the gateway writes for a report.
std::string Payload();

// `clock` outlives each; so does the peer's server at `port`.
std::unique_ptr<Medium> MakeMosquitto(int port, Clock& clock);
std::unique_ptr<Medium> MakeNats(int port, Clock& clock);
std::unique_ptr<Medium> MakeRedis(int port, Clock& clock);
std::unique_ptr<Medium> MakeRabbit(int port, Clock& clock);

// The product: live streams of people of several roles at its gateway, as the dashboard opens them.
// A message is a report in one of 400 areas. `alerts`: each alerts the area's contact persons,
// else nobody.
absl::StatusOr<std::unique_ptr<Medium>> StartVaka(bool alerts);

}  // namespace vaka::bench
