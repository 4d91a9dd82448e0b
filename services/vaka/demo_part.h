#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "libs/rpc/token.h"
#include "libs/runtime/periodic.h"
#include "libs/sink/sms_sink.h"
#include "libs/sink/smtp_sink.h"
#include "services/demo/load.h"
#include "services/demo/phones.h"
#include "services/vaka/options.h"
#include "vaka/gateway/v1/gateway_service.pb.h"

namespace grpc {
class Channel;
}

namespace vaka {

// What `vaka run --demo` adds to the system: a mail server and an SMS gateway of its own, so that
// no message leaves the machine, a made-up municipality, and reports that keep coming in. Start and
// Stop by one thread.
class DemoPart final {
 public:
  // INVALID_ARGUMENT for a pace that is no time.
  static absl::StatusOr<std::unique_ptr<DemoPart>> Make(const RunOptions& options,
                                                        const rpc::Tokens& tokens, Clock& clock);

  // Before the services: where notifications sends to.
  absl::Status StartSinks();
  std::string smtp_url() const { return smtp_->url(); }
  std::string sms_url() const { return sms_->url(); }

  // After the services: loads the municipality when it is not there, then keeps reporting.
  absl::Status Load(std::shared_ptr<grpc::Channel> channel);
  void Stop();

  gateway::v1::PhonesResponse Phones() const { return phones_->Show(); }
  std::vector<gateway::v1::DemoRole> Roles() const;

 private:
  DemoPart(demo::Demo demo, absl::Duration pace, const rpc::Tokens& tokens, Clock& clock);

  const demo::Demo demo_;
  const absl::Duration pace_;
  const rpc::Tokens& tokens_;
  Clock& clock_;
  std::unique_ptr<demo::Phones> phones_;
  std::unique_ptr<sink::SmtpSink> smtp_;
  std::unique_ptr<sink::SmsSink> sms_;
  std::unique_ptr<demo::LiveReports> live_;
  std::unique_ptr<runtime::Periodic> reporter_;
};

}  // namespace vaka
