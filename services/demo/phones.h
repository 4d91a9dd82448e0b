#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/sink/sms_sink.h"
#include "libs/sink/smtp_sink.h"
#include "services/demo/people.h"
#include "vaka/gateway/v1/gateway_service.pb.h"

namespace vaka::demo {

// The demo's phones and inboxes: keeps what the sinks caught, so that a newcomer sees the text
// arrive. Bounded: the last messages of the people who got something last. Thread-safe.
class Phones {
 public:
  Phones(const std::vector<DemoPerson>& people, const Town& town);

  void Caught(const sink::CaughtSms& sms, absl::Time at);
  void Caught(const sink::CaughtMail& mail, absl::Time at);

  // The people who got something last, newest first.
  gateway::v1::PhonesResponse Show() const;

 private:
  struct Owner {
    std::string person;
    std::string name;
    std::string area;
  };
  struct Inbox {
    absl::Time last;
    std::deque<gateway::v1::CaughtMessage> messages;  // newest first
  };

  void Keep(const std::string& address, gateway::v1::CaughtMessage message, absl::Time at);

  // Constant after construction: by phone number and by e-mail address.
  std::map<std::string, Owner> owners_;

  mutable absl::Mutex mu_;
  std::map<std::string, Inbox> inboxes_ ABSL_GUARDED_BY(mu_);  // by person
  std::map<std::string, Owner> known_ ABSL_GUARDED_BY(mu_);    // by person
  uint64_t caught_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace vaka::demo
