#include "services/vaka/restore_sink.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "vaka/notifications/v1/state.pb.h"

namespace vaka {
namespace {

using Kind = Segment::Kind;

constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr size_t kMostWaiting = 1000;
constexpr size_t kMostWaitingBytes = size_t{4} << 20;

event::v1::Event NotSentFact(const notifications::v1::Parcel& parcel) {
  event::v1::Event event;
  notifications::v1::DeliveryFailed& failed = *event.mutable_delivery_failed();
  failed.set_message(parcel.message());
  failed.set_alert(parcel.alert());
  failed.set_person(parcel.person());
  failed.set_channel(parcel.channel());
  failed.set_error("on its way when the backup was made that was restored; not sent again");
  failed.set_attempt(parcel.attempt());
  failed.set_final(true);
  failed.set_reason(notifications::v1::REASON_FAILED_UNCONFIRMED);
  return event;
}

event::v1::Event ErasedFact(const std::string& person) {
  event::v1::Event event;
  event.mutable_person_erased()->set_person(person);
  return event;
}

}  // namespace

RestoreSink::RestoreSink(redis::Client& client, Clock& clock, absl::Time now, bool send_unsent)
    : client_(client), clock_(clock), now_(now), send_unsent_(send_unsent) {}

std::string RestoreSink::Key(const std::string& rest) const {
  return absl::StrCat("{", kommun_, "}:", rest);
}

absl::Status RestoreSink::Take(const Segment& segment) {
  switch (segment.kind) {
    case Kind::kMunicipality:
      VAKA_RETURN_IF_ERROR(Flush());
      kommun_ = segment.values[0];
      return absl::OkStatus();
    case Kind::kEntries:
      return Entries(segment);
    case Kind::kHash:
      return Hash(segment);
    case Kind::kSorted:
      return Sorted(segment);
    case Kind::kText: {
      const std::string key = Key(segment.values[0]);
      VAKA_RETURN_IF_ERROR(Write({"SET", key, segment.values[2]}));
      return Expire(key, segment.values[1]);
    }
    default:  // head, cut and files of keys are not the store's
      return absl::OkStatus();
  }
}

absl::Status RestoreSink::Entries(const Segment& segment) {
  const std::string& rest = segment.values[0];
  const bool outbox = absl::StartsWith(rest, "outbox:");
  for (size_t at = 1; at < segment.values.size();) {
    size_t words = 0;
    if (!absl::SimpleAtoi(segment.values[at + 1], &words)) return absl::InternalError(rest);
    redis::Argv argv = {"XADD", Key(rest), segment.values[at]};
    bool wanted = words > 0;
    for (size_t i = at + 2; i < at + 2 + words; ++i) {
      const bool value = (i - at) % 2 == 1;
      const std::string& field = segment.values[value ? i - 1 : i];
      if (value && outbox && field == "p" && NotSent(segment.values[i])) wanted = false;
      if (value && rest == "log" && field == "f") Note(segment.values[i]);
      argv.push_back(segment.values[i]);
    }
    if (wanted) VAKA_RETURN_IF_ERROR(Write(std::move(argv)));
    at += 2 + words;
  }
  return absl::OkStatus();
}

absl::Status RestoreSink::Hash(const Segment& segment) {
  const std::string& rest = segment.values[0];
  const std::string key = Key(rest);
  if (segment.values.size() == 2) return absl::OkStatus();
  redis::Argv argv = {"HSET", key};
  argv.insert(argv.end(), segment.values.begin() + 2, segment.values.end());
  if (rest == "vault") {
    for (size_t i = 2; i < segment.values.size(); i += 2) {
      subjects_[kommun_].insert(segment.values[i]);
    }
  }
  VAKA_RETURN_IF_ERROR(Write(std::move(argv)));
  return Expire(key, segment.values[1]);
}

absl::Status RestoreSink::Sorted(const Segment& segment) {
  for (size_t i = 1; i + 1 < segment.values.size(); i += 2) {
    double due = 0;
    const bool past = absl::SimpleAtod(segment.values[i + 1], &due) &&
                      absl::FromUnixMillis(static_cast<int64_t>(due)) <= now_;
    if (past && NotSent(segment.values[i])) continue;
    VAKA_RETURN_IF_ERROR(
        Write({"ZADD", Key(segment.values[0]), segment.values[i + 1], segment.values[i]}));
  }
  return absl::OkStatus();
}

// What is over by now goes at once.
absl::Status RestoreSink::Expire(const std::string& key, const std::string& at) {
  return at.empty() ? absl::OkStatus() : Write({"EXPIREAT", key, at});
}

absl::Status RestoreSink::Write(redis::Argv argv) {
  for (const std::string& word : argv) waiting_bytes_ += word.size();
  waiting_.push_back(std::move(argv));
  return waiting_.size() < kMostWaiting && waiting_bytes_ < kMostWaitingBytes ? absl::OkStatus()
                                                                              : Flush();
}

absl::Status RestoreSink::Flush() {
  if (waiting_.empty()) return absl::OkStatus();
  for (const absl::StatusOr<redis::Reply>& reply :
       client_.Pipeline(Key(""), waiting_, clock_.Steady() + kPatience)) {
    VAKA_RETURN_IF_ERROR(reply.status());
    VAKA_RETURN_IF_ERROR(redis::ToStatus(*reply));
  }
  waiting_.clear();
  waiting_bytes_ = 0;
  return absl::OkStatus();
}

// Who there is, so that those whose key is gone are known.
void RestoreSink::Note(const std::string& fact) {
  event::v1::Event event;
  if (!event.ParseFromString(fact)) return;
  if (event.has_person_registered() && !event.person_registered().contact().box().empty()) {
    people_[kommun_][event.person_registered().person()] =
        event.person_registered().contact().subject();
  }
  if (event.has_person_erased()) people_[kommun_].erase(event.person_erased().person());
}

bool RestoreSink::NotSent(const std::string& bytes) {
  notifications::v1::Parcel parcel;
  if (send_unsent_ || !parcel.ParseFromString(bytes)) return false;
  not_sent_[kommun_].push_back(NotSentFact(parcel));
  return true;
}

std::map<std::string, RestoreSink::Afterwards> RestoreSink::afterwards() const {
  std::map<std::string, Afterwards> all;
  for (const auto& [kommun, facts] : not_sent_) all[kommun].deliveries = facts;
  for (const auto& [kommun, people] : people_) {
    const auto subjects = subjects_.find(kommun);
    for (const auto& [person, subject] : people) {
      if (subjects != subjects_.end() && subjects->second.contains(subject)) continue;
      all[kommun].facts.push_back(ErasedFact(person));
    }
  }
  return all;
}

}  // namespace vaka
