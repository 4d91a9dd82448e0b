#include "tests/integration/gateway/gateway_fixture.h"

#include <prometheus/text_serializer.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/base/time.h"
#include "services/gateway/connect_codec.h"

namespace vaka::gateway {

using options::v1::Role;

grpc::ServerUnaryReactor* ToyIntake::Check(grpc::CallbackServerContext* context,
                                           const intake::v1::CheckRequest* request,
                                           intake::v1::CheckResponse* response) {
  return rpc::Unary(gate_, context, request, response,
                    [this](const rpc::Call&, const intake::v1::CheckRequest& asked,
                           intake::v1::CheckResponse& answer, rpc::Done done) {
                      if (!fails_with.ok()) return done(fails_with);
                      answer.add_hits()->set_end(static_cast<uint32_t>(asked.text().size()));
                      done(absl::OkStatus());
                    });
}

grpc::ServerUnaryReactor* ToyIntake::List(grpc::CallbackServerContext*,
                                          const intake::v1::ListRequest*,
                                          intake::v1::ListResponse*) {
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

grpc::ServerUnaryReactor* ToyNotifications::Receipt(
    grpc::CallbackServerContext* context, const notifications::v1::ReceiptRequest* request,
    notifications::v1::ReceiptResponse* response) {
  return rpc::Unary(gate_, context, request, response,
                    [this](const rpc::Call& call, const notifications::v1::ReceiptRequest& given,
                           notifications::v1::ReceiptResponse&, rpc::Done done) {
                      EXPECT_TRUE(call.Has(options::v1::ROLE_SYSTEM));
                      receipt = given;
                      done(absl::OkStatus());
                    });
}

GatewayTest::GatewayTest() : GatewayTest(rpc::Tokens::NewKeys()) {
  std::filesystem::create_directories(dir_ / "assets");
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

GatewayTest::GatewayTest(const std::pair<std::string, std::string>& keys)
    : dir_(std::filesystem::temp_directory_path() / RandomId("vaka-gateway")),
      tokens_(keys.first, keys.second) {}

GatewayTest::~GatewayTest() {
  if (app_ != nullptr) app_->Stop();
  app_.reset();
  if (server_ != nullptr) server_->Stop();
  std::filesystem::remove_all(dir_);
}

void GatewayTest::Start() {
  app_ = std::make_unique<App>(host_, options_);
  std::vector<grpc::Service*> services = app_->services();
  services.push_back(&intake_);
  services.push_back(&notifications_);
  server_ = std::make_unique<rpc::Server>(rpc::ServerOptions{}, services);
  ASSERT_TRUE(server_->Start().ok());
  const absl::Status started = app_->Start();
  ASSERT_TRUE(started.ok()) << started;
}

v1::Identity GatewayTest::Identity(Role role) const {
  v1::Identity identity;
  identity.set_kommun("0127");
  identity.add_roles(role);
  *identity.mutable_expires() = ToProto(clock_.Now() + absl::Hours(1));
  return identity;
}

std::string GatewayTest::Bearer(Role role) const {
  return absl::StrCat("Bearer ", tokens_.Mint(Identity(role)));
}

std::map<std::string, std::string> GatewayTest::Json(Role role) const {
  return {{"Content-Type", "application/json"}, {"Authorization", Bearer(role)}};
}

HttpAnswer GatewayTest::Post(const std::string& path,
                             const std::map<std::string, std::string>& headers,
                             const std::string& body) {
  return HttpClient(app_->http_address()).Ask("POST", path, headers, body);
}

HttpAnswer GatewayTest::Get(const std::string& path) {
  return HttpClient(app_->http_address()).Ask("GET", path, {}, "");
}

std::unique_ptr<HttpClient> GatewayTest::CallThatWaits() {
  auto client = std::make_unique<HttpClient>(app_->http_address());
  client->Send(absl::StrCat(
      "POST /vaka.intake.v1.IntakeService/List HTTP/1.1\r\nHost: vaka\r\n",
      "Content-Type: application/json\r\nAuthorization: ", Bearer(options::v1::ROLE_PATROLLER),
      "\r\nContent-Length: 2\r\n\r\n{}"));
  return client;
}

void GatewayTest::Happen(int n, const std::string& category) {
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

std::unique_ptr<HttpClient> GatewayTest::Watch(uint64_t after, Role role, bool small_window) {
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

std::vector<event::v1::Event> GatewayTest::Facts(HttpClient& client, size_t n) {
  std::vector<event::v1::Event> facts;
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

std::string GatewayTest::Scrape() {
  return prometheus::TextSerializer().Serialize(registry_.Collect());
}

}  // namespace vaka::gateway
