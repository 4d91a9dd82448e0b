#include "services/vaka/wiring.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "libs/base/status.h"
#include "services/dispatch/dispatch_app.h"
#include "services/est/est_app.h"
#include "services/intake/intake_app.h"
#include "services/notifications/notifications_app.h"
#include "services/registry/registry_app.h"
#include "services/vaka/demo_part.h"

namespace vaka {
namespace {

std::string Env(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Longer than any one sending lasts: what is taken over sooner is told twice.
constexpr absl::Duration kSoonestClaim = absl::Seconds(20);

absl::StatusOr<notifications::Options> NotificationsOptions(const RunOptions& options,
                                                            const DemoPart* demo) {
  notifications::Options out;
  if (!absl::ParseDuration(options.claim_after, &out.claim_after) ||
      out.claim_after < kSoonestClaim) {
    return absl::InvalidArgumentError(absl::StrCat("--claim-after: \"", options.claim_after,
                                                   "\" is no time of at least 20s, e.g. 1m"));
  }
  out.mail_from = options.mail_from;
  out.sms_from = options.sms_from;
  if (demo != nullptr) {
    out.smtp_url = demo->smtp_url();
    out.sms_url = demo->sms_url();
    out.sms_user = out.sms_password = "sink";
    return out;
  }
  out.smtp_url = options.smtp;
  out.smtp_user = Env("VAKA_SMTP_USER");
  out.smtp_password = Env("VAKA_SMTP_PASSWORD");
  out.sms_url = options.sms;
  out.sms_user = Env("VAKA_SMS_USER");
  out.sms_password = Env("VAKA_SMS_PASSWORD");
  out.webhook_secret = Env("VAKA_WEBHOOK_SECRET");
  return out;
}

}  // namespace

absl::StatusOr<std::vector<std::unique_ptr<runtime::Target>>> MakeTargets(const RunOptions& options,
                                                                          runtime::Host& host,
                                                                          const DemoPart* demo) {
  for (const std::string& target : options.targets) {
    const auto& all = AllTargets();
    if (target != "all" && std::find(all.begin(), all.end(), target) == all.end()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "--target: there is no \"", target, "\"; there are all, ", absl::StrJoin(all, ", ")));
    }
  }
  std::vector<std::unique_ptr<runtime::Target>> targets;
  if (options.Has("registry")) targets.push_back(std::make_unique<registry::App>(host));
  if (options.Has("intake")) targets.push_back(std::make_unique<intake::App>(host));
  if (options.Has("notifications")) {
    VAKA_ASSIGN(notifications::Options notify, NotificationsOptions(options, demo));
    targets.push_back(std::make_unique<notifications::App>(host, std::move(notify)));
  }
  if (options.Has("dispatch")) targets.push_back(std::make_unique<dispatch::App>(host));
  if (options.Has("est")) targets.push_back(std::make_unique<est::App>(host));
  return targets;
}

absl::StatusOr<BusAddresses> BusOf(const RunOptions& options) {
  if (options.bus.empty()) {
    const std::string folder =
        std::filesystem::absolute(options.store.data).lexically_normal().string() + "/run";
    return BusAddresses{absl::StrCat("ipc://", folder, "/bus-in"),
                        absl::StrCat("ipc://", folder, "/bus-out")};
  }
  const std::vector<std::string> parts = absl::StrSplit(options.bus, ',');
  if (parts.size() != 2 || parts[0].empty() || parts[1].empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--bus: \"", options.bus,
                     "\" is not two addresses IN,OUT, e.g. tcp://bus:5550,tcp://bus:5551"));
  }
  return BusAddresses{parts[0], parts[1]};
}

}  // namespace vaka
