#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/notifications/text.h"
#include "vaka/registry/v1/types.pb.h"

namespace vaka::notifications {

// One message, opened and written, on its way to one person. Holds personal data: never logged.
struct Outgoing {
  std::string kommun;
  std::string message;
  std::string alert;
  uint32_t version = 0;
  registry::v1::Contact contact;
  std::string sender_name;
  std::string link;
  Story story;
  Texts texts;
  absl::Time now;
};

// What a provider answered.
struct Handover {
  enum class Result {
    kSent,     // taken over
    kLater,    // not taken over now; try again
    kUnknown,  // handed over, and the answer is lost: the person may get it
    kNever,    // will never work on this channel for this person
    kSealed,   // not handed over: what it needs does not open; another process may have the key
    kStopped,  // ended by the caller; the person may get it
  };
  Result result = Result::kSent;
  std::string provider_id = {};
  std::string error = {};                             // codes, no personal data
  absl::Duration retry_after = absl::ZeroDuration();  // the provider's wish
  bool everybody = false;  // any other message would have met the same now
};

// One way out: a connection to a provider. Belongs to one thread.
class Channel {
 public:
  virtual ~Channel() = default;
  // `stop` ends it within about a second.
  virtual Handover Send(const Outgoing& outgoing, std::stop_token stop) = 0;
};

// Whether nobody on the way can read what goes to `url`: https, or http to this machine.
bool IsPrivate(absl::string_view url);

struct MailOptions {
  std::string url = {};  // "smtp://host:587"; empty: no mail
  std::string user = {};
  std::string password = {};
  bool require_tls = false;  // also for a server on this machine; any other must have it
  std::string from = "grannsamverkan@vaka.invalid";
  absl::Duration timeout = absl::Seconds(15);
};

struct SmsOptions {
  std::string url = {};  // "https://api.46elks.com/a1/sms"; empty: no SMS
  std::string user = {};
  std::string password = {};
  std::string from = "Vaka";  // 3–11 letters and digits, or a number
  absl::Duration timeout = absl::Seconds(10);
};

struct WebhookOptions {
  std::string secret = {};  // empty: no webhooks
  absl::Duration timeout = absl::Seconds(10);
};

// Mail over SMTP. A person without a usable address: kNever.
std::unique_ptr<Channel> MakeMail(const MailOptions& options);

// SMS in the form of 46elks: POST with basic authentication and form fields. `callback` gives the
// address that the provider posts receipts of a message to.
using ReceiptAddress =
    std::function<std::string(const std::string& kommun, const std::string& message)>;
std::unique_ptr<Channel> MakeSms(const SmsOptions& options, ReceiptAddress callback);

// JSON to the address of an agency's system, with `Vaka-Signature: t=<seconds>,v1=<hex>`:
// HMAC-SHA256 of "<seconds>.<body>". Plain http only to this machine.
std::unique_ptr<Channel> MakeWebhook(const WebhookOptions& options);

// The signature's hexadecimal part.
std::string WebhookSignature(const std::string& secret, int64_t seconds, const std::string& body);

}  // namespace vaka::notifications
