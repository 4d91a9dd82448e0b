#include "services/vaka/imports.h"

#include <grpcpp/grpcpp.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "libs/base/clock.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/config/municipality.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/unary.h"
#include "services/vaka/keys.h"
#include "vaka/registry/v1/registry_service.grpc.pb.h"

namespace vaka {
namespace {

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  if (!file) return absl::NotFoundError(absl::StrCat("source: cannot read ", path));
  return content.str();
}

void PrintResult(const registry::v1::ImportResult& result, const std::string& file, bool dry_run) {
  for (const auto& problem : result.problems()) {
    std::cout << file << ":" << problem.line() << ": " << problem.field() << ": "
              << problem.problem() << "\n";
  }
  std::cout << (dry_run ? "Dry run, nothing changed: " : "") << result.added() << " added, "
            << result.changed() << " changed, " << result.unchanged() << " unchanged, "
            << result.problems_size() << " problems\n";
}

// One import call: the file whole, all or nothing. The key is the content's hash, so that a repeat
// changes nothing.
template <typename Request, typename Response>
absl::Status Import(const ImportOptions& options, std::string content,
                    void (*fill)(Request&, std::string),
                    grpc::Status (registry::v1::RegistryService::StubInterface::*method)(
                        grpc::ClientContext*, const Request&, Response*)) {
  VAKA_ASSIGN(const std::string token, ImportToken(options, "municipality"));
  VAKA_ASSIGN(const std::shared_ptr<grpc::Channel> channel, ImportChannel(options));
  const std::unique_ptr<registry::v1::RegistryService::StubInterface> stub =
      registry::v1::RegistryService::NewStub(channel);
  Request request;
  request.set_kommun(options.kommun);
  // A key of its own: the registry itself tells what a repeated file changes.
  request.set_idempotency_key(RandomId("import"));
  request.set_dry_run(options.dry_run);
  fill(request, std::move(content));
  grpc::ClientContext context;
  SystemClock clock;
  context.set_deadline(absl::ToChronoTime(clock.Now() + absl::Minutes(1)));
  context.AddMetadata("authorization", absl::StrCat("Bearer ", token));
  Response response;
  const absl::Status status = rpc::FromGrpc(((*stub).*method)(&context, request, &response));
  PrintResult(response.result(), options.source, options.dry_run);
  if (status.ok() && response.result().problems_size() > 0)
    return absl::InvalidArgumentError("the file has problems; nothing was changed");
  return status;
}

}  // namespace

absl::StatusOr<std::string> ImportToken(const ImportOptions& options, const std::string& agency) {
  if (const char* token = std::getenv("VAKA_TOKEN"); token != nullptr) return std::string(token);
  VAKA_ASSIGN(
      const rpc::Tokens tokens,
      LoadTokens(options.keys.empty() ? absl::StrCat(options.data, "/keys") : options.keys));
  gateway::v1::Identity identity;
  identity.set_kommun(options.kommun);
  identity.set_agency(agency);
  identity.add_roles(options::v1::ROLE_SYSTEM);
  SystemClock clock;
  *identity.mutable_expires() = ToProto(clock.Now() + absl::Hours(1));
  return tokens.Mint(identity);
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> ImportChannel(const ImportOptions& options) {
  return rpc::Channel(options.grpc, options.keys.empty() ? "" : absl::StrCat(options.keys, "/tls"));
}

absl::Status ImportAreas(const ImportOptions& options) {
  VAKA_ASSIGN(std::string content, ReadFile(options.source));
  return Import<registry::v1::ImportAreasRequest, registry::v1::ImportAreasResponse>(
      options, std::move(content),
      [](registry::v1::ImportAreasRequest& request, std::string bytes) {
        request.set_geojson(std::move(bytes));
      },
      &registry::v1::RegistryService::StubInterface::ImportAreas);
}

absl::Status ImportPeople(const ImportOptions& options) {
  VAKA_ASSIGN(std::string content, ReadFile(options.source));
  return Import<registry::v1::ImportPeopleRequest, registry::v1::ImportPeopleResponse>(
      options, std::move(content),
      [](registry::v1::ImportPeopleRequest& request, std::string bytes) {
        request.set_csv(std::move(bytes));
      },
      &registry::v1::RegistryService::StubInterface::ImportPeople);
}

absl::Status ImportConfig(const ImportOptions& options) {
  VAKA_ASSIGN(const registry::v1::MunicipalityConfig config,
              config::LoadMunicipality(options.source));
  ImportOptions of_file = options;
  of_file.kommun = config.kommun();
  VAKA_ASSIGN(const std::string token, ImportToken(of_file, "municipality"));
  VAKA_ASSIGN(const std::shared_ptr<grpc::Channel> channel, ImportChannel(of_file));
  SystemClock clock;
  registry::v1::ConfigureRequest request;
  request.set_kommun(config.kommun());
  // Of this moment: what was set before may be set again, and the same twice changes nothing.
  request.set_idempotency_key(absl::StrCat("config/", absl::ToUnixNanos(clock.Now())));
  *request.mutable_config() = config;
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(clock.Now() + absl::Minutes(1)));
  context.AddMetadata("authorization", absl::StrCat("Bearer ", token));
  registry::v1::ConfigureResponse response;
  const auto stub = registry::v1::RegistryService::NewStub(channel);
  VAKA_RETURN_IF_ERROR(rpc::FromGrpc(stub->Configure(&context, request, &response)));
  std::cout << config.kommun() << " " << config.name()
            << (response.seq() == 0 ? ": unchanged\n" : ": configured\n");
  return absl::OkStatus();
}

}  // namespace vaka
