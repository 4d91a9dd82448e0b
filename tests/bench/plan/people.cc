#include "tests/bench/plan/people.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/redis/redis_server.h"
#include "libs/vault/vault.h"
#include "services/registry/decide.h"
#include "services/vaka/backup_keys.h"
#include "services/vaka/store.h"
#include "tests/bench/system/appends.h"
#include "tests/support/alert_town/alert_town.h"

namespace vaka::bench {
namespace {

// Adds one person's facts and key to the request.
absl::Status AddPerson(const vault::Vault& vault, const std::string& area, uint64_t n,
                       absl::Time now, log::AppendRequest& request) {
  registry::v1::Contact contact;
  contact.set_name(absl::StrCat("Namn ", n));
  contact.set_email(absl::StrCat("p", n, "@example.org"));
  const std::string id = absl::StrCat("p", n);
  VAKA_ASSIGN(vault::Vault::Box box,
              vault.SealNew(request.kommun, registry::PersonKey(id), contact.SerializeAsString()));
  for (event::v1::Event& event : testing::TownPersonFacts({.id = id, .area = area}, box.sealed)) {
    event.set_kommun(request.kommun);
    event.set_id(absl::StrCat("fact-", n, "-", request.facts.size()));
    *event.mutable_occurred_at() = ToProto(now);
    *event.mutable_recorded_at() = ToProto(now);
    event.mutable_actor()->set_role(options::v1::ROLE_COORDINATOR);
    event.mutable_actor()->set_agency("municipality");
    event.mutable_actor()->set_person("samordnare");
    request.facts.push_back(event.SerializeAsString());
  }
  request.keys.push_back(*std::move(box.new_key));
  return absl::OkStatus();
}

}  // namespace

absl::Status FillPeople(const std::string& data, const std::string& kommun, const std::string& area,
                        uint64_t people, Clock& clock) {
  VAKA_ASSIGN(const auto server, redis::RedisServer::Start({.folder = data + "/redis"}, clock));
  StoreOptions options;
  options.data = data;
  options.redis = server->url();
  VAKA_ASSIGN(const auto store, OpenStore(options, clock));
  // Filling is not measured, and this Redis ends with it, which puts all on disk.
  VAKA_RETURN_IF_ERROR(
      store->redis
          ->Command("", {"CONFIG", "SET", "appendfsync", "no"}, clock.Steady() + absl::Seconds(10))
          .status());
  VAKA_ASSIGN(std::string master_key, LoadMasterKey(*store->redis, clock, options.KeysFolder()));
  const vault::Vault vault(*store->log, std::move(master_key));
  const absl::Time now = clock.Now();
  Appends appends(*store->log);
  log::AppendRequest request{.kommun = kommun, .idempotency_key = "people-0"};
  for (uint64_t n = 0; n < people; ++n) {
    if (request.facts.size() >= Appends::kFacts) {
      appends.Add(std::exchange(request,
                                {.kommun = kommun, .idempotency_key = absl::StrCat("people-", n)}));
    }
    VAKA_RETURN_IF_ERROR(AddPerson(vault, area, n, now, request));
  }
  appends.Add(std::move(request));
  return appends.AwaitAll();
}

}  // namespace vaka::bench
