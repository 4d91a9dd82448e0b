#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/fault/gateway/attacker.h"

namespace vaka::fault {

// Every kind of abuse at once against one gateway, each from a loopback address of its own, from
// construction to destruction. The honest come from 127.0.0.1.
class Abuse final {
 public:
  // `gateway`: its HTTP address; `seed`: of the garbage.
  Abuse(const std::string& gateway, uint64_t seed);

  const Answers& AnswersTo(const std::string& name) const;
  // A line an attack.
  std::string Text() const;

 private:
  void BeginToHold();
  void BeginToSend(uint64_t seed);
  void Begin(const std::string& name, Attack::Crowd crowd);
  void Begin(const std::string& name, std::function<std::string()> request);
  std::string NextAddress();

  const std::string gateway_;
  int last_address_ = 1;
  std::vector<std::unique_ptr<Attack>> attacks_;
};

}  // namespace vaka::fault
