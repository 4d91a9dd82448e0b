// What the calls that may wait answer; they run as errands.
#include <algorithm>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/screen/screen.h"
#include "services/notifications/message.h"
#include "services/notifications/notifications_service.h"
#include "services/notifications/plan.h"
#include "services/notifications/raise.h"
#include "services/notifications/reach.h"
#include "services/notifications/receipt.h"
#include "services/notifications/story.h"
#include "services/notifications/text.h"

namespace vaka::notifications {
namespace {

constexpr absl::Duration kLinkLives = absl::Hours(24 * 90);
constexpr uint32_t kUsualLimit = 50;
constexpr uint32_t kMostListed = 500;
constexpr registry::v1::Channel kQueues[] = {registry::v1::CHANNEL_SMS, registry::v1::CHANNEL_EMAIL,
                                             registry::v1::CHANNEL_WEBHOOK};

const State& StateOf(const fold::Fold& fold) { return static_cast<const State&>(fold); }

v1::AlertView ViewOf(const State& state, const Deliveries& deliveries, const AlertRecord& record,
                     absl::Time now) {
  const Recipients people = deliveries.Of(record.alert().id());
  v1::AlertView view;
  *view.mutable_alert() = record.alert();
  *view.mutable_reach() = ReachOf(record, people, state.registry());
  for (AreaReach& area : ReachByArea(record, people, state.registry())) {
    *view.add_areas() = std::move(area);
  }
  if (record.alert().kind() != ALERT_KIND_MESSAGE) {
    if (absl::StatusOr<Draft> draft = OverviewOf(state, record.alert().id(), now); draft.ok()) {
      view.set_text(Write(draft->story, "", "").ready_sms);
    }
  }
  return view;
}

// Alerts that a list shows, newest first.
std::vector<const AlertRecord*> Listed(const State& state, const v1::ListAlertsRequest& request) {
  std::vector<const AlertRecord*> found;
  for (const auto& [id, record] : state.alerts()) {
    const Alert& alert = record.alert();
    if (request.has_from() && FromProto(alert.raised_at()) < FromProto(request.from())) continue;
    if (!request.area().empty() && std::find(alert.areas().begin(), alert.areas().end(),
                                             request.area()) == alert.areas().end()) {
      continue;
    }
    found.push_back(&record);
  }
  const size_t limit = std::min<size_t>(
      found.size(), request.limit() == 0 ? kUsualLimit : std::min(request.limit(), kMostListed));
  const auto newer = [](const AlertRecord* a, const AlertRecord* b) {
    return a->versions(0).seq() > b->versions(0).seq();
  };
  std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(limit), found.end(),
                    newer);
  found.resize(limit);
  return found;
}

}  // namespace

absl::Status Service::ReadBoth(const std::string& kommun, uint64_t at_least, absl::Time deadline,
                               const BothReader& reader) {
  absl::Status answered = absl::OkStatus();
  absl::Status reached = absl::OkStatus();
  VAKA_RETURN_IF_ERROR(
      deps_.facts.Read(kommun, at_least, deadline, [&](const fold::Fold& facts, uint64_t seq) {
        deps_.deliveries.Adopt(kommun);
        reached =
            deps_.deliveries.Read(kommun, 0, deadline, [&](const fold::Fold& deliveries, uint64_t) {
              answered = reader(StateOf(facts), static_cast<const Deliveries&>(deliveries), seq);
            });
      }));
  return reached.ok() ? answered : reached;
}

absl::StatusOr<Service::Tapped> Service::OpenTapped(const std::string& link, absl::Time deadline) {
  VAKA_ASSIGN(const ShortLinks::Target target, deps_.links.Open(link));
  Tapped tapped;
  tapped.kommun = target.kommun;
  tapped.message = target.message;
  VAKA_RETURN_IF_ERROR(
      ReadBoth(target.kommun, 0, deadline,
               [&](const State& state, const Deliveries& deliveries, uint64_t) -> absl::Status {
                 const std::optional<Deliveries::Found> found = deliveries.Find(target.message);
                 const AlertRecord* record = found ? state.FindAlert(found->alert) : nullptr;
                 if (record == nullptr) return absl::UnauthenticatedError("link: no such message");
                 if (FromProto(record->alert().raised_at()) + kLinkLives < deps_.clock.Now()) {
                   return absl::UnauthenticatedError("link: too old");
                 }
                 tapped.alert = found->alert;
                 tapped.person = found->person;
                 tapped.area = found->area;
                 tapped.version = found->delivery.version;
                 return absl::OkStatus();
               }));
  return tapped;
}

absl::Status Service::OpenWords(const std::string& kommun,
                                const std::vector<v1::AlertView*>& views) {
  std::vector<registry::v1::Sealed> sealed;
  std::vector<v1::AlertView*> owners;
  for (v1::AlertView* view : views) {
    if (view->alert().text().box().empty()) continue;
    sealed.push_back(view->alert().text());
    owners.push_back(view);
  }
  if (sealed.empty()) return absl::OkStatus();
  VAKA_ASSIGN(const auto plain, deps_.vault.OpenMany(kommun, sealed));
  for (size_t i = 0; i < owners.size(); ++i) {
    if (plain[i].ok()) owners[i]->set_text(*plain[i]);
    owners[i]->mutable_alert()->clear_text();
  }
  return absl::OkStatus();
}

absl::Status Service::AnswerAlert(const rpc::Call& call, const v1::GetAlertRequest& request,
                                  v1::GetAlertResponse& response) {
  VAKA_RETURN_IF_ERROR(
      ReadBoth(call.kommun, request.at_least(), call.deadline,
               [&](const State& state, const Deliveries& deliveries, uint64_t seq) -> absl::Status {
                 const AlertRecord* record = state.FindAlert(request.alert());
                 if (record == nullptr) {
                   return absl::NotFoundError(absl::StrCat("alert: no alert ", request.alert()));
                 }
                 response.set_seq(seq);
                 *response.mutable_alert() = ViewOf(state, deliveries, *record, call.now);
                 for (RecipientView& view : RecipientsOf(*record, deliveries.Of(request.alert()))) {
                   *response.add_recipients() = std::move(view);
                 }
                 return absl::OkStatus();
               }));
  return OpenWords(call.kommun, {response.mutable_alert()});
}

absl::Status Service::AnswerAlerts(const rpc::Call& call, const v1::ListAlertsRequest& request,
                                   v1::ListAlertsResponse& response) {
  VAKA_RETURN_IF_ERROR(
      ReadBoth(call.kommun, request.at_least(), call.deadline,
               [&](const State& state, const Deliveries& deliveries, uint64_t seq) {
                 response.set_seq(seq);
                 for (const AlertRecord* record : Listed(state, request)) {
                   *response.add_alerts() = ViewOf(state, deliveries, *record, call.now);
                 }
                 return absl::OkStatus();
               }));
  std::vector<v1::AlertView*> views;
  for (v1::AlertView& view : *response.mutable_alerts()) views.push_back(&view);
  return OpenWords(call.kommun, views);
}

absl::Status Service::AnswerPreview(const rpc::Call& call, const v1::PreviewMessageRequest& request,
                                    v1::PreviewMessageResponse& response) {
  VAKA_RETURN_IF_ERROR(screen::ScreenText("message.text", request.message().text()));
  const std::string id = DeriveId("msg", call.kommun, "preview");
  const std::string link = absl::StrCat(deps_.public_url, "/l/", deps_.links.Make(call.kommun, id));
  return ReadBoth(call.kommun, 0, call.deadline,
                  [&](const State& state, const Deliveries&, uint64_t) -> absl::Status {
                    VAKA_ASSIGN(const Alert alert, AlertOf(request.message(), state.registry()));
                    response =
                        PreviewOf(state, alert, request.message().text(), link, id, call.now);
                    return absl::OkStatus();
                  });
}

absl::Status Service::AnswerSend(const rpc::Call& call, const v1::SendMessageRequest& request,
                                 v1::SendMessageResponse& response) {
  VAKA_RETURN_IF_ERROR(screen::ScreenText("message.text", request.message().text()));
  fold::Command command = call.CommandOf(request.idempotency_key());
  response.set_alert(DeriveId("alert", call.kommun, command.key));
  VAKA_ASSIGN(const vault::Vault::Box box,
              deps_.vault.Seal(call.kommun, response.alert(), request.message().text()));
  VAKA_ASSIGN(const fold::Outcome outcome,
              deps_.commands.ExecuteAndWait(
                  std::move(command),
                  [&](const fold::Fold& fold, absl::Time now) -> absl::StatusOr<fold::Decision> {
                    VAKA_ASSIGN(Alert alert, AlertOf(request.message(), StateOf(fold).registry()));
                    alert.set_id(response.alert());
                    alert.set_sender_role(options::v1::Role_Name(call.actor().role()));
                    alert.set_sender_agency(call.actor().agency());
                    *alert.mutable_text() = box.sealed;
                    fold::Decision decision = DecideMessage(alert, now);
                    if (box.new_key) decision.keys = {*box.new_key};
                    return decision;
                  }));
  response.set_seq(outcome.seq);
  return absl::OkStatus();
}

absl::Status Service::AnswerLink(const rpc::Call& call, const v1::OpenLinkRequest& request,
                                 v1::OpenLinkResponse& response) {
  VAKA_ASSIGN(const Tapped tapped, OpenTapped(request.link(), call.deadline));
  std::optional<Draft> draft;
  VAKA_RETURN_IF_ERROR(
      ReadBoth(tapped.kommun, request.at_least(), call.deadline,
               [&](const State& state, const Deliveries&, uint64_t) -> absl::Status {
                 const AlertRecord& record = *state.FindAlert(tapped.alert);
                 const Alert& alert = record.alert();
                 VAKA_ASSIGN(draft, DraftOf(state, tapped.alert, tapped.version, tapped.person,
                                            tapped.area, call.now));
                 response.set_alert(alert.id());
                 response.set_sender(draft->story.sender);
                 response.set_sent_by_role(draft->story.sent_by);
                 *response.mutable_raised_at() = alert.raised_at();
                 response.set_recalled(alert.recalled());
                 response.set_language(draft->story.language);
                 if (const PersonEntry* person = state.registry().FindPerson(tapped.person)) {
                   const auto cover = person->covers.find(tapped.area);
                   if (cover != person->covers.end())
                     response.set_households(cover->second.households);
                 }
                 if (const Answer* answer = AnswerOf(record, tapped.person)) {
                   response.set_acknowledged(answer->acknowledged());
                   response.set_relayed(answer->relayed());
                   if (answer->relayed()) response.set_households(answer->households());
                 }
                 return absl::OkStatus();
               }));
  if (!draft->words.box().empty()) {
    const absl::StatusOr<std::string> words = deps_.vault.Open(tapped.kommun, draft->words);
    if (words.ok()) draft->story.words = *words;
    if (!words.ok() && !absl::IsNotFound(words.status())) return words.status();
  }
  const std::string link = absl::StrCat(deps_.public_url, "/l/", request.link());
  const Texts texts = Write(draft->story, link, tapped.message);
  response.set_title(texts.title);
  response.set_text(texts.plain);
  response.set_ready_sms(texts.ready_sms);
  response.set_ready_notice(texts.ready_notice);
  response.set_why_you(texts.why_you);
  return absl::OkStatus();
}

absl::Status Service::AnswerReceipt(const rpc::Call& call, const v1::ReceiptRequest& request,
                                    v1::ReceiptResponse& response) {
  using Kind = ReceiptTaken::Kind;
  ReceiptTaken taken;
  const auto take = [&](const State& state, const Deliveries& deliveries, uint64_t) {
    taken = TakeReceipt(state, deliveries, call.kommun, request.message(), request.status());
    return absl::OkStatus();
  };
  VAKA_RETURN_IF_ERROR(ReadBoth(call.kommun, 0, call.deadline, take));
  if (taken.kind == Kind::kUnknown) {
    // A provider may be faster than the bus: whatever was planned until now is looked through.
    VAKA_ASSIGN(const uint64_t head, deps_.log.Head(call.kommun, log::Stream::kDeliveries));
    VAKA_RETURN_IF_ERROR(deps_.deliveries.Read(call.kommun, head, call.deadline,
                                               [](const fold::Fold&, uint64_t) {}));
    VAKA_RETURN_IF_ERROR(ReadBoth(call.kommun, 0, call.deadline, take));
  }
  response.set_known(taken.kind != Kind::kUnknown);
  if (taken.kind == Kind::kUnknown || taken.kind == Kind::kNothing) {
    deps_.metrics.Receipt(response.known() ? "progress" : "unknown");
    return absl::OkStatus();
  }
  VAKA_ASSIGN(const bool first,
              deps_.outbox.Once(call.kommun,
                                absl::StrCat("receipt:", request.message(), ":", request.status()),
                                taken.effects));
  if (!first) return absl::OkStatus();
  deps_.metrics.Receipt(taken.kind == Kind::kDelivered ? "delivered" : "failed");
  if (!taken.effects.send.empty() && deps_.sendable) deps_.sendable(call.kommun);
  return absl::OkStatus();
}

absl::Status Service::AnswerQueues(const rpc::Call& call, v1::QueuesResponse& response) {
  VAKA_ASSIGN(const uint64_t held, deps_.outbox.HeldCount(call.kommun));
  for (registry::v1::Channel channel : kQueues) {
    VAKA_ASSIGN(const QueueDepth depth, deps_.outbox.Depth(call.kommun, channel));
    v1::QueueView& view = *response.add_queues();
    view.set_channel(channel);
    view.set_waiting(depth.waiting);
    view.set_in_flight(depth.in_flight);
    view.mutable_oldest()->set_seconds(absl::ToInt64Seconds(depth.oldest));
  }
  // Held messages wait together; they are shown once.
  response.mutable_queues(0)->set_held(held);
  VAKA_ASSIGN(const PlannerPosition position, deps_.outbox.Position(call.kommun));
  response.set_planner_position(position.seq);
  return deps_.facts.Read(call.kommun, 0, call.deadline,
                          [&](const fold::Fold&, uint64_t seq) { response.set_head(seq); });
}

}  // namespace vaka::notifications
