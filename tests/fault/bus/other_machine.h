#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace vaka::fault {

// A network namespace that stands for another machine, joined to ours by one cable. Gone with the
// object. Belongs to one thread.
class OtherMachine final {
 public:
  // UNAVAILABLE: this machine does not let us, and why.
  static absl::StatusOr<std::unique_ptr<OtherMachine>> Make();
  ~OtherMachine();
  OtherMachine(const OtherMachine&) = delete;
  OtherMachine& operator=(const OtherMachine&) = delete;

  const std::string& here() const { return here_; }    // our address on the cable
  const std::string& there() const { return there_; }  // the other's
  // What is put before a program so that it runs there.
  std::vector<std::string> wrapper() const { return {"ip", "netns", "exec", name_}; }

  // The cable is pulled: nothing arrives, and nobody is told. And put back.
  void Cut();
  void Heal();

 private:
  explicit OtherMachine(std::string name, std::string net);

  const std::string name_;
  const std::string here_;
  const std::string there_;
};

}  // namespace vaka::fault
