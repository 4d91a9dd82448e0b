#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace vaka::bus {

// A forwarder that treats messages as a bad network does: each is lost, said twice, or held back
// until others have overtaken it, by chance and by a seed. It stands where a Forwarder would:
// publishers connect to `in`, subscribers to `out`. Thread-safe; a thread of its own. Crashes the
// test program when it cannot bind.
//
// Which message meets which fate depends on their order on the wire, so a seed repeats the
// proportions and the pattern, not each message.
class LossyRelay final {
 public:
  // Shares of the messages, 0 to 1.
  struct Faults {
    double lose = 0.3;
    double repeat = 0.3;
    double reorder = 0.3;  // behind up to sixteen that come after it
  };
  struct Counts {
    uint64_t heard = 0;
    uint64_t lost = 0;
    uint64_t repeated = 0;
    uint64_t reordered = 0;
  };

  explicit LossyRelay(uint64_t seed);
  ~LossyRelay();  // what is held back is lost
  LossyRelay(const LossyRelay&) = delete;
  LossyRelay& operator=(const LossyRelay&) = delete;

  const std::string& in() const;
  const std::string& out() const;
  // "IN,OUT", as `vaka run --bus` takes it.
  std::string addresses() const { return in() + "," + out(); }

  // From the next message on. As made, it passes everything on.
  void Set(const Faults& faults);
  Counts counts() const;

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace vaka::bus
