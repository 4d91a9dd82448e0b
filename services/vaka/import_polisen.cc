#include <grpcpp/grpcpp.h>

#include <iostream>
#include <stop_token>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/clock.h"
#include "libs/base/status.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/health.h"
#include "libs/rpc/unary.h"
#include "libs/runtime/signals.h"
#include "services/intake/polisen_import.h"
#include "services/intake/polite_fetcher.h"
#include "services/vaka/imports.h"
#include "vaka/registry/v1/registry_service.grpc.pb.h"

namespace vaka {
namespace {

absl::StatusOr<registry::v1::MunicipalityConfig> AskConfig(
    const std::shared_ptr<grpc::Channel>& channel, const std::string& kommun, absl::Time deadline) {
  const auto stub = registry::v1::RegistryService::NewStub(channel);
  registry::v1::GetMunicipalityRequest request;
  request.set_kommun(kommun);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(deadline));
  registry::v1::GetMunicipalityResponse response;
  VAKA_RETURN_IF_ERROR(rpc::FromGrpc(stub->GetMunicipality(&context, request, &response)));
  return response.config();
}

void PrintCounts(const std::string& source, const intake::ImportCounts& counts) {
  std::cout << source << ": " << counts.events << " events, " << counts.elsewhere << " elsewhere, "
            << counts.reported << " reported, " << counts.corrected << " corrected, "
            << counts.unchanged << " unchanged, " << counts.refused << " refused, "
            << counts.malformed << " malformed, " << counts.without_text << " without text\n";
  for (const intake::ImportProblem& problem : counts.problems) {
    std::cout << "  " << problem.source << " " << problem.element << ": " << problem.reason << "\n";
  }
  std::cout << std::flush;
}

}  // namespace

absl::Status ImportPolisenEvents(const ImportOptions& options) {
  intake::PolisenImportOptions import;
  import.source = options.source;
  import.dry_run = options.dry_run;
  if (!options.every.empty() &&
      (!absl::ParseDuration(options.every, &import.every) || import.every < absl::Seconds(10))) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--every: \"", options.every, "\" is no time of at least 10s, expected e.g. 5m"));
  }
  import.progress = PrintCounts;
  SystemClock clock;
  VAKA_ASSIGN(const std::string token, ImportToken(options, "police"));
  VAKA_ASSIGN(const std::shared_ptr<grpc::Channel> channel, ImportChannel(options));
  VAKA_ASSIGN(const registry::v1::MunicipalityConfig config,
              AskConfig(channel, options.kommun, clock.Now() + absl::Seconds(10)));
  intake::PoliteFetcher fetcher({}, intake::HttpTransport(), clock);

  // Ctrl-C ends a repeated import between two answers.
  runtime::Signals signals;
  std::stop_source stop;
  std::jthread waiter([&] {
    signals.Wait();
    stop.request_stop();
  });
  const absl::StatusOr<intake::ImportCounts> counts =
      intake::ImportPolisen(import, config, {channel, token}, fetcher, clock, stop.get_token());
  signals.Request();
  if (!counts.ok()) return counts.status();
  PrintCounts("total", *counts);
  return absl::OkStatus();
}

absl::Status AskHealth(const ImportOptions& options) {
  SystemClock clock;
  VAKA_ASSIGN(const std::shared_ptr<grpc::Channel> channel, ImportChannel(options));
  return rpc::AskHealth(channel, clock.Now() + absl::Seconds(3));
}

}  // namespace vaka
