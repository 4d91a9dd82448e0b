#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/redis/client.h"
#include "libs/rpc/server.h"
#include "libs/rpc/unary.h"
#include "services/gateway/connect_codec.h"
#include "services/gateway/gateway_app.h"
#include "tests/support/http_client/http_client.h"
#include "tests/support/memory_bus/memory_bus.h"
#include "tests/support/memory_log/memory_log.h"
#include "vaka/gateway/v1/gateway_service.grpc.pb.h"
#include "vaka/intake/v1/intake_service.grpc.pb.h"
#include "vaka/notifications/v1/notifications_service.grpc.pb.h"

namespace vaka::gateway {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using options::v1::Role;
using ::testing::HasSubstr;

// Intake as far as the gateway's tests need it: answers Check, fails as `fails_with` says, and
// keeps List waiting until it is cancelled.
class ToyIntake final : public intake::v1::IntakeService::CallbackService {
 public:
  explicit ToyIntake(rpc::Gate& gate) : gate_(gate) {}

  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context,
                                  const intake::v1::CheckRequest* request,
                                  intake::v1::CheckResponse* response) override {
    return rpc::Unary(gate_, context, request, response,
                      [this](const rpc::Call&, const intake::v1::CheckRequest& asked,
                             intake::v1::CheckResponse& answer, rpc::Done done) {
                        if (!fails_with.ok()) return done(fails_with);
                        answer.add_hits()->set_end(static_cast<uint32_t>(asked.text().size()));
                        done(absl::OkStatus());
                      });
  }

  grpc::ServerUnaryReactor* List(grpc::CallbackServerContext*, const intake::v1::ListRequest*,
                                 intake::v1::ListResponse*) override {
    class Waiting final : public grpc::ServerUnaryReactor {
     public:
      explicit Waiting(absl::Notification& cancelled) : cancelled_(cancelled) {}
      void OnCancel() override {
        if (!cancelled_.HasBeenNotified()) cancelled_.Notify();
        Finish(grpc::Status::CANCELLED);
      }
      void OnDone() override { delete this; }

     private:
      absl::Notification& cancelled_;
    };
    called.Notify();
    return new Waiting(cancelled);
  }

  absl::Status fails_with;
  absl::Notification called;
  absl::Notification cancelled;

 private:
  rpc::Gate& gate_;
};

class ToyNotifications final : public notifications::v1::NotificationsService::CallbackService {
 public:
  explicit ToyNotifications(rpc::Gate& gate) : gate_(gate) {}

  grpc::ServerUnaryReactor* Receipt(grpc::CallbackServerContext* context,
                                    const notifications::v1::ReceiptRequest* request,
                                    notifications::v1::ReceiptResponse* response) override {
    return rpc::Unary(gate_, context, request, response,
                      [this](const rpc::Call& call, const notifications::v1::ReceiptRequest& given,
                             notifications::v1::ReceiptResponse&, rpc::Done done) {
                        EXPECT_TRUE(call.Has(options::v1::ROLE_SYSTEM));
                        receipt = given;
                        done(absl::OkStatus());
                      });
  }

  notifications::v1::ReceiptRequest receipt;

 private:
  rpc::Gate& gate_;
};

class GatewayTest : public ::testing::Test {
 protected:
  GatewayTest() : GatewayTest(rpc::Tokens::NewKeys()) {
    fs::create_directories(dir_ / "assets");
    std::ofstream(dir_ / "index.html") << "<html>dashboard";
    std::ofstream(dir_ / "assets/a-1.js") << "let a;";
    options_.http.address = "127.0.0.1:0";
    options_.static_dir = dir_.string();
    options_.channels = [this](const std::string& service) -> std::shared_ptr<grpc::Channel> {
      if (service == "vaka.est.v1.EstService") return nullptr;
      return server_->InProcess();
    };
    v1::DemoRole role;
    role.set_code("coordinator");
    *role.mutable_identity() = Identity(options::v1::ROLE_COORDINATOR);
    options_.demo_roles = {role};
  }

  ~GatewayTest() override {
    if (app_ != nullptr) app_->Stop();
    app_.reset();
    if (server_ != nullptr) server_->Stop();
    fs::remove_all(dir_);
  }

  void Start() {
    app_ = std::make_unique<App>(host_, options_);
    std::vector<grpc::Service*> services = app_->services();
    services.push_back(&intake_);
    services.push_back(&notifications_);
    server_ = std::make_unique<rpc::Server>(rpc::ServerOptions{}, services);
    ASSERT_TRUE(server_->Start().ok());
    const absl::Status started = app_->Start();
    ASSERT_TRUE(started.ok()) << started;
  }

  v1::Identity Identity(Role role) const {
    v1::Identity identity;
    identity.set_kommun("0127");
    identity.add_roles(role);
    *identity.mutable_expires() = ToProto(clock_.Now() + absl::Hours(1));
    return identity;
  }

  std::string Bearer(Role role) const {
    return absl::StrCat("Bearer ", tokens_.Mint(Identity(role)));
  }

  std::map<std::string, std::string> Json(Role role = options::v1::ROLE_PATROLLER) const {
    return {{"Content-Type", "application/json"}, {"Authorization", Bearer(role)}};
  }

  HttpAnswer Post(const std::string& path, const std::map<std::string, std::string>& headers,
                  const std::string& body) {
    return HttpClient(app_->http_address()).Ask("POST", path, headers, body);
  }

  HttpAnswer Get(const std::string& path) {
    return HttpClient(app_->http_address()).Ask("GET", path, {}, "");
  }

  void Happen(int n, const std::string& category = "graffiti") {
    for (int i = 0; i < n; ++i) {
      event::v1::Event event;
      event.set_kommun("0127");
      auto* incident = event.mutable_incident_reported()->mutable_incident();
      incident->set_id(absl::StrCat("inc-", ++facts_));
      incident->set_category(category);
      log::AppendRequest request;
      request.kommun = "0127";
      request.idempotency_key = incident->id();
      request.facts = {event.SerializeAsString()};
      ASSERT_TRUE(log_.AppendNow(std::move(request)).ok());
    }
  }

  // Begins to watch; the answer's chunks follow.
  std::unique_ptr<HttpClient> Watch(uint64_t after, Role role, bool small_window = false) {
    auto client = std::make_unique<HttpClient>(app_->http_address(), small_window);
    v1::WatchRequest request;
    request.set_after(after);
    const std::string body = Envelope(0, request.SerializeAsString());
    client->Send(absl::StrCat(
        "POST /vaka.gateway.v1.LiveService/Watch HTTP/1.1\r\nHost: vaka\r\nContent-Type: "
        "application/connect+proto\r\nAuthorization: ",
        Bearer(role), "\r\nContent-Length: ", body.size(), "\r\n\r\n", body));
    return client;
  }

  // The next responses of a stream, until `n` facts have come; beats are passed over.
  static std::vector<event::v1::Event> Facts(HttpClient& client, size_t n) {
    std::vector<event::v1::Event> facts;
    std::string bytes;
    while (facts.size() < n) {
      const std::string chunk = client.ReadChunk();
      if (chunk.empty()) return facts;
      const auto payloads = OpenEnvelopes(chunk);  // the gateway never splits a frame over chunks
      if (!payloads.ok()) return facts;
      for (const std::string& payload : *payloads) {
        v1::WatchResponse response;
        EXPECT_TRUE(response.ParseFromString(payload));
        if (response.has_event()) facts.push_back(response.event());
      }
    }
    return facts;
  }

  std::string Scrape() { return prometheus::TextSerializer().Serialize(registry_.Collect()); }

  static constexpr char kCheck[] = "/vaka.intake.v1.IntakeService/Check";

 private:
  explicit GatewayTest(const std::pair<std::string, std::string>& keys)
      : tokens_(keys.first, keys.second) {}

 protected:
  const fs::path dir_ = fs::temp_directory_path() / RandomId("vaka-gateway");
  SystemClock clock_;
  bus::MemoryBus bus_;
  log::MemoryLog log_{bus_.publisher()};
  prometheus::Registry registry_;
  rpc::Tokens tokens_;
  rpc::Gate gate_{tokens_, clock_, registry_, {}};
  vault::Vault vault_{log_, std::string(32, 'k')};
  // Never connected: the gateway has no use for Redis itself.
  std::unique_ptr<redis::Client> redis_ =
      *redis::Client::Make({.urls = "redis://127.0.0.1:1"}, clock_);
  runtime::Host host_{log_,   *redis_,   [this] { return bus_.Subscribe(); },
                      vault_, tokens_,   gate_,
                      clock_, registry_, "http://127.0.0.1"};
  ToyIntake intake_{gate_};
  ToyNotifications notifications_{gate_};
  Options options_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<App> app_;
  int facts_ = 0;
};

TEST_F(GatewayTest, CarriesAUnaryCallInJson) {
  Start();
  const HttpAnswer answer = Post(kCheck, Json(), R"({"text":"hej"})");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.headers.at("content-type"), "application/json");
  EXPECT_EQ(json::parse(answer.body)["hits"][0]["end"], 3);
  EXPECT_EQ(answer.headers.at("x-content-type-options"), "nosniff");
  EXPECT_THAT(answer.headers.at("content-security-policy"), HasSubstr("worker-src 'self' blob:"));
  EXPECT_NE(answer.headers.at("x-request-id"), "");
}

TEST_F(GatewayTest, CarriesAUnaryCallInBinary) {
  Start();
  intake::v1::CheckRequest request;
  request.set_text("hej");
  auto headers = Json();
  headers["Content-Type"] = "application/proto";
  const HttpAnswer answer = Post(kCheck, headers, request.SerializeAsString());
  ASSERT_EQ(answer.status, 200);
  intake::v1::CheckResponse response;
  ASSERT_TRUE(response.ParseFromString(answer.body));
  EXPECT_EQ(response.hits(0).end(), 3u);
}

TEST_F(GatewayTest, AnswersSeveralRequestsOnOneConnection) {
  Start();
  HttpClient client(app_->http_address());
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(client.Ask("POST", kCheck, Json(), R"({"text":"hej"})").status, 200);
    EXPECT_EQ(client.Ask("GET", "/healthz", {}, "").status, 200);
  }
}

TEST_F(GatewayTest, CarriesEveryErrorCodeWithItsDetail) {
  Start();
  for (int code = 1; code <= 16; ++code) {
    options::v1::ErrorInfo info;
    info.set_field("text");
    intake_.fails_with =
        WithInfo(absl::Status(static_cast<absl::StatusCode>(code), "because"), info);
    const HttpAnswer answer = Post(kCheck, Json(), "{}");
    const json error = json::parse(answer.body);
    const HttpResponse expected = ErrorResponse(intake_.fails_with);
    EXPECT_EQ(answer.status, expected.status);
    EXPECT_EQ(error, json::parse(*expected.body));
  }
}

TEST_F(GatewayTest, SaysWhatIsWrongWithARequest) {
  Start();
  EXPECT_EQ(Post("/vaka.intake.v1.IntakeService/Chekc", Json(), "{}").status, 404);
  EXPECT_EQ(Post("/vaka.nothing.v1.No/Such", Json(), "{}").status, 404);
  const HttpAnswer get = Get(kCheck);
  EXPECT_EQ(get.status, 405);
  EXPECT_EQ(get.headers.at("allow"), "POST");
  auto headers = Json();
  headers["Content-Type"] = "text/plain";
  EXPECT_EQ(Post(kCheck, headers, "{}").status, 415);
  headers["Content-Type"] = "application/connect+json";
  EXPECT_EQ(Post(kCheck, headers, "{}").status, 415);
  headers = Json();
  headers["Connect-Protocol-Version"] = "2";
  EXPECT_EQ(Post(kCheck, headers, "{}").status, 400);
  headers = Json();
  headers["Content-Encoding"] = "gzip";
  EXPECT_EQ(Post(kCheck, headers, "{}").status, 501);
  headers = Json();
  headers["Connect-Timeout-Ms"] = "soon";
  EXPECT_EQ(Post(kCheck, headers, "{}").status, 400);
  EXPECT_EQ(Post("/vaka.est.v1.EstService/ListWeeks", Json(), "{}").status, 503);
}

TEST_F(GatewayTest, RefusesFieldsItDoesNotKnow) {
  Start();
  const HttpAnswer answer = Post(kCheck, Json(), R"({"txet":"hej"})");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(json::parse(answer.body)["code"], "invalid_argument");
  EXPECT_THAT(answer.body, HasSubstr("txet"));
}

TEST_F(GatewayTest, ForwardsTheTokenAndSurvivesAStrangeOne) {
  Start();
  EXPECT_EQ(Post(kCheck, {{"Content-Type", "application/json"}}, "{}").status, 401);
  EXPECT_EQ(Post(kCheck,
                 {{"Content-Type", "application/json"}, {"Authorization", "Bearer \xc3\xa5"}}, "{}")
                .status,
            401);
  EXPECT_EQ(Post(kCheck, Json(), "{}").status, 200);
}

TEST_F(GatewayTest, KeepsTheCallersTimeout) {
  Start();
  auto headers = Json();
  headers["Connect-Timeout-Ms"] = "50";
  const HttpAnswer answer = Post("/vaka.intake.v1.IntakeService/List", headers, "{}");
  EXPECT_EQ(answer.status, 504);
  EXPECT_EQ(json::parse(answer.body)["code"], "deadline_exceeded");
}

TEST_F(GatewayTest, CancelsTheCallOfACallerThatHangsUp) {
  Start();
  auto client = std::make_unique<HttpClient>(app_->http_address());
  client->Send(absl::StrCat(
      "POST /vaka.intake.v1.IntakeService/List HTTP/1.1\r\nHost: vaka\r\n",
      "Content-Type: application/json\r\nAuthorization: ", Bearer(options::v1::ROLE_PATROLLER),
      "\r\nContent-Length: 2\r\n\r\n{}"));
  intake_.called.WaitForNotification();
  client.reset();
  EXPECT_TRUE(intake_.cancelled.WaitForNotificationWithTimeout(absl::Seconds(5)));
}

TEST_F(GatewayTest, BoundsHeaderAndBody) {
  Start();
  EXPECT_EQ(Post(kCheck, Json(), std::string((1 << 20) + 1, ' ')).status, 413);
  HttpClient chunked(app_->http_address());
  chunked.Send(absl::StrCat("POST ", kCheck,
                            " HTTP/1.1\r\nHost: vaka\r\nContent-Type: application/json\r\n"
                            "Transfer-Encoding: chunked\r\n\r\n200000\r\n",
                            std::string(0x200000, ' '), "\r\n0\r\n\r\n"));
  EXPECT_EQ(chunked.Read().status, 413);
  auto headers = Json();
  headers["X-Long"] = std::string(20000, 'x');
  EXPECT_EQ(Post(kCheck, headers, "{}").status, 431);
  HttpClient garbage(app_->http_address());
  garbage.Send("this is not HTTP\r\n\r\n");
  EXPECT_EQ(garbage.Read().status, 400);
}

TEST_F(GatewayTest, DoesNotWaitForASlowCaller) {
  options_.http.header_timeout = absl::Milliseconds(100);
  options_.http.body_timeout = absl::Milliseconds(100);
  options_.http.idle_timeout = absl::Milliseconds(100);
  Start();
  HttpClient header(app_->http_address());
  header.Send("POST /x HTTP/1.1\r\nHost:");
  EXPECT_EQ(header.Read().status, 408);
  EXPECT_TRUE(header.AwaitClose());
  HttpClient body(app_->http_address());
  body.Send("POST /x HTTP/1.1\r\nHost: vaka\r\nContent-Length: 10\r\n\r\n12");
  EXPECT_EQ(body.Read().status, 408);
  HttpClient idle(app_->http_address());
  EXPECT_EQ(idle.Ask("GET", "/healthz", {}, "").status, 200);
  EXPECT_TRUE(idle.AwaitClose());
}

TEST_F(GatewayTest, BoundsTheRateOfAnAddress) {
  options_.limits.burst = 3;
  options_.limits.requests_per_second = 0.01;
  Start();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Get("/").status, 200);
  const HttpAnswer refused = Post(kCheck, Json(), "{}");
  EXPECT_EQ(refused.status, 429);
  EXPECT_GT(std::stoi(refused.headers.at("retry-after")), 0);
  EXPECT_EQ(json::parse(refused.body)["code"], "resource_exhausted");
  EXPECT_EQ(Get("/healthz").status, 200) << "a probe is never refused";
  EXPECT_THAT(Scrape(), HasSubstr("vaka_gateway_refused_total{reason=\"rate\"} 1"));
}

TEST_F(GatewayTest, BoundsConnections) {
  options_.http.connections_per_address = 2;
  Start();
  HttpClient one(app_->http_address());
  HttpClient two(app_->http_address());
  ASSERT_EQ(one.Ask("GET", "/healthz", {}, "").status, 200);
  ASSERT_EQ(two.Ask("GET", "/healthz", {}, "").status, 200);
  EXPECT_EQ(Get("/healthz").status, 429);
}

TEST_F(GatewayTest, BoundsRequestsUnderWay) {
  options_.limits.in_flight = 1;
  Start();
  HttpClient waiting(app_->http_address());
  waiting.Send(absl::StrCat(
      "POST /vaka.intake.v1.IntakeService/List HTTP/1.1\r\nHost: vaka\r\n",
      "Content-Type: application/json\r\nAuthorization: ", Bearer(options::v1::ROLE_PATROLLER),
      "\r\nContent-Length: 2\r\n\r\n{}"));
  intake_.called.WaitForNotification();
  const HttpAnswer busy = Post(kCheck, Json(), "{}");
  EXPECT_EQ(busy.status, 503);
  EXPECT_EQ(busy.headers.at("retry-after"), "1");
}

TEST_F(GatewayTest, ServesTheDashboard) {
  Start();
  EXPECT_EQ(Get("/").body, "<html>dashboard");
  EXPECT_EQ(Get("/situation?x=1").body, "<html>dashboard");
  EXPECT_THAT(Get("/assets/a-1.js").headers.at("cache-control"), HasSubstr("immutable"));
  EXPECT_EQ(Get("/assets/none.js").status, 404);
  EXPECT_EQ(Get("/../../../../etc/passwd.txt").status, 404);
  EXPECT_EQ(Post("/", {}, "x").status, 405);
  HttpClient head(app_->http_address());
  head.Send("HEAD / HTTP/1.1\r\nHost: vaka\r\n\r\n");
  EXPECT_EQ(head.ReadHead().headers.at("content-length"), "15");
}

TEST_F(GatewayTest, SignsInAndSaysWhoItIs) {
  Start();
  const std::map<std::string, std::string> type = {{"Content-Type", "application/json"}};
  const std::string session = "/vaka.gateway.v1.SessionService/";
  EXPECT_THAT(Post(session + "DemoRoles", type, "{}").body, HasSubstr("coordinator"));
  const HttpAnswer wrong = Post(session + "SignIn", type, R"({"code":"nonsense"})");
  EXPECT_EQ(wrong.status, 401);
  const HttpAnswer answer = Post(session + "SignIn", type, R"({"code":"coordinator"})");
  ASSERT_EQ(answer.status, 200) << answer.body;
  auto headers = type;
  headers["Authorization"] = "Bearer " + std::string(json::parse(answer.body)["token"]);
  const HttpAnswer me = Post(session + "WhoAmI", headers, "{}");
  EXPECT_EQ(json::parse(me.body)["identity"]["roles"][0], "ROLE_COORDINATOR");
  EXPECT_EQ(Post("/vaka.gateway.v1.DemoService/Phones", type, "{}").status, 404);
}

TEST_F(GatewayTest, PassesASmsReceiptOn) {
  Start();
  const std::string hook = "/hooks/sms/" + tokens_.Sign("sms-hook", "0127/msg-1");
  const std::map<std::string, std::string> form = {
      {"Content-Type", "application/x-www-form-urlencoded"}};
  EXPECT_EQ(Post(hook, form, "id=s1&status=delivered&delivered=now").status, 204);
  EXPECT_EQ(notifications_.receipt.message(), "msg-1");
  EXPECT_EQ(notifications_.receipt.kommun(), "0127");
  EXPECT_EQ(notifications_.receipt.status(), "delivered");
  EXPECT_EQ(Post(hook + "x", form, "id=s1&status=sent").status, 401);
  EXPECT_EQ(Post("/hooks/sms/", form, "id=s1&status=sent").status, 401);
}

TEST_F(GatewayTest, StreamsWhatHappens) {
  Happen(3);
  Start();
  const auto client = Watch(0, options::v1::ROLE_COORDINATOR);
  const HttpAnswer head = client->ReadHead();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("content-type"), "application/connect+proto");
  // The first frame is a beat with the position, at once.
  v1::WatchResponse first;
  ASSERT_TRUE(first.ParseFromString((*OpenEnvelopes(client->ReadChunk()))[0]));
  EXPECT_EQ(first.beat().seq(), 3u);
  Happen(2);
  const auto facts = Facts(*client, 2);
  ASSERT_EQ(facts.size(), 2u);
  EXPECT_EQ(facts[0].seq(), 4u);
  EXPECT_EQ(facts[1].incident_reported().incident().id(), "inc-5");
}

TEST_F(GatewayTest, ResumesAStreamFromTheLog) {
  Happen(700);  // more than one step of history, all older than the ring
  Start();
  const auto client = Watch(10, options::v1::ROLE_COORDINATOR);
  client->ReadHead();
  const auto facts = Facts(*client, 690);
  ASSERT_EQ(facts.size(), 690u);
  for (size_t i = 0; i < facts.size(); ++i) ASSERT_EQ(facts[i].seq(), i + 11);
  Happen(1);
  EXPECT_EQ(Facts(*client, 1).at(0).seq(), 701u);
}

TEST_F(GatewayTest, EndsAStreamWithTheReasonThatItCannotBegin) {
  Happen(1);
  Start();
  const auto error = [&](uint64_t after, Role role) {
    const auto client = Watch(after, role);
    const HttpAnswer answer = client->Read();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body[0], 2) << "the end frame's flag";
    return std::string(json::parse(answer.body.substr(5))["error"]["code"]);
  };
  EXPECT_EQ(error(0, options::v1::ROLE_CONTACT_PERSON), "permission_denied");
  EXPECT_EQ(error(99, options::v1::ROLE_COORDINATOR), "out_of_range");
}

TEST_F(GatewayTest, CutsASlowReader) {
  options_.live.ring = 50;
  options_.http.write_timeout = absl::Seconds(60);  // the ring is what cuts
  Happen(1);
  Start();
  const auto slow = Watch(0, options::v1::ROLE_COORDINATOR, /*small_window=*/true);
  slow->ReadHead();
  slow->ReadChunk();
  // Facts of a size that fill the socket's buffers, and then more than the ring holds.
  for (int i = 0; i < 400 && Scrape().find("{reason=\"slow_reader\"} 1") == std::string::npos;
       ++i) {
    Happen(60, std::string(20'000, 'x'));
  }
  EXPECT_THAT(Scrape(), HasSubstr("vaka_gateway_refused_total{reason=\"slow_reader\"} 1"));
  // Whether it was cut in the middle or could still be told why: what it reads ends, and nothing is
  // kept for it.
  while (!slow->ReadChunk().empty()) {
  }
  EXPECT_THAT(Scrape(), HasSubstr("vaka_gateway_live_streams 0"));
}

TEST_F(GatewayTest, StreamsOverGrpcToo) {
  Happen(2);
  Start();
  const auto stub = v1::LiveService::NewStub(server_->InProcess());
  grpc::ClientContext context;
  context.AddMetadata("authorization", Bearer(options::v1::ROLE_COORDINATOR));
  v1::WatchRequest request;
  request.set_after(1);
  const auto reader = stub->Watch(&context, request);
  v1::WatchResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.event().seq(), 2u);
  Happen(1);
  do {
    ASSERT_TRUE(reader->Read(&response));
  } while (response.has_beat());
  EXPECT_EQ(response.event().seq(), 3u);
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(GatewayTest, NamesTheAddressThatIsTaken) {
  Start();
  Options second = options_;
  second.http.address = app_->http_address();
  App other(host_, second);
  const absl::Status status = other.Start();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr(app_->http_address()));
  Options open = options_;
  open.http.address = "0.0.0.0:0";
  App public_one(host_, open);
  EXPECT_EQ(public_one.Start().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(GatewayTest, StopsInTimeWithStreamsAndCallsOpen) {
  Happen(1);
  Start();
  const auto stream = Watch(0, options::v1::ROLE_COORDINATOR);
  stream->ReadHead();
  stream->ReadChunk();
  HttpClient waiting(app_->http_address());
  waiting.Send(absl::StrCat(
      "POST /vaka.intake.v1.IntakeService/List HTTP/1.1\r\nHost: vaka\r\n",
      "Content-Type: application/json\r\nAuthorization: ", Bearer(options::v1::ROLE_PATROLLER),
      "\r\nContent-Length: 2\r\n\r\n{}"));
  intake_.called.WaitForNotification();
  const absl::Time before = clock_.Now();
  app_->Stop();
  EXPECT_LT(clock_.Now() - before, absl::Seconds(2));
  EXPECT_TRUE(stream->AwaitClose());
}

}  // namespace
}  // namespace vaka::gateway
