#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace vaka {

// Where a command finds the store: every command that opens the log takes these.
struct StoreOptions {
  std::string data = "var";
  std::string redis;                 // empty: the private Redis in the data folder
  std::string redis_ca;              // CA file for rediss://
  std::string durability = "fsync";  // fsync | replicated
  std::string keys;                  // folder of keys; empty: <data>/keys

  std::string KeysFolder() const { return keys.empty() ? data + "/keys" : keys; }
};

struct RunOptions {
  StoreOptions store;
  std::vector<std::string> targets = {"all"};
  bool demo = false;
  std::string pace = "5s";  // between two live reports of the demo; 0 turns them off
  uint64_t seed = 20121106;
  std::string bus;  // IN,OUT addresses; empty: sockets in the data folder
  std::string http = "127.0.0.1:8080";
  std::vector<std::string> trusted_proxies;  // addresses and networks
  std::string grpc = "127.0.0.1:8081";
  std::string metrics = "127.0.0.1:8082";
  std::string config = "deploy/config/botkyrka.yaml";
  std::string static_dir;
  std::string public_url;          // empty: http://<http>
  std::vector<std::string> peers;  // target=address of targets in other processes
  std::string smtp;                // smtp://host:port or smtps://
  std::string mail_from = "vaka@localhost";
  std::string sms;  // https://host/a1/sms
  std::string sms_from = "Vaka";
  std::string claim_after = "1m";  // a dead process's messages are taken over; at least 20s

  bool Has(const std::string& target) const;
};

// The targets that a process can run, in the order in which they start.
const std::vector<std::string>& AllTargets();

}  // namespace vaka
