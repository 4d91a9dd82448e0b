#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/clock.h"
#include "libs/base/time.h"
#include "libs/rpc/gate.h"
#include "libs/rpc/token.h"
#include "libs/rpc/unary.h"
#include "tests/support/eventually/patience.h"
#include "tests/support/memory_bus/memory_bus.h"
#include "tests/support/memory_log/memory_log.h"

namespace vaka {

// What a service's adapter needs around it, in memory, and calls to it as one role or another.
// For tests; one thread.
struct RpcHost {
  static constexpr char kKommun[] = "0127";

  RpcHost() : log(bus.publisher()), tokens(keys.first, keys.second) {}

  void Append(std::vector<event::v1::Event> facts) {
    log::AppendRequest request;
    request.kommun = kKommun;
    request.idempotency_key = absl::StrCat("seed-", ++key);
    for (event::v1::Event& fact : facts) {
      fact.set_kommun(kKommun);
      *fact.mutable_occurred_at() = ToProto(clock.Now());
      request.facts.push_back(fact.SerializeAsString());
    }
    EXPECT_TRUE(log.AppendNow(request).ok());
  }

  struct Caller {
    options::v1::Role role;
    std::string agency;
    std::string person;
  };

  // A command gets a new key unless it has one; a query waits for everything in the log.
  template <typename Stub, typename Request, typename Response>
  absl::Status Call(Stub& stub,
                    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const Caller& caller, Request request, Response& response) {
    response.Clear();
    request.set_kommun(kKommun);
    if constexpr (requires { request.set_idempotency_key(""); }) {
      if (request.idempotency_key().empty()) {
        request.set_idempotency_key(absl::StrCat("key-", ++key));
      }
    } else {
      request.set_at_least(log.Head(kKommun, log::Stream::kFacts).value());
    }
    gateway::v1::Identity identity;
    identity.set_kommun(kKommun);
    identity.set_person(caller.person);
    identity.set_agency(caller.agency);
    identity.add_roles(caller.role);
    *identity.mutable_expires() = ToProto(clock.Now() + absl::Hours(1));
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + tokens.Mint(identity));
    context.set_deadline(absl::ToChronoTime(clock.Now() + absl::Seconds(kPatience * 30)));
    return rpc::FromGrpc((stub.*method)(&context, request, &response));
  }

  SystemClock clock;
  bus::MemoryBus bus;
  log::MemoryLog log;
  std::pair<std::string, std::string> keys = rpc::Tokens::NewKeys();
  rpc::Tokens tokens;
  prometheus::Registry metrics;
  rpc::Gate gate{tokens, clock, metrics, {}};
  int key = 0;
};

}  // namespace vaka
