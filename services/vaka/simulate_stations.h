#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "libs/rpc/admission.h"
#include "libs/sim/events.h"
#include "libs/sim/station.h"
#include "services/vaka/simulate_costs.h"
#include "services/vaka/simulate_night.h"

namespace vaka::simulate {

// The stations of one installation, with the bounds that the product has. Not thread-safe.
class Stations final {
 public:
  using Done = std::function<void()>;

  // All outlive the stations.
  Stations(sim::Events& events, const NightOptions& options);

  // Each offers one unit of work; false: refused.
  bool Request(double us, Done done) { return Offer(*gateway_, us, std::move(done)); }
  bool Append(int municipality, double facts, Done done);
  void Fold(bool delivery);
  void Live(double frames) { Offer(*live_, frames * costs_.frame_us, nullptr); }
  bool Query(Done done);
  void Plan(double us, Done done) { Offer(*planner_, us, std::move(done)); }
  // A message that is handed over when `done` runs.
  void Send(bool sms, Done done);
  void Patrol(int municipality, absl::Duration length);
  // A report between the gateway and the log. `Answered` follows when this was true.
  bool Accept(Done done);
  void Answered(absl::Time entered);
  void Turned() { commands_.Drop(); }

  std::vector<Row> Take();

 private:
  sim::Station& Add(const std::string& name, const std::string& what, absl::Duration may_wait,
                    const sim::StationOptions& options);
  sim::Station& More(const sim::StationOptions& options);
  static bool Offer(sim::Station& station, double us, Done done) {
    return station.Offer(absl::Microseconds(us), std::move(done));
  }

  sim::Events& events_;
  const NightOptions& options_;
  const Costs& costs_;
  rpc::Admission commands_;
  rpc::Admission queries_in_;
  // Rows stay where they are, for stations count in them.
  std::vector<std::unique_ptr<Row>> rows_;
  std::vector<std::unique_ptr<sim::Station>> stations_;
  sim::Station* gateway_ = nullptr;
  sim::Station* intake_ = nullptr;
  std::vector<sim::Station*> log_;
  std::vector<sim::Station*> folds_;
  sim::Station* live_ = nullptr;
  sim::Station* queries_ = nullptr;
  sim::Station* planner_ = nullptr;
  // Index 1: SMS; the provider's pace is null where there is no limit.
  sim::Station* pace_[2] = {nullptr, nullptr};
  sim::Station* senders_[2] = {nullptr, nullptr};
  std::vector<sim::Station*> patrol_;
};

}  // namespace vaka::simulate
