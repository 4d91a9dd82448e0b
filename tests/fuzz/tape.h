#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "google/protobuf/message.h"
#include "vaka/event/v1/event.pb.h"

namespace vaka::fuzz {

// A fuzzer's bytes read as choices, so that every input is a history and a flipped byte changes one
// thing in it. Reads zeros past its end. Not thread-safe; borrows the bytes.
class Tape {
 public:
  Tape(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  bool AtEnd() const { return at_ >= size_; }
  uint8_t Byte() { return AtEnd() ? 0 : data_[at_++]; }
  uint64_t Word(int bytes);

 private:
  const uint8_t* data_;
  size_t size_;
  size_t at_ = 0;
};

// A fact of any kind, filled from the tape. Ids come from a small set, so that facts speak of the
// same areas, people and alerts; numbers and times are often at their types' ends.
event::v1::Event FactFrom(Tape& tape, uint64_t seq);

// Facts as they come over the wire: each two bytes of length and an event. Those that do not parse
// are left out, as a log leaves them out.
std::vector<event::v1::Event> FactsOnWire(Tape& tape);

// Aborts with `what`, which makes the input a finding.
void Require(bool holds, const char* what);

// Requires that `work` takes at most 50 ms of this thread's time on a processor, times 25, by which
// the sanitizers slow what allocates much. The best of three tries counts. What is kept of this is
// held to 50 ms without sanitizers by tests/unit/screen/time_test.cc.
void RequireQuick(const std::function<void()>& work);

}  // namespace vaka::fuzz
