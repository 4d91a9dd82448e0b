#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "tests/bench/peers/daemon.h"

namespace vaka::bench {

// Another system that Vaka is measured beside: the server of a Debian package with settings of ours
// in a temporary folder, with durability as its settings say it, on a free port or a unix socket.
// It ends with this object, and with this process however that ends. Used by one thread, which
// lives as long as the peer is wanted.
class Peer {
 public:
  Peer(std::string name, std::string package)
      : name_(std::move(name)), package_(std::move(package)) {}
  virtual ~Peer() = default;
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  const std::string& name() const { return name_; }  // as PEERS names it: "redis"

  // OK: it answers. NOT_FOUND: it is not installed. UNAVAILABLE: it does not come up, with what it
  // said.
  virtual absl::Status Start() = 0;
  // In one line: version, and the settings that matter to what is measured.
  std::string Describe() const;
  // Its server's process, those it started and those they started; for memory and processor time.
  std::vector<pid_t> Processes() const;

 protected:
  virtual std::string Settings() const = 0;
  virtual pid_t pid() const = 0;  // of the server; 0: it does not run
  absl::Status NotInstalled() const;

 private:
  const std::string name_;
  const std::string package_;
};

// Whether PEERS (unset or "all": each; "none": none; else names with commas between) names it.
bool Chosen(const std::string& peer);

// Starts a peer that is chosen, says on stderr that it runs or why its rows are left out, and
// prints the line "- <Describe>" on stdout, which tools/bench puts under the table. Null: it is
// left out.
bool Started(Peer& peer);  // true: it runs
template <typename P, typename... Args>
std::unique_ptr<P> StartChosen(Args&&... args) {
  auto peer = std::make_unique<P>(std::forward<Args>(args)...);
  return Started(*peer) ? std::move(peer) : nullptr;
}

// The Debian package's version; "unknown" when it is not installed.
std::string PackageVersion(const std::string& package);

}  // namespace vaka::bench
