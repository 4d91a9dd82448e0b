#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/fault/judge/history.h"
#include "vaka/event/v1/event.pb.h"
#include "vaka/notifications/v1/state.pb.h"

namespace vaka::fault {

// One entry of a log as it was read.
struct StoredFact {
  uint64_t seq = 0;
  bool intact = true;  // its checksum matches and it decodes
  event::v1::Event event;
  std::string bytes;
};

// A fold's state by its hash. `who` is "snapshot", a process's address, a replica's name.
struct StateHash {
  std::string who;
  std::string kommun;
  std::string fold;
  uint64_t position = 0;
  std::string hash;  // hexadecimal BLAKE2b-256 of Serialize
};

// Somebody whom an alert concerns whenever it was planned.
struct Expected {
  std::string alert;
  std::string person;
};

// What one municipality's store holds at rest.
struct Municipality {
  std::string kommun;
  uint64_t baseline = 0;  // facts up to here are the town's own making, by no client of the history
  std::vector<StoredFact> facts;
  std::vector<StoredFact> deliveries;
  uint64_t facts_head = 0;  // as the log says
  uint64_t deliveries_head = 0;
  uint64_t planned_up_to = 0;                     // the planner's position
  std::vector<notifications::v1::Parcel> outbox;  // planned, not finished
  std::vector<notifications::v1::Parcel> held;
  std::vector<Expected> expected;
};

// Everything that a verdict rests on.
struct Evidence {
  std::vector<Operation> operations;
  std::vector<HandOver> hand_overs;
  std::vector<Fault> faults;
  std::vector<Municipality> municipalities;
  std::vector<StateHash> states;  // of replicas and snapshots
  std::vector<StateHash> refold;  // the log folded anew, at each position that `states` names
  std::vector<Line> lines;
  std::vector<std::string> secrets;
};

}  // namespace vaka::fault
