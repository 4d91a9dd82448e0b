#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "libs/fold/commands.h"
#include "libs/fold/follower.h"
#include "libs/vault/vault.h"
#include "services/intake/intake.h"
#include "services/intake/intake_metrics.h"
#include "services/intake/worker.h"

namespace vaka::intake {

// What the parts of the adapter work with. All outlive them.
struct Deps {
  fold::Follower& follower;
  fold::Commands& commands;
  const vault::Vault& vault;
  Worker& worker;
  Metrics& metrics;
};

// One report on its way in.
struct Item {
  std::string id;  // of its incident; see IncidentId
  v1::Submission submission;
};

// What became of it. Without an OK status the rest is empty.
struct Taken {
  absl::Status status;
  v1::Outcome outcome = v1::OUTCOME_UNSPECIFIED;
  v1::Where where;
};

// Screens, recalls, seals and records reports: what is impure around DecideReport. Thread-safe.
class ReportTaker final {
 public:
  // Status of the append, number of its last fact (0: nothing changed), one Taken an item.
  using Done = std::function<void(absl::Status, uint64_t seq, std::vector<Taken>)>;

  explicit ReportTaker(Deps deps) : deps_(deps) {}

  // Records `items` as one command, so that all new facts go into one append. `done` runs once, on
  // some thread. A bad item has its own status and the rest goes on; with an error status nothing
  // was recorded. REQUIRES: no id twice.
  void Take(fold::Command command, Caller caller, std::vector<Item> items, Done done);

 private:
  struct Batch;
  using BatchPtr = std::shared_ptr<Batch>;  // shared by the callbacks of its stages

  void SealTexts(const BatchPtr& batch);
  void Record(const BatchPtr& batch);
  void Finish(const BatchPtr& batch, const absl::Status& status, uint64_t seq);

  const Deps deps_;
};

}  // namespace vaka::intake
