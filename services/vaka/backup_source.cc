#include "services/vaka/backup_source.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/base/status.h"
#include "libs/log/append_call.h"
#include "libs/log/entries.h"
#include "libs/log/keys.h"
#include "services/notifications/outbox_keys.h"

namespace vaka {
namespace {

using Kind = Segment::Kind;
using redis::Argv;
using redis::Reply;

constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr size_t kBatch = 1000;                    // entries or fields in one answer
constexpr size_t kSegmentBytes = size_t{1} << 20;  // about

// Positions and what is on its way, at one moment. KEYS: log, deliveries, planner, held, outboxes.
constexpr char kCutScript[] = R"lua(
local function head(key)
  local top = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)
  return top[1] and top[1][1] or '0-0'
end
local out = {head(KEYS[1]), head(KEYS[2]), redis.call('HGETALL', KEYS[3]),
             redis.call('ZRANGE', KEYS[4], 0, -1, 'WITHSCORES')}
for i = 5, #KEYS do out[i] = redis.call('XRANGE', KEYS[i], '-', '+') end
return out
)lua";

// "7-0" → 7.
bool NumberOf(absl::string_view id, uint64_t* number) {
  return absl::SimpleAtoi(id.substr(0, id.find('-')), number);
}

std::vector<std::string> Texts(const Reply& list) {
  std::vector<std::string> texts;
  texts.reserve(list.elements.size());
  for (const Reply& element : list.elements) texts.push_back(element.text);
  return texts;
}

// Gathers values into segments of a useful size; each begins with the same words.
class Batches {
 public:
  Batches(Kind kind, std::vector<std::string> start, const BackupSource::Sink& sink)
      : kind_(kind), start_(std::move(start)), sink_(sink), segment_{kind_, start_} {}

  absl::Status Add(const std::vector<std::string>& values) {
    for (const std::string& value : values) bytes_ += value.size();
    segment_.values.insert(segment_.values.end(), values.begin(), values.end());
    return bytes_ < kSegmentBytes ? absl::OkStatus() : Flush();
  }
  absl::Status Flush() {
    if (segment_.values.size() == start_.size()) return absl::OkStatus();
    VAKA_RETURN_IF_ERROR(sink_(segment_));
    segment_.values = start_;
    bytes_ = 0;
    return absl::OkStatus();
  }

 private:
  const Kind kind_;
  const std::vector<std::string> start_;
  const BackupSource::Sink& sink_;
  Segment segment_;
  size_t bytes_ = 0;
};

// An entry as a segment has it: id, number of words, field, value…
std::vector<std::string> EntryValues(const Reply& entry) {
  if (entry.elements.size() != 2) return {};
  std::vector<std::string> values = Texts(entry.elements[1]);
  values.insert(values.begin(), {entry.elements[0].text, absl::StrCat(values.size())});
  return values;
}

}  // namespace

BackupSource::BackupSource(redis::Client& client, Clock& clock, std::string kommun,
                           const Sink& backup, const Sink& vault, const Progress& progress)
    : client_(client),
      clock_(clock),
      kommun_(std::move(kommun)),
      tag_(absl::StrCat("{", kommun_, "}:")),
      backup_(backup),
      vault_(vault),
      progress_(progress) {}

std::string BackupSource::Rest(const std::string& key) const { return key.substr(tag_.size()); }

absl::StatusOr<Reply> BackupSource::Call(const Argv& argv) {
  return client_.Command(tag_, argv, clock_.Steady() + kPatience);
}

absl::StatusOr<Cut> BackupSource::Run() {
  for (const Sink* sink : {&backup_, &vault_}) {
    VAKA_RETURN_IF_ERROR((*sink)({Kind::kMunicipality, {kommun_}}));
  }
  VAKA_RETURN_IF_ERROR(Snapshots());
  VAKA_RETURN_IF_ERROR(MakeCut());
  VAKA_RETURN_IF_ERROR(Entries(log::LogKey(kommun_, log::Stream::kFacts), cut_.facts));
  VAKA_RETURN_IF_ERROR(Entries(log::LogKey(kommun_, log::Stream::kDeliveries), cut_.deliveries));
  VAKA_RETURN_IF_ERROR(Parked());
  VAKA_RETURN_IF_ERROR(Remembered());
  const auto all = [](std::string*) { return true; };
  VAKA_RETURN_IF_ERROR(Hash(log::VaultKey(kommun_), all, vault_));
  return cut_;
}

// Every key of the municipality. A key that is there throughout is listed.
absl::StatusOr<std::vector<std::string>> BackupSource::Keys() {
  std::set<std::string> keys;
  std::string cursor = "0";
  do {
    VAKA_ASSIGN(const Reply reply, Call({"SCAN", cursor, "MATCH", absl::StrCat(tag_, "*"), "COUNT",
                                         absl::StrCat(kBatch)}));
    if (reply.elements.size() != 2)
      return absl::InternalError("backup: a malformed answer to SCAN");
    cursor = reply.elements[0].text;
    for (const Reply& key : reply.elements[1].elements) keys.insert(key.text);
  } while (cursor != "0");
  return std::vector<std::string>(keys.begin(), keys.end());
}

// Read before the cut, so that none is of a position beyond it.
absl::Status BackupSource::Snapshots() {
  VAKA_ASSIGN(const std::vector<std::string> keys, Keys());
  for (const std::string& key : keys) {
    if (!absl::StartsWith(key, log::SnapshotKey(kommun_, ""))) continue;
    // In one answer: its parts belong together.
    VAKA_ASSIGN(const Reply reply, Call({"HGETALL", key}));
    std::vector<std::string> values = Texts(reply);
    values.insert(values.begin(), {Rest(key), ""});
    VAKA_RETURN_IF_ERROR(backup_({Kind::kHash, std::move(values)}));
  }
  return absl::OkStatus();
}

absl::Status BackupSource::MakeCut() {
  std::vector<std::string> keys = {
      log::LogKey(kommun_, log::Stream::kFacts), log::LogKey(kommun_, log::Stream::kDeliveries),
      notifications::PlannerKey(kommun_), notifications::HeldKey(kommun_)};
  const std::vector<std::string> outboxes = notifications::AllOutboxKeys(kommun_);
  keys.insert(keys.end(), outboxes.begin(), outboxes.end());
  Argv argv = {"EVAL_RO", kCutScript, absl::StrCat(keys.size())};
  argv.insert(argv.end(), keys.begin(), keys.end());
  VAKA_ASSIGN(const Reply reply, Call(argv));
  if (reply.elements.size() != keys.size() || !NumberOf(reply.elements[0].text, &cut_.facts) ||
      !NumberOf(reply.elements[1].text, &cut_.deliveries)) {
    return absl::InternalError("backup: a malformed answer to the cut");
  }
  for (const Sink* sink : {&backup_, &vault_}) {
    VAKA_RETURN_IF_ERROR(
        (*sink)({Kind::kCut, {absl::StrCat(cut_.facts), absl::StrCat(cut_.deliveries)}}));
  }
  std::vector<std::string> planner = Texts(reply.elements[2]);
  planner.insert(planner.begin(), {Rest(keys[2]), ""});
  VAKA_RETURN_IF_ERROR(backup_({Kind::kHash, std::move(planner)}));
  std::vector<std::string> held = Texts(reply.elements[3]);
  held.insert(held.begin(), Rest(keys[3]));
  VAKA_RETURN_IF_ERROR(backup_({Kind::kSorted, std::move(held)}));
  for (size_t i = 4; i < keys.size(); ++i) {
    Batches batches(Kind::kEntries, {Rest(keys[i])}, backup_);
    for (const Reply& entry : reply.elements[i].elements) {
      VAKA_RETURN_IF_ERROR(batches.Add(EntryValues(entry)));
    }
    VAKA_RETURN_IF_ERROR(batches.Flush());
  }
  return absl::OkStatus();
}

absl::Status BackupSource::Entries(const std::string& key, uint64_t last) {
  Batches batches(Kind::kEntries, {Rest(key)}, backup_);
  for (uint64_t position = 0; position < last;) {
    VAKA_ASSIGN(const Reply reply, Call(log::RangeCall(key, position, kBatch)));
    if (reply.elements.empty()) {
      return absl::DataLossError(absl::StrCat(key, " ends at ", position, " instead of ", last));
    }
    for (const Reply& entry : reply.elements) {
      const std::vector<std::string> values = EntryValues(entry);
      if (values.empty()) return absl::InternalError("backup: a malformed entry");
      // The cut is between two entries.
      if (position == last) break;
      const uint64_t next = position + log::FactsIn(values.size() - 2);
      if (values[0] != absl::StrCat(next, "-0")) {
        return absl::DataLossError(absl::StrCat(key, " has no entry ", position + 1));
      }
      position = next;
      VAKA_RETURN_IF_ERROR(batches.Add(values));
    }
    progress_(position, last);
  }
  return batches.Flush();
}

absl::Status BackupSource::Parked() {
  const std::string key = log::ParkedKey(kommun_);
  Batches batches(Kind::kEntries, {Rest(key)}, backup_);
  std::string after = "-";
  for (;;) {
    VAKA_ASSIGN(const Reply reply,
                Call({"XRANGE", key, after, "+", "COUNT", absl::StrCat(kBatch)}));
    if (reply.elements.empty()) return batches.Flush();
    for (const Reply& entry : reply.elements) {
      const std::vector<std::string> values = EntryValues(entry);
      if (values.empty()) return absl::InternalError("backup: a malformed parked fact");
      after = absl::StrCat("(", values[0]);
      const auto seq = std::find(values.begin(), values.end(), "seq");
      const bool deliveries =
          std::find(values.begin(), values.end(), log::LogKey(kommun_, log::Stream::kDeliveries)) !=
          values.end();
      uint64_t number = 0;
      if (seq == values.end() || !absl::SimpleAtoi(*std::next(seq), &number) ||
          number > (deliveries ? cut_.deliveries : cut_.facts)) {
        continue;
      }
      VAKA_RETURN_IF_ERROR(batches.Add(values));
    }
  }
}

// What the functions in Redis remember.
absl::Status BackupSource::Remembered() {
  VAKA_ASSIGN(const std::vector<std::string> keys, Keys());
  const std::vector<std::string> outboxes = notifications::AllOutboxKeys(kommun_);
  std::set<std::string> done(outboxes.begin(), outboxes.end());
  done.insert({log::ParkedKey(kommun_), log::VaultKey(kommun_), notifications::PlannerKey(kommun_),
               notifications::HeldKey(kommun_)});
  for (const log::Stream stream : {log::Stream::kFacts, log::Stream::kDeliveries}) {
    const uint64_t last = stream == log::Stream::kFacts ? cut_.facts : cut_.deliveries;
    done.insert(log::LogKey(kommun_, stream));
    // Not what decisions rest on: its hashes change under the backup. Whoever decided on a state
    // from before the cut is refused instead.
    for (const std::vector<std::string>& hash : log::TouchedUpTo(kommun_, stream, last)) {
      done.insert(hash.front());
      if (last == 0) continue;
      Segment segment{Kind::kHash, {Rest(hash.front()), /*expires=*/""}};
      segment.values.insert(segment.values.end(), hash.begin() + 1, hash.end());
      VAKA_RETURN_IF_ERROR(backup_(segment));
    }
    const auto before = [last](std::string* value) {
      const absl::StatusOr<log::Appended> appended = log::ParseRemembered(*value);
      return !appended.ok() || appended->last <= last;
    };
    const std::string remembered = absl::StrCat(log::LogKey(kommun_, stream), ":keys:");
    for (const std::string& key : keys) {
      if (!absl::StartsWith(key, remembered)) continue;
      VAKA_RETURN_IF_ERROR(Hash(key, before, backup_));
      done.insert(key);
    }
  }
  for (const std::string& key : keys) {
    if (done.contains(key) || absl::StartsWith(key, log::SnapshotKey(kommun_, ""))) continue;
    if (!absl::StartsWith(key, notifications::OnceKey(kommun_, ""))) {
      return absl::InternalError(absl::StrCat("backup: this program does not know ", key,
                                              ", and would leave it out; use a newer one"));
    }
    VAKA_RETURN_IF_ERROR(Text(key));
  }
  return absl::OkStatus();
}

absl::Status BackupSource::Hash(const std::string& key,
                                const std::function<bool(std::string* value)>& keep,
                                const Sink& sink) {
  VAKA_ASSIGN(const std::string expires, Expiry(key));
  Batches batches(Kind::kHash, {Rest(key), expires}, sink);
  std::string cursor = "0";
  do {
    VAKA_ASSIGN(Reply reply, Call({"HSCAN", key, cursor, "COUNT", absl::StrCat(kBatch)}));
    if (reply.elements.size() != 2) {
      return absl::InternalError("backup: a malformed answer to HSCAN");
    }
    cursor = reply.elements[0].text;
    std::vector<Reply>& fields = reply.elements[1].elements;
    for (size_t i = 0; i + 1 < fields.size(); i += 2) {
      if (!keep(&fields[i + 1].text)) continue;
      VAKA_RETURN_IF_ERROR(batches.Add({fields[i].text, fields[i + 1].text}));
    }
  } while (cursor != "0");
  return batches.Flush();
}

// What was done once, with the number of the deliveries' last fact when it was.
absl::Status BackupSource::Text(const std::string& key) {
  VAKA_ASSIGN(const std::string expires, Expiry(key));
  VAKA_ASSIGN(const Reply reply, Call({"GET", key}));
  uint64_t number = 0;
  if (reply.is_nil()) return absl::OkStatus();  // its time was over
  if (absl::SimpleAtoi(reply.text, &number) && number > cut_.deliveries) return absl::OkStatus();
  return backup_({Kind::kText, {Rest(key), expires, reply.text}});
}

absl::StatusOr<std::string> BackupSource::Expiry(const std::string& key) {
  VAKA_ASSIGN(const Reply reply, Call({"EXPIRETIME", key}));
  return reply.integer > 0 ? absl::StrCat(reply.integer) : "";
}

}  // namespace vaka
