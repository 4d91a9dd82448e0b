#include "services/registry/importer.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "services/registry/decide.h"

namespace vaka::registry {
namespace {

void SortByLine(v1::ImportResult& result) {
  std::stable_sort(result.mutable_problems()->begin(), result.mutable_problems()->end(),
                   [](const auto& a, const auto& b) { return a.line() < b.line(); });
}

size_t Facts(const ImportPlan& plan) {
  size_t count = 0;
  for (const fold::Decision& step : plan.steps) count += step.facts.size();
  return count;
}

}  // namespace

Importer::Importer(fold::Follower& follower, fold::Commands& commands, log::Log& log,
                   const vault::Vault& vault)
    : follower_(follower), commands_(commands), log_(log), vault_(vault) {}

absl::Status Importer::ReadNewest(const rpc::Call& call,
                                  const std::function<void(const State&)>& reader) {
  VAKA_ASSIGN(const uint64_t head, log_.Head(call.kommun, log::Stream::kFacts));
  return follower_.Read(call.kommun, head, call.deadline, [&](const fold::Fold& fold, uint64_t) {
    reader(static_cast<const State&>(fold));
  });
}

absl::StatusOr<uint64_t> Importer::Append(const rpc::Call& call, const std::string& key,
                                          const Plan& plan) {
  uint64_t seq = 0;
  for (int part = 0;; ++part) {
    bool more = false;
    fold::Command command = call.CommandOf(part == 0 ? key : absl::StrCat(key, "#", part));
    const absl::StatusOr<fold::Outcome> outcome = commands_.ExecuteAndWait(
        std::move(command),
        [&](const fold::Fold& fold, absl::Time now) -> absl::StatusOr<fold::Decision> {
          const ImportPlan planned = plan(static_cast<const State&>(fold), now);
          if (planned.result.problems_size() > 0) return Refuse(planned.result);
          fold::Decision decision = FirstOf(planned);
          more = decision.facts.size() < Facts(planned);
          return decision;
        });
    if (!outcome.ok()) return outcome.status();
    seq = std::max(seq, outcome->seq);
    if (!more) return seq;
  }
}

absl::Status Importer::Areas(const rpc::Call& call, const v1::ImportAreasRequest& request,
                             v1::ImportAreasResponse& response) {
  v1::ImportResult& result = *response.mutable_result();
  Problems problems;
  const std::vector<ImportedArea> areas = ReadAreas(call.kommun, request.geojson(), problems);
  VAKA_RETURN_IF_ERROR(
      ReadNewest(call, [&](const State& state) { result = PlanAreas(state, areas).result; }));
  result.mutable_problems()->MergeFrom(problems);
  SortByLine(result);
  if (request.dry_run()) return absl::OkStatus();
  if (result.problems_size() > 0) return Refuse(result);
  VAKA_ASSIGN(const uint64_t seq,
              Append(call, request.idempotency_key(),
                     [&](const State& state, absl::Time) { return PlanAreas(state, areas); }));
  response.set_seq(seq);
  return absl::OkStatus();
}

absl::StatusOr<std::map<std::string, v1::Contact>> Importer::Known(
    const rpc::Call& call, const std::vector<ImportedPerson>& people) {
  // A row without an id may be anybody.
  std::set<std::string> wanted;
  bool everybody = false;
  for (const ImportedPerson& person : people) {
    wanted.insert(person.id);
    everybody |= person.id.empty();
  }
  std::vector<std::string> ids;
  std::vector<v1::Sealed> sealed;
  VAKA_RETURN_IF_ERROR(ReadNewest(call, [&](const State& state) {
    for (const auto& [id, person] : state.view().people()) {
      if (person.erased || (!everybody && wanted.count(id) == 0)) continue;
      ids.push_back(id);
      sealed.push_back(person.contact);
    }
  }));
  std::map<std::string, v1::Contact> known;
  if (sealed.empty()) return known;
  VAKA_ASSIGN(const auto opened, vault_.OpenMany(call.kommun, sealed));
  for (size_t i = 0; i < ids.size(); ++i) {
    // What cannot be opened (erased a moment ago, or damaged) is nobody's known details.
    if (v1::Contact contact; opened[i].ok() && contact.ParseFromString(*opened[i])) {
      known.emplace(ids[i], std::move(contact));
    }
  }
  return known;
}

absl::Status Importer::Seal(const std::string& kommun,
                            const std::map<std::string, v1::Contact>& known,
                            std::vector<ImportedPerson>& people) {
  for (ImportedPerson& person : people) {
    if (!person.box) continue;
    const std::string plain = person.contact.SerializeAsString();
    if (known.count(person.id) > 0) {
      VAKA_ASSIGN(person.box, vault_.Seal(kommun, PersonKey(person.id), plain));
    } else {
      VAKA_ASSIGN(person.box, vault_.SealNew(kommun, PersonKey(person.id), plain));
    }
  }
  return absl::OkStatus();
}

absl::Status Importer::People(const rpc::Call& call, const v1::ImportPeopleRequest& request,
                              v1::ImportPeopleResponse& response) {
  v1::ImportResult& result = *response.mutable_result();
  Problems problems;
  std::vector<ImportedPerson> people = ReadPeople(request.csv(), problems);
  VAKA_ASSIGN(const auto known, Known(call, people));
  std::map<std::string, std::string> recognised;
  for (const auto& [id, contact] : known) recognised.emplace(RecognisedBy(contact), id);
  const std::string key = call.CommandOf(request.idempotency_key()).key;
  for (ImportedPerson& person : people) {
    if (person.id.empty()) {
      const auto who = recognised.find(RecognisedBy(person.contact));
      person.id = who != recognised.end()
                      ? who->second
                      : DeriveId("p", call.kommun, key, static_cast<int>(person.line));
    }
    const auto before = known.find(person.id);
    if (before == known.end() || !Equal(before->second, person.contact)) person.box.emplace();
  }
  const auto plan = [&](const State& state, absl::Time now) {
    return PlanPeople(state, people, now);
  };
  VAKA_RETURN_IF_ERROR(
      ReadNewest(call, [&](const State& state) { result = plan(state, call.now).result; }));
  result.mutable_problems()->MergeFrom(problems);
  SortByLine(result);
  if (request.dry_run()) return absl::OkStatus();
  if (result.problems_size() > 0) return Refuse(result);
  VAKA_RETURN_IF_ERROR(Seal(call.kommun, known, people));
  VAKA_ASSIGN(const uint64_t seq, Append(call, request.idempotency_key(), plan));
  response.set_seq(seq);
  return absl::OkStatus();
}

}  // namespace vaka::registry
