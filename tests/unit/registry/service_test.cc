// The registry over gRPC, on a log in memory.
#include <grpcpp/grpcpp.h>
#include <prometheus/registry.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/time.h"
#include "libs/rpc/server.h"
#include "libs/rpc/token.h"
#include "libs/rpc/unary.h"
#include "services/registry/chores.h"
#include "services/registry/registry_service.h"
#include "tests/support/memory_bus/memory_bus.h"
#include "tests/support/memory_log/memory_log.h"
#include "tests/unit/registry/town.h"

namespace vaka::registry {
namespace {

using absl::StatusCode;
using v1::RegistryService;

constexpr char kKommun[] = "9901";

class RegistryServiceTest : public testing::Test {
 protected:
  RegistryServiceTest()
      : log_(bus_.publisher()),
        keys_(rpc::Tokens::NewKeys()),
        tokens_(keys_.first, keys_.second),
        gate_(tokens_, clock_, metrics_registry_, {}),
        vault_(log_, std::string(32, 'k')),
        metrics_(metrics_registry_),
        follower_(
            {.name = "registry"}, [](const std::string&) { return std::make_unique<State>(); },
            log_, bus_.Subscribe(), clock_),
        commands_(follower_, log_, clock_),
        importer_(follower_, commands_, log_, vault_),
        errands_(2, 100),
        service_({follower_, commands_, vault_, gate_, errands_, importer_, metrics_}),
        server_({}, {&service_}) {
    EXPECT_TRUE(follower_.Start().ok());
    EXPECT_TRUE(server_.Start().ok());
    stub_ = RegistryService::NewStub(server_.InProcess());
    v1::ConfigureRequest request;
    *request.mutable_config() = TownConfig();
    v1::ConfigureResponse response;
    EXPECT_EQ(Call(&RegistryService::Stub::Configure, request, response), absl::OkStatus());
  }

  ~RegistryServiceTest() override {
    server_.Stop();
    errands_.Stop();
    follower_.Stop();
  }

  std::string Token(options::v1::Role role) {
    gateway::v1::Identity identity;
    identity.set_kommun(kKommun);
    identity.set_person("tester");
    identity.add_roles(role);
    *identity.mutable_expires() = ToProto(clock_.Now() + absl::Hours(1));
    return tokens_.Mint(identity);
  }

  template <typename Request, typename Response>
  absl::Status Call(grpc::Status (RegistryService::Stub::*method)(grpc::ClientContext*,
                                                                  const Request&, Response*),
                    Request request, Response& response) {
    request.set_kommun(kKommun);
    if constexpr (requires { request.set_idempotency_key(""); }) {
      if (request.idempotency_key().empty()) {
        request.set_idempotency_key(absl::StrCat("key-", ++key_));
      }
    } else {
      request.set_at_least(*log_.Head(kKommun, log::Stream::kFacts));
    }
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + Token(role_));
    context.set_deadline(absl::ToChronoTime(clock_.Now() + absl::Seconds(30)));
    return rpc::FromGrpc((stub_.get()->*method)(&context, request, &response));
  }

  void AddArea(const std::string& id) {
    v1::RegisterAreaRequest request;
    *request.mutable_area() = TownArea(id, 0, 40);
    request.set_stage(v1::AREA_STAGE_ACTIVE);
    v1::RegisterAreaResponse response;
    ASSERT_EQ(Call(&RegistryService::Stub::RegisterArea, request, response), absl::OkStatus());
  }

  std::string AddPerson() {
    v1::RegisterPersonRequest request;
    request.mutable_contact()->set_name("Anna Åkerby");
    request.mutable_contact()->set_phone("070-174 06 05");
    v1::RegisterPersonResponse response;
    EXPECT_EQ(Call(&RegistryService::Stub::RegisterPerson, request, response), absl::OkStatus());
    return response.person();
  }

  absl::Status Get(const std::string& person, v1::GetPersonResponse& response,
                   const std::string& key = "look") {
    v1::GetPersonRequest request;
    request.set_person(person);
    request.set_idempotency_key(key);
    request.set_at_least(*log_.Head(kKommun, log::Stream::kFacts));
    return Call(&RegistryService::Stub::GetPerson, request, response);
  }

  std::vector<log::Entry> Entries() { return *log_.Read(kKommun, log::Stream::kFacts, 0, 10000); }

  // Facts of a kind in the log, and whether any fact's bytes hold a text.
  int Count(event::v1::Event::FactCase kind) {
    int count = 0;
    for (const log::Entry& entry : Entries()) {
      event::v1::Event event;
      EXPECT_TRUE(event.ParseFromString(entry.bytes));
      count += event.fact_case() == kind;
    }
    return count;
  }
  bool LogHolds(const std::string& text) {
    for (const log::Entry& entry : Entries()) {
      if (entry.bytes.find(text) != std::string::npos) return true;
    }
    return false;
  }

  SystemClock clock_;
  prometheus::Registry metrics_registry_;
  bus::MemoryBus bus_;
  log::MemoryLog log_;
  std::pair<std::string, std::string> keys_;
  rpc::Tokens tokens_;
  rpc::Gate gate_;
  vault::Vault vault_;
  Metrics metrics_;
  fold::Follower follower_;
  fold::Commands commands_;
  Importer importer_;
  Errands errands_;
  Service service_;
  rpc::Server server_;
  std::unique_ptr<RegistryService::Stub> stub_;
  options::v1::Role role_ = options::v1::ROLE_COORDINATOR;
  int key_ = 0;
};

TEST_F(RegistryServiceTest, TheConfigurationIsPublicAndOfItsMunicipality) {
  v1::GetMunicipalityRequest request;
  v1::GetMunicipalityResponse response;
  ASSERT_EQ(Call(&RegistryService::Stub::GetMunicipality, request, response), absl::OkStatus());
  EXPECT_EQ(response.config().name(), "Provstad");
  v1::ConfigureRequest other;
  *other.mutable_config() = TownConfig();
  other.mutable_config()->set_kommun("9902");
  v1::ConfigureResponse configured;
  EXPECT_EQ(Call(&RegistryService::Stub::Configure, other, configured).code(),
            StatusCode::kInvalidArgument);
}

TEST_F(RegistryServiceTest, ARepeatedCommandGivesTheSameAreaOnce) {
  v1::RegisterAreaRequest request;
  request.set_idempotency_key("once");
  *request.mutable_area() = TownArea("", 0, 40);
  v1::RegisterAreaResponse first, second;
  ASSERT_EQ(Call(&RegistryService::Stub::RegisterArea, request, first), absl::OkStatus());
  ASSERT_EQ(Call(&RegistryService::Stub::RegisterArea, request, second), absl::OkStatus());
  EXPECT_EQ(first.area(), second.area());
  EXPECT_EQ(first.seq(), second.seq());
  EXPECT_EQ(Count(event::v1::Event::kAreaRegistered), 1);
}

TEST_F(RegistryServiceTest, DetailsAreSealedAndEachLookIsRecorded) {
  const std::string person = AddPerson();
  EXPECT_FALSE(LogHolds("kerby"));
  EXPECT_FALSE(LogHolds("1740605"));
  role_ = options::v1::ROLE_PATROLLER;
  v1::GetPersonResponse response;
  ASSERT_EQ(Get(person, response), absl::OkStatus());
  EXPECT_EQ(response.contact().name(), "Anna Åkerby");
  EXPECT_EQ(response.contact().phone(), "+46701740605");
  ASSERT_EQ(Get(person, response, "another look"), absl::OkStatus());
  EXPECT_EQ(Count(event::v1::Event::kPersonalDataViewed), 2);
  role_ = options::v1::ROLE_AGENCY_REPORTER;
  EXPECT_EQ(Get(person, response).code(), StatusCode::kPermissionDenied);
  EXPECT_EQ(Get("p-nobody", response).code(), StatusCode::kPermissionDenied);
}

TEST_F(RegistryServiceTest, AnErasedPersonIsUnreadableAlsoInOldCopies) {
  const std::string person = AddPerson();
  v1::Sealed copy;
  ASSERT_TRUE(follower_
                  .Read(kKommun, *log_.Head(kKommun, log::Stream::kFacts),
                        clock_.Now() + absl::Seconds(30),
                        [&](const fold::Fold& fold, uint64_t) {
                          copy = static_cast<const State&>(fold).view().FindPerson(person)->contact;
                        })
                  .ok());
  ASSERT_TRUE(vault_.Open(kKommun, copy).ok());
  v1::ErasePersonRequest request;
  request.set_person(person);
  request.set_idempotency_key("erase");
  v1::ErasePersonResponse response;
  // The key goes, then the log fails: repeating the call finishes it.
  log_.FailNextAppend(log::MemoryLog::Fault::kLostBeforeWrite);
  EXPECT_EQ(Call(&RegistryService::Stub::ErasePerson, request, response).code(),
            StatusCode::kUnavailable);
  EXPECT_EQ(vault_.Open(kKommun, copy).status().code(), StatusCode::kNotFound);
  ASSERT_EQ(Call(&RegistryService::Stub::ErasePerson, request, response), absl::OkStatus());
  EXPECT_EQ(Count(event::v1::Event::kPersonErased), 1);
  v1::GetPersonResponse shown;
  EXPECT_EQ(Get(person, shown).code(), StatusCode::kFailedPrecondition);
  request.set_person("nobody");
  request.clear_idempotency_key();
  EXPECT_EQ(Call(&RegistryService::Stub::ErasePerson, request, response).code(),
            StatusCode::kNotFound);
}

TEST_F(RegistryServiceTest, ImportsOfPeopleAreAllOrNothingAndChangeNothingTheSecondTime) {
  AddArea("a1");
  v1::ImportPeopleRequest request;
  request.set_csv(
      "name,phone,role,area,households\n"
      "Anna Åkerby,0701740605,contact_person,a1,20\n"
      "Bo Lind,070174,contact_person,a1,\n");
  request.set_dry_run(true);
  v1::ImportPeopleResponse dry;
  ASSERT_EQ(Call(&RegistryService::Stub::ImportPeople, request, dry), absl::OkStatus());
  ASSERT_EQ(dry.result().problems_size(), 1);
  EXPECT_EQ(dry.result().problems(0).line(), 3u);
  EXPECT_EQ(dry.result().problems(0).field(), "phone");
  request.set_dry_run(false);
  v1::ImportPeopleResponse response;
  EXPECT_EQ(Call(&RegistryService::Stub::ImportPeople, request, response).code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(Count(event::v1::Event::kPersonRegistered), 0);

  request.set_csv(
      "name,phone,role,area,households\n"
      "Anna Åkerby,0701740605,contact_person,a1,20\n"
      "Bo Lind,0701740606,contact_person,a1,20\n");
  ASSERT_EQ(Call(&RegistryService::Stub::ImportPeople, request, response), absl::OkStatus());
  EXPECT_EQ(response.result().added(), 2u);
  EXPECT_FALSE(LogHolds("Lind"));
  const uint64_t head = *log_.Head(kKommun, log::Stream::kFacts);
  v1::ImportPeopleResponse again;
  ASSERT_EQ(Call(&RegistryService::Stub::ImportPeople, request, again), absl::OkStatus());
  EXPECT_EQ(again.result().unchanged(), 2u);
  EXPECT_EQ(*log_.Head(kKommun, log::Stream::kFacts), head);

  v1::CoverageResponse coverage;
  ASSERT_EQ(Call(&RegistryService::Stub::Coverage, v1::CoverageRequest(), coverage),
            absl::OkStatus());
  EXPECT_EQ(coverage.total().contact_persons(), 2u);
  EXPECT_EQ(coverage.seq(), head);
}

TEST_F(RegistryServiceTest, ImportsOfAreasListTheirProblemsInADryRun) {
  v1::ImportAreasRequest request;
  request.set_geojson(R"({"type":"FeatureCollection","features":[{"type":"Feature","id":"a7",
    "properties":{"name":"Sju","district":"norr","kind":"houses","households":12},
    "geometry":{"type":"Polygon","coordinates":[[[17,59],[17.01,59],[17.01,59.01],[17,59]]]}},
    {"type":"Feature","id":"a8"}]})");
  request.set_dry_run(true);
  v1::ImportAreasResponse response;
  ASSERT_EQ(Call(&RegistryService::Stub::ImportAreas, request, response), absl::OkStatus());
  EXPECT_GT(response.result().problems_size(), 0);
  request.set_dry_run(false);
  EXPECT_EQ(Call(&RegistryService::Stub::ImportAreas, request, response).code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(Count(event::v1::Event::kAreaRegistered), 0);
}

TEST_F(RegistryServiceTest, ChoresPutAreasToSleepOnce) {
  // Registered long ago: its fact says when it happened.
  event::v1::Event fact;
  fact.set_kommun(kKommun);
  *fact.mutable_area_registered()->mutable_area() = TownArea("old", 0, 40);
  fact.mutable_area_registered()->set_stage(v1::AREA_STAGE_ACTIVE);
  *fact.mutable_occurred_at() = ToProto(clock_.Now() - kSleepsAfter);
  log::AppendRequest append;
  append.kommun = kKommun;
  append.idempotency_key = "old area";
  append.facts = {fact.SerializeAsString()};
  ASSERT_TRUE(log_.AppendNow(append).ok());
  AddArea("a1");
  Chores chores(follower_, commands_, metrics_, clock_);
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(follower_
                    .Read(kKommun, *log_.Head(kKommun, log::Stream::kFacts),
                          clock_.Now() + absl::Seconds(30), [](const fold::Fold&, uint64_t) {})
                    .ok());
    chores.RunOnce(clock_.Now());
    EXPECT_EQ(Count(event::v1::Event::kAreaStageChanged), 1) << round;
  }
  bool shown = false;
  for (const auto& family : metrics_registry_.Collect()) {
    if (family.name != "vaka_registry_areas_slept_total") continue;
    shown = true;
    EXPECT_EQ(family.metric[0].counter.value, 1);
  }
  EXPECT_TRUE(shown);
}

}  // namespace
}  // namespace vaka::registry
