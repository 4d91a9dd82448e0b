#include "services/vaka/backup_content.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/log/entries.h"

namespace vaka {
namespace {

using Kind = Segment::Kind;

// Takes a file's segments in their order.
class Reading {
 public:
  absl::Status Take(const Segment& segment) {
    if (!begun_ && segment.kind != Kind::kHead) return Wrong("does not begin with its head");
    switch (segment.kind) {
      case Kind::kHead:
        return Head(segment.values);
      case Kind::kKeyFile:
        if (segment.values.size() != 2) return Wrong("a file of keys has a name and bytes");
        contents_.key_files.push_back(segment.values[0]);
        return absl::OkStatus();
      case Kind::kMunicipality:
        return Municipality(segment.values);
      case Kind::kCut:
        return TakeCut(segment.values);
      case Kind::kEntries:
        return Entries(segment.values);
      case Kind::kHash:
      case Kind::kText:
      case Kind::kSorted:
        return Values(segment);
      default:
        return Wrong(absl::StrCat("a part of unknown kind ", static_cast<int>(segment.kind)));
    }
  }

  absl::StatusOr<Contents> End() {
    if (!begun_) return Wrong("does not begin with its head");
    VAKA_RETURN_IF_ERROR(EndMunicipality());
    return contents_;
  }

 private:
  absl::Status Wrong(absl::string_view what) const {
    return absl::DataLossError(absl::StrCat(kommun_, kommun_.empty() ? "" : ": ", what));
  }

  absl::Status Head(const std::vector<std::string>& values) {
    if (begun_ || values.size() % 2 != 0) return Wrong("has two heads, or half a one");
    begun_ = true;
    for (size_t i = 0; i < values.size(); i += 2) {
      if (values[i] == "kind") contents_.kind = values[i + 1];
      if (values[i] == "sealed_under") contents_.sealed_under = values[i + 1];
      std::string error;
      if (values[i] == "made" &&
          !absl::ParseTime(absl::RFC3339_full, values[i + 1], &contents_.made, &error)) {
        return Wrong("does not say when it was made");
      }
    }
    return absl::OkStatus();
  }

  absl::Status Municipality(const std::vector<std::string>& values) {
    VAKA_RETURN_IF_ERROR(EndMunicipality());
    if (values.size() != 1 || contents_.cuts.contains(values[0])) {
      return Wrong("a municipality without a name, or twice");
    }
    kommun_ = values[0];
    cut_.reset();
    read_ = {};
    return absl::OkStatus();
  }

  absl::Status EndMunicipality() {
    if (kommun_.empty()) return absl::OkStatus();
    if (!cut_.has_value()) return Wrong("does not say up to where it goes");
    if (contents_.kind == kBackupKind &&
        (read_.facts != cut_->facts || read_.deliveries != cut_->deliveries)) {
      return Wrong(absl::StrCat("holds ", read_.facts, " facts of ", cut_->facts, " and ",
                                read_.deliveries, " deliveries of ", cut_->deliveries));
    }
    return absl::OkStatus();
  }

  absl::Status TakeCut(const std::vector<std::string>& values) {
    Cut cut;
    if (kommun_.empty() || cut_.has_value() || values.size() != 2 ||
        !absl::SimpleAtoi(values[0], &cut.facts) || !absl::SimpleAtoi(values[1], &cut.deliveries)) {
      return Wrong("a cut that is none");
    }
    cut_ = cut;
    contents_.cuts[kommun_] = cut;
    return absl::OkStatus();
  }

  // Those of the two logs are numbered without a hole.
  absl::Status Entries(const std::vector<std::string>& values) {
    if (kommun_.empty() || values.empty()) return Wrong("entries of nothing");
    uint64_t* const number = values[0] == "log"          ? &read_.facts
                             : values[0] == "deliveries" ? &read_.deliveries
                                                         : nullptr;
    size_t at = 1;
    while (at < values.size()) {
      size_t words = 0;
      if (at + 1 >= values.size() || !absl::SimpleAtoi(values[at + 1], &words) || words % 2 != 0 ||
          words > values.size() - at - 2) {
        return Wrong(absl::StrCat(values[0], ": half an entry"));
      }
      if (number != nullptr) {
        const uint64_t last = *number + log::FactsIn(words);
        if (values[at] != absl::StrCat(last, "-0")) {
          return Wrong(absl::StrCat(values[0], ": after ", *number, " comes ", values[at]));
        }
        for (size_t fact = at + 2; *number < last; ++*number, fact += log::kWordsOfFact) {
          const bool intact =
              words == log::FactsIn(words) * log::kWordsOfFact &&
              log::IsIntact(values[fact], values[fact + 1], values[fact + 2], values[fact + 3]);
          if (!intact) ++contents_.damaged;
        }
      } else if (absl::StartsWith(values[0], "outbox:")) {
        ++contents_.on_their_way;
      }
      at += 2 + words;
    }
    return absl::OkStatus();
  }

  absl::Status Values(const Segment& segment) {
    const size_t before = segment.kind == Kind::kSorted ? 1 : 2;  // key, and when it expires
    const bool pairs = segment.kind != Kind::kText;
    const size_t size = segment.values.size();
    if (kommun_.empty() || size < before || (pairs ? (size - before) % 2 != 0 : size != 3)) {
      return Wrong("values that are none");
    }
    return absl::OkStatus();
  }

  Contents contents_;
  bool begun_ = false;
  std::string kommun_;
  std::optional<Cut> cut_;
  Cut read_;
};

}  // namespace

uint64_t Contents::facts() const {
  uint64_t sum = 0;
  for (const auto& [kommun, cut] : cuts) sum += cut.facts;
  return sum;
}

uint64_t Contents::deliveries() const {
  uint64_t sum = 0;
  for (const auto& [kommun, cut] : cuts) sum += cut.deliveries;
  return sum;
}

Segment HeadOf(absl::string_view kind, absl::Time made, const std::string& sealed_under) {
  return {Kind::kHead,
          {"kind", std::string(kind), "made",
           absl::FormatTime(absl::RFC3339_full, made, absl::UTCTimeZone()), "sealed_under",
           sealed_under}};
}

absl::StatusOr<Contents> ReadContents(const std::string& path) {
  VAKA_ASSIGN(const std::unique_ptr<BackupReader> reader, BackupReader::Open(path));
  const auto wrong = [&path](const absl::Status& status) {
    return absl::Status(status.code(), absl::StrCat(path, " is wrong: ", status.message()));
  };
  Reading reading;
  for (;;) {
    VAKA_ASSIGN(const std::optional<Segment> segment, reader->Next());
    if (!segment.has_value()) break;
    if (const absl::Status taken = reading.Take(*segment); !taken.ok()) return wrong(taken);
  }
  absl::StatusOr<Contents> contents = reading.End();
  if (!contents.ok()) return wrong(contents.status());
  return contents;
}

absl::Status CheckBelong(const Contents& backup, const Contents& vault) {
  if (backup.kind != kBackupKind) {
    return absl::InvalidArgumentError("the file to restore is a vault, not a backup");
  }
  if (vault.kind != kVaultKind) return absl::InvalidArgumentError("--vault: is no vault");
  // A store of before they were remembered says nothing.
  if (!backup.sealed_under.empty() && !vault.sealed_under.empty() &&
      backup.sealed_under != vault.sealed_under) {
    return absl::FailedPreconditionError(
        "--vault: backup and vault are of two stores: their keys are sealed under different master "
        "keys");
  }
  for (const auto& [kommun, cut] : backup.cuts) {
    const auto found = vault.cuts.find(kommun);
    if (found == vault.cuts.end() || found->second.facts < cut.facts) {
      return absl::FailedPreconditionError(
          absl::StrCat("--vault: is older than the backup: of ", kommun, " it knows ",
                       found == vault.cuts.end() ? 0 : found->second.facts, " facts of ", cut.facts,
                       "; take the newest vault there is"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckReplaces(const Contents& old, const std::map<std::string, Cut>& cuts) {
  for (const auto& [kommun, cut] : old.cuts) {
    const auto found = cuts.find(kommun);
    const uint64_t now = found == cuts.end() ? 0 : found->second.facts;
    if (now >= cut.facts) continue;
    return absl::FailedPreconditionError(absl::StrCat(
        "the vault there was made when ", kommun, " had ", cut.facts, " facts; now it has ", now,
        ". Is this another store, or has it lost data? Keep that vault, and back up elsewhere"));
  }
  return absl::OkStatus();
}

}  // namespace vaka
