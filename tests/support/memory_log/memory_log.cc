#include "tests/support/memory_log/memory_log.h"

#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/log/request.h"

namespace vaka::log {
namespace {

size_t Index(Stream stream) { return static_cast<size_t>(stream); }

absl::Status Lost() {
  return Unavailable("the log's connection was lost; unknown whether written",
                     absl::Milliseconds(100));
}

}  // namespace

MemoryLog::MemoryLog(OnCommitted on_committed) : on_committed_(std::move(on_committed)) {}

void MemoryLog::SetOnCommitted(OnCommitted on_committed) {
  on_committed_ = std::move(on_committed);
}

void MemoryLog::Append(AppendRequest request, AppendDone done) {
  bool lost = false;
  const absl::StatusOr<Appended> appended = Write(request, &lost);
  if (lost) return done(Lost());
  if (appended.ok() && !appended->repeated && on_committed_) {
    on_committed_(request.kommun, request.stream, appended->first, request.facts);
  }
  done(appended);
}

absl::StatusOr<Appended> MemoryLog::AppendNow(AppendRequest request) {
  absl::StatusOr<Appended> answer = absl::InternalError("not answered");
  Append(std::move(request), [&answer](absl::StatusOr<Appended> given) { answer = given; });
  return answer;
}

absl::StatusOr<Appended> MemoryLog::Write(const AppendRequest& request, bool* lost) {
  VAKA_RETURN_IF_ERROR(Check(request));
  absl::MutexLock lock(&mu_);
  if (!faults_.empty()) {
    const Fault fault = faults_.front();
    faults_.erase(faults_.begin());
    if (fault == Fault::kQueueFull) {
      return Overloaded("the append queue is full", absl::Milliseconds(100));
    }
    *lost = true;
    if (fault == Fault::kLostBeforeWrite) return Lost();
  }
  // The municipality exists from its first append that was written.
  if (const OneLog* known = Find(request.kommun, request.stream); known != nullptr) {
    if (const auto found = known->by_key.find(request.idempotency_key);
        found != known->by_key.end()) {
      Appended first = found->second;
      first.repeated = true;
      return first;
    }
    for (const std::string& aggregate : request.rests_on) {
      const auto found = known->touched.find(aggregate);
      if (found != known->touched.end() && found->second > request.seen) {
        return absl::AbortedError(
            absl::StrCat(aggregate, " changed at ", found->second, ", after ", request.seen));
      }
    }
  }
  Municipality& municipality = all_[request.kommun];
  OneLog& log = municipality.logs[Index(request.stream)];
  Appended appended{.first = log.entries.size() + 1, .last = 0};
  for (const std::string& fact : request.facts) {
    log.entries.push_back(Entry{.seq = log.entries.size() + 1, .bytes = fact});
  }
  appended.last = log.entries.size();
  log.by_key[request.idempotency_key] = appended;
  for (const std::string& aggregate : request.rests_on) log.touched[aggregate] = appended.last;
  for (const SubjectKey& key : request.keys) {
    std::string& sealed = municipality.keys[key.subject];
    if (sealed.find(key.sealed) == std::string::npos) sealed += key.sealed;
  }
  ++appends_;
  return appended;
}

absl::Status MemoryLog::Readable() const {
  if (fail_reads_) return Unavailable("the log cannot be read", absl::Milliseconds(100));
  return absl::OkStatus();
}

const MemoryLog::OneLog* MemoryLog::Find(const std::string& kommun, Stream stream) const {
  const auto found = all_.find(kommun);
  return found == all_.end() ? nullptr : &found->second.logs[Index(stream)];
}

absl::StatusOr<std::optional<Appended>> MemoryLog::Seen(const std::string& kommun, Stream stream,
                                                        const std::string& idempotency_key) {
  absl::ReaderMutexLock lock(&mu_);
  VAKA_RETURN_IF_ERROR(Readable());
  const OneLog* log = Find(kommun, stream);
  if (log == nullptr) return std::nullopt;
  const auto found = log->by_key.find(idempotency_key);
  if (found == log->by_key.end()) return std::nullopt;
  Appended first = found->second;
  first.repeated = true;
  return first;
}

absl::StatusOr<std::vector<Entry>> MemoryLog::Read(const std::string& kommun, Stream stream,
                                                   uint64_t after, size_t limit) {
  ++reads_;
  absl::ReaderMutexLock lock(&mu_);
  VAKA_RETURN_IF_ERROR(Readable());
  std::vector<Entry> entries;
  const OneLog* log = Find(kommun, stream);
  if (log == nullptr) return entries;
  for (size_t i = after; i < log->entries.size() && entries.size() < limit; ++i) {
    entries.push_back(log->entries[i]);
  }
  return entries;
}

absl::StatusOr<uint64_t> MemoryLog::Head(const std::string& kommun, Stream stream) {
  absl::ReaderMutexLock lock(&mu_);
  VAKA_RETURN_IF_ERROR(Readable());
  const OneLog* log = Find(kommun, stream);
  return log == nullptr ? uint64_t{0} : uint64_t{log->entries.size()};
}

absl::StatusOr<std::shared_ptr<const Ends>> MemoryLog::EndsSince(absl::Time since) {
  VAKA_ASSIGN(const std::vector<std::string> kommuns, Municipalities());
  absl::ReaderMutexLock lock(&mu_);
  auto ends = std::make_shared<Ends>();
  ends->asked = since;
  for (const std::string& kommun : kommuns) {
    for (size_t i = 0; i < 2; ++i) {
      const std::vector<Entry>& entries = all_.at(kommun).logs[i].entries;
      End end{.seq = entries.size()};
      if (!entries.empty() && entries.back().intact) end.checksum = Crc32c(entries.back().bytes);
      ends->of[kommun][i] = end;
    }
  }
  return ends;
}

absl::StatusOr<std::vector<std::string>> MemoryLog::Municipalities() {
  absl::ReaderMutexLock lock(&mu_);
  VAKA_RETURN_IF_ERROR(Readable());
  std::vector<std::string> names;
  for (const auto& [kommun, municipality] : all_) {
    const bool has_log =
        !municipality.logs[0].entries.empty() || !municipality.logs[1].entries.empty();
    if (has_log) names.push_back(kommun);
  }
  return names;
}

absl::StatusOr<std::optional<Snapshot>> MemoryLog::LoadSnapshot(const std::string& kommun,
                                                                const std::string& fold) {
  if (before_load_snapshot_ != nullptr) before_load_snapshot_();
  absl::ReaderMutexLock lock(&mu_);
  VAKA_RETURN_IF_ERROR(Readable());
  const auto municipality = all_.find(kommun);
  if (municipality == all_.end()) return std::nullopt;
  const auto found = municipality->second.snapshots.find(fold);
  if (found == municipality->second.snapshots.end()) return std::nullopt;
  if (municipality->second.damaged_snapshots.count(fold) > 0) {
    return absl::DataLossError(absl::StrCat("snapshot ", fold, " of ", kommun, " is damaged"));
  }
  return found->second;
}

absl::Status MemoryLog::SaveSnapshot(const std::string& kommun, const std::string& fold,
                                     const Snapshot& snapshot) {
  absl::MutexLock lock(&mu_);
  VAKA_RETURN_IF_ERROR(Readable());
  Municipality& municipality = all_[kommun];
  municipality.snapshots[fold] = snapshot;
  municipality.damaged_snapshots.erase(fold);
  ++snapshots_saved_;
  return absl::OkStatus();
}

absl::Status MemoryLog::Park(const std::string& kommun, Stream stream, const Entry& entry,
                             const std::string& fold, const std::string& reason) {
  absl::MutexLock lock(&mu_);
  VAKA_RETURN_IF_ERROR(Readable());
  parked_.push_back(Parked{kommun, stream, entry, fold, reason});
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> MemoryLog::SubjectKeys(
    const std::string& kommun, const std::vector<std::string>& subjects) {
  absl::ReaderMutexLock lock(&mu_);
  VAKA_RETURN_IF_ERROR(Readable());
  std::vector<std::string> sealed(subjects.size());
  const auto municipality = all_.find(kommun);
  if (municipality == all_.end()) return sealed;
  for (size_t i = 0; i < subjects.size(); ++i) {
    const auto found = municipality->second.keys.find(subjects[i]);
    if (found != municipality->second.keys.end()) sealed[i] = found->second;
  }
  return sealed;
}

absl::Status MemoryLog::EraseSubjectKey(const std::string& kommun, const std::string& subject) {
  absl::MutexLock lock(&mu_);
  VAKA_RETURN_IF_ERROR(Readable());
  if (const auto found = all_.find(kommun); found != all_.end()) found->second.keys.erase(subject);
  return absl::OkStatus();
}

void MemoryLog::FailNextAppend(Fault fault) {
  absl::MutexLock lock(&mu_);
  faults_.push_back(fault);
}

void MemoryLog::FailReads(bool fail) {
  absl::MutexLock lock(&mu_);
  fail_reads_ = fail;
}

void MemoryLog::Damage(const std::string& kommun, Stream stream, uint64_t seq) {
  absl::MutexLock lock(&mu_);
  Entry& entry = all_.at(kommun).logs[Index(stream)].entries.at(seq - 1);
  entry.intact = false;
  entry.bytes[0] = static_cast<char>(entry.bytes[0] ^ 1);
}

void MemoryLog::DamageSnapshot(const std::string& kommun, const std::string& fold) {
  absl::MutexLock lock(&mu_);
  all_.at(kommun).damaged_snapshots.insert(fold);
}

void MemoryLog::LoseTail(const std::string& kommun, Stream stream, uint64_t head) {
  absl::MutexLock lock(&mu_);
  std::vector<Entry>& entries = all_.at(kommun).logs[Index(stream)].entries;
  if (entries.size() > head) entries.resize(head);
}

std::vector<MemoryLog::Parked> MemoryLog::parked() const {
  absl::ReaderMutexLock lock(&mu_);
  return parked_;
}

uint64_t MemoryLog::snapshots_saved() const {
  absl::MutexLock lock(&mu_);
  return snapshots_saved_;
}

uint64_t MemoryLog::appends() const {
  absl::ReaderMutexLock lock(&mu_);
  return appends_;
}

}  // namespace vaka::log
