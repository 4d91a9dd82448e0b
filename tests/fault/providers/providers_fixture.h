#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "libs/rpc/server.h"
#include "tests/fault/house/providers.h"
#include "tests/fault/judge/history.h"
#include "tests/integration/notifications/house.h"

namespace vaka::fault {

// The notifications service in this process, between a real Redis and providers that misbehave as a
// test tells them, with waits short enough for a test.
class ProvidersTest : public notifications::HouseTest {
 protected:
  ProvidersTest();

  notifications::Options FastOptions() const;

  // Starts it, with its rpcs.
  void Serve(notifications::Options options);
  void Serve() { Serve(FastOptions()); }
  void TearDown() override;

  // A provider's receipt, as the gateway passes it on.
  grpc::Status Receipt(const std::string& message, const std::string& status,
                       bool* known = nullptr);

  // What happened to a person's messages about the only alert there is, in order; empty before.
  std::vector<notifications::Delivery> DeliveriesTo(const std::string& person);
  bool AwaitTold(const std::string& person);
  bool AwaitEnd(const std::string& person, notifications::Reason reason);
  std::string OnlyAlert();

  // Hand-overs that a provider accepted, by message id, to one address or number.
  std::map<std::string, int> HandedTo(const std::string& recipient) const;
  // The same to everybody, how many in all.
  size_t Handed() const;

  static std::string MailOf(const std::string& person) { return person + "@vaka.test"; }
  static std::string PhoneOf(const std::string& person) { return "+4670000" + person; }

  History history_{clock_};
  Providers providers_{history_, clock_};
  std::unique_ptr<notifications::App> app_;
  std::unique_ptr<rpc::Server> server_;
};

}  // namespace vaka::fault
