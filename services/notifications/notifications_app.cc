#include "services/notifications/notifications_app.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "services/notifications/channel.h"
#include "services/notifications/deliveries.h"
#include "services/notifications/state.h"

namespace vaka::notifications {
namespace {

using event::v1::Event;
using registry::v1::CHANNEL_EMAIL;
using registry::v1::CHANNEL_SMS;
using registry::v1::CHANNEL_WEBHOOK;

constexpr int kErrandThreads = 4;
constexpr size_t kMostErrands = 2048;
constexpr int kReceiptThreads = 2;
constexpr size_t kMostReceipts = 1024;
constexpr absl::Duration kGaugesEvery = absl::Seconds(5);
constexpr absl::Duration kPatience = absl::Seconds(1);

// Ed25519 signatures are the same every time, so every process with the token key makes the same
// link key.
std::string LinkKey(const Options& options, const rpc::Tokens& tokens) {
  return options.link_key.empty() ? Hash256(tokens.Sign("link-key", "1")) : options.link_key;
}

}  // namespace

App::App(runtime::Host& host, Options options)
    : host_(host),
      sms_url_(options.sms_url),
      metrics_(host.metrics),
      outbox_(host.redis, host.publish, host.clock),
      links_(LinkKey(options, host.tokens)),
      facts_(
          {.name = "notifications", .schema = State::kSchema},
          [](const std::string&) { return std::make_unique<State>(); }, host.log, host.subscribe(),
          host.clock),
      deliveries_(
          {.name = "deliveries", .schema = Deliveries::kSchema, .stream = log::Stream::kDeliveries},
          [](const std::string&) { return std::make_unique<Deliveries>(); }, host.log,
          host.subscribe(), host.clock),
      commands_(facts_, host.log, host.clock),
      errands_(kErrandThreads, kMostErrands),
      receipts_(kReceiptThreads, kMostReceipts),
      engine_({.facts = facts_,
               .deliveries = deliveries_,
               .commands = commands_,
               .outbox = outbox_,
               .metrics = metrics_,
               .clock = host.clock,
               .sendable = [this](const std::string& kommun) { WakeSenders(kommun); }}),
      service_({.gate = host.gate,
                .facts = facts_,
                .deliveries = deliveries_,
                .commands = commands_,
                .outbox = outbox_,
                .vault = host.vault,
                .links = links_,
                .metrics = metrics_,
                .log = host.log,
                .errands = errands_,
                .receipts = receipts_,
                .clock = host.clock,
                .public_url = host.public_url,
                .sendable = [this](const std::string& kommun) { WakeSenders(kommun); }}),
      gauges_("notifications gauges", host.clock, kGaugesEvery, [this](absl::Time) { Measure(); }) {
  const auto receipt_address = [&host](const std::string& kommun, const std::string& message) {
    return absl::StrCat(host.public_url, "/hooks/sms/",
                        host.tokens.Sign("sms-hook", absl::StrCat(kommun, "/", message)));
  };
  const MailOptions mail = {.url = options.smtp_url,
                            .user = options.smtp_user,
                            .password = options.smtp_password,
                            .require_tls = options.smtp_require_tls,
                            .from = options.mail_from,
                            .timeout = options.mail_timeout};
  const SmsOptions sms = {.url = options.sms_url,
                          .user = options.sms_user,
                          .password = options.sms_password,
                          .from = options.sms_from,
                          .timeout = options.http_timeout};
  const WebhookOptions webhook = {.secret = options.webhook_secret,
                                  .timeout = options.http_timeout};
  senders_.push_back(MakeSender(options, CHANNEL_EMAIL, options.mail_per_second,
                                [mail] { return MakeMail(mail); }));
  senders_.push_back(MakeSender(options, CHANNEL_SMS, options.sms_per_second,
                                [sms, receipt_address] { return MakeSms(sms, receipt_address); }));
  senders_.push_back(
      MakeSender(options, CHANNEL_WEBHOOK, 0, [webhook] { return MakeWebhook(webhook); }));
  facts_.OnApplied([this](const Event& event) { engine_.Wake(event.kommun()); });
  deliveries_.OnApplied([this](const Event& event) {
    // Planned by another process: it may be ours to send.
    if (event.has_delivery_released()) WakeSenders(event.kommun());
    for (const PlannedOutcome& outcome : event.deliveries_planned().outcomes()) {
      if (outcome.state() != DELIVERY_STATE_PLANNED) continue;
      for (const std::unique_ptr<Sender>& sender : senders_) {
        if (sender->channel() == outcome.channel()) sender->Wake(event.kommun());
      }
    }
  });
}

App::~App() { Stop(); }

std::unique_ptr<Sender> App::MakeSender(const Options& options, registry::v1::Channel channel,
                                        double per_second,
                                        std::function<std::unique_ptr<Channel>()> make) {
  return std::make_unique<Sender>(
      SenderOptions{.channel = channel,
                    .workers = options.workers,
                    .per_second = per_second,
                    .one_provider = channel != CHANNEL_WEBHOOK,
                    .retry = options.retry,
                    .claim_after = options.claim_after},
      Sender::Deps{.facts = facts_,
                   .deliveries = deliveries_,
                   .outbox = outbox_,
                   .vault = host_.vault,
                   .links = links_,
                   .metrics = metrics_,
                   .clock = host_.clock,
                   .public_url = host_.public_url,
                   .make_channel = std::move(make),
                   .sendable = [this](const std::string& kommun) { WakeSenders(kommun); }});
}

absl::Status App::Start() {
  if (!sms_url_.empty() && !IsPrivate(sms_url_)) {
    return absl::InvalidArgumentError("sms: an SMS gateway on another machine needs https");
  }
  VAKA_RETURN_IF_ERROR(outbox_.Load());
  VAKA_RETURN_IF_ERROR(facts_.Start());
  VAKA_RETURN_IF_ERROR(deliveries_.Start());
  for (const std::unique_ptr<Sender>& sender : senders_) sender->Start();
  engine_.Start();
  gauges_.Start();
  return absl::OkStatus();
}

// What brings work stops first, the folds that all read last.
void App::Stop() {
  gauges_.Stop();
  for (const std::unique_ptr<Sender>& sender : senders_) sender->BeginStop();
  engine_.Stop();
  for (const std::unique_ptr<Sender>& sender : senders_) sender->Stop();
  receipts_.Stop();
  errands_.Stop();
  deliveries_.Stop();
  facts_.Stop();
}

void App::WakeSenders(const std::string& kommun) {
  for (const std::unique_ptr<Sender>& sender : senders_) sender->Wake(kommun);
}

void App::Measure() {
  MeasureHeard();
  MeasureQueues();
}

void App::MeasureHeard() {
  for (const std::string& kommun : facts_.Municipalities()) {
    std::array<uint64_t, kStandings> now{};
    const absl::Status read = facts_.Read(kommun, 0, host_.clock.Steady() + kPatience,
                                          [&now](const fold::Fold& fold, uint64_t) {
                                            now = static_cast<const State&>(fold).heard();
                                          });
    if (!read.ok()) continue;  // the follower says why
    std::array<uint64_t, kStandings>& before = heard_[kommun];
    for (size_t i = 0; i < kStandings; ++i) {
      if (now[i] > before[i]) metrics_.Heard(NameOf(static_cast<Standing>(i)), now[i] - before[i]);
    }
    before = now;
  }
}

void App::MeasureQueues() {
  uint64_t held = 0;
  for (registry::v1::Channel channel : {CHANNEL_EMAIL, CHANNEL_SMS, CHANNEL_WEBHOOK}) {
    QueueDepth all;
    for (const std::string& kommun : facts_.Municipalities()) {
      const absl::StatusOr<QueueDepth> depth = outbox_.Depth(kommun, channel);
      if (!depth.ok()) return;  // Redis is away; the followers say so
      all.waiting += depth->waiting + depth->in_flight;
      all.oldest = std::max(all.oldest, depth->oldest);
    }
    metrics_.Queue(channel, all.waiting, all.oldest);
  }
  for (const std::string& kommun : facts_.Municipalities()) {
    const absl::StatusOr<uint64_t> count = outbox_.HeldCount(kommun);
    if (!count.ok()) return;
    held += *count;
  }
  metrics_.Held(held);
}

}  // namespace vaka::notifications
