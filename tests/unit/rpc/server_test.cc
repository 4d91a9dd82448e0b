#include "libs/rpc/server.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>
#include <sys/stat.h>

#include <filesystem>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "libs/base/clock.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/tls_keys.h"
#include "libs/rpc/unary.h"
#include "vaka/intake/v1/intake_service.grpc.pb.h"
#include "vaka/registry/v1/registry_service.grpc.pb.h"

namespace vaka::rpc {
namespace {

namespace fs = std::filesystem;
using registry::v1::GetMunicipalityRequest;
using registry::v1::GetMunicipalityResponse;

// Knows municipality 0127; refuses 0180 with a field.
class Municipalities final : public registry::v1::RegistryService::CallbackService {
 public:
  explicit Municipalities(Gate& gate) : gate_(gate) {}

  grpc::ServerUnaryReactor* GetMunicipality(grpc::CallbackServerContext* context,
                                            const GetMunicipalityRequest* request,
                                            GetMunicipalityResponse* response) override {
    return Unary(gate_, context, request, response,
                 [](const Call& call, const GetMunicipalityRequest&,
                    GetMunicipalityResponse& answer, Done done) {
                   if (call.kommun != "0127") return done(FieldError("kommun", "is not ours"));
                   answer.set_seq(42);
                   done(absl::OkStatus());
                 });
  }

 private:
  Gate& gate_;
};

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() : ServerTest(Tokens::NewKeys()) {}
  ~ServerTest() override { fs::remove_all(dir_); }

  absl::StatusOr<uint64_t> Ask(const std::shared_ptr<grpc::Channel>& channel,
                               const std::string& kommun) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    GetMunicipalityRequest request;
    request.set_kommun(kommun);
    GetMunicipalityResponse response;
    const auto stub = registry::v1::RegistryService::NewStub(channel);
    const grpc::Status status = stub->GetMunicipality(&context, request, &response);
    if (!status.ok()) return FromGrpc(status);
    return response.seq();
  }

 private:
  explicit ServerTest(const std::pair<std::string, std::string>& keys)
      : tokens_(keys.first, keys.second) {}

 protected:
  const fs::path dir_ = fs::temp_directory_path() / RandomId("vaka-rpc");
  SystemClock clock_;
  Tokens tokens_;
  prometheus::Registry registry_;
  Gate gate_{tokens_, clock_, registry_, {}};
  Municipalities service_{gate_};
};

TEST_F(ServerTest, ServesOnThePortThatItBound) {
  Server server({.address = "127.0.0.1:0"}, {&service_});
  ASSERT_TRUE(server.Start().ok());
  EXPECT_NE(server.address(), "127.0.0.1:0");
  const auto channel = Channel(server.address(), "");
  ASSERT_TRUE(channel.ok());
  EXPECT_EQ(*Ask(*channel, "0127"), 42u);
}

TEST_F(ServerTest, ServesOnAUnixSocket) {
  fs::create_directories(dir_);
  Server server({.address = absl::StrCat("unix:", (dir_ / "s").string())}, {&service_});
  ASSERT_TRUE(server.Start().ok());
  EXPECT_EQ(*Ask(*Channel(server.address(), ""), "0127"), 42u);
}

// Never answers: the call ends only with the server.
class Silent final : public registry::v1::RegistryService::CallbackService {
 public:
  grpc::ServerUnaryReactor* GetMunicipality(grpc::CallbackServerContext* context,
                                            const GetMunicipalityRequest*,
                                            GetMunicipalityResponse*) override {
    class Reactor final : public grpc::ServerUnaryReactor {
     public:
      void OnCancel() override { Finish(grpc::Status::CANCELLED); }
      void OnDone() override { delete this; }
    };
    called.Notify();
    (void)context;
    return new Reactor;
  }

  absl::Notification called;
};

TEST_F(ServerTest, StopsInTimeWhileACallIsInFlight) {
  Silent silent;
  Server server({.drain = absl::Milliseconds(50)}, {&silent});
  ASSERT_TRUE(server.Start().ok());
  const auto channel = server.InProcess();
  std::thread caller([&] { EXPECT_FALSE(Ask(channel, "0127").ok()); });
  silent.called.WaitForNotification();
  const absl::Time before = clock_.Now();
  server.Stop();
  EXPECT_LT(clock_.Now() - before, absl::Seconds(2));
  caller.join();
}

TEST_F(ServerTest, CarriesAnErrorsInfoToTheCaller) {
  Server server({}, {&service_});
  ASSERT_TRUE(server.Start().ok());
  const auto answer = Ask(server.InProcess(), "0180");
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kInvalidArgument);
  ASSERT_TRUE(InfoOf(answer.status()).has_value());
  EXPECT_EQ(InfoOf(answer.status())->field(), "kommun");
}

TEST_F(ServerTest, SaysWhichAddressIsTaken) {
  Server first({.address = "127.0.0.1:0"}, {&service_});
  ASSERT_TRUE(first.Start().ok());
  Server second({.address = first.address()}, {&service_});
  const absl::Status status = second.Start();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(std::string(status.message()).find(first.address()), std::string::npos) << status;
}

TEST_F(ServerTest, RefusesAPlainPublicAddress) {
  for (const char* address : {"0.0.0.0:0", "192.0.2.1:9000", "[::]:0", "example.org:80", ":0"}) {
    Server server({.address = address}, {&service_});
    const absl::Status status = server.Start();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << address;
    EXPECT_NE(std::string(status.message()).find("cert.pem"), std::string::npos) << status;
    EXPECT_EQ(Channel(address, "").status().code(), absl::StatusCode::kFailedPrecondition);
  }
  for (const char* address : {"127.0.0.1:1", "[::1]:1", "localhost:1", "unix:/tmp/x"}) {
    EXPECT_TRUE(IsLocal(address)) << address;
  }
}

TEST_F(ServerTest, AdmitsOnlyClientsOfItsOwnCa) {
  const std::string ours = (dir_ / "ours").string();
  const std::string others = (dir_ / "others").string();
  ASSERT_TRUE(InitTls(ours, {"localhost", "127.0.0.1"}, clock_.Now()).ok());
  ASSERT_TRUE(InitTls(others, {"localhost", "127.0.0.1"}, clock_.Now()).ok());
  Server server({.address = "127.0.0.1:0", .key_dir = ours}, {&service_});
  ASSERT_TRUE(server.Start().ok());
  EXPECT_EQ(*Ask(*Channel(server.address(), ours), "0127"), 42u);
  EXPECT_EQ(Ask(*Channel(server.address(), others), "0127").status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(Ask(*Channel(server.address(), ""), "0127").status().code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(ServerTest, MakesKeysOnceAndOnlyForTheirOwner) {
  const std::string keys = (dir_ / "keys").string();
  ASSERT_TRUE(InitTls(keys, {"vaka.example", "10.0.0.1"}, clock_.Now()).ok());
  for (const char* name : {"key.pem", "ca-key.pem"}) {
    EXPECT_EQ(fs::status(fs::path(keys) / name).permissions() & fs::perms::all,
              fs::perms::owner_read | fs::perms::owner_write)
        << name;
  }
  EXPECT_EQ(InitTls(keys, {"vaka.example"}, clock_.Now()).code(), absl::StatusCode::kAlreadyExists);
  // A second host's certificate comes from the same CA.
  fs::remove(fs::path(keys) / "cert.pem");
  fs::remove(fs::path(keys) / "key.pem");
  const auto ca = [&] { return fs::last_write_time(fs::path(keys) / "ca.pem"); };
  const auto before = ca();
  EXPECT_TRUE(InitTls(keys, {"second.example"}, clock_.Now()).ok());
  EXPECT_EQ(ca(), before);
  EXPECT_TRUE(ReadTls(keys).ok());
  EXPECT_EQ(InitTls((dir_ / "no").string(), {"a,b"}, clock_.Now()).code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace vaka::rpc
