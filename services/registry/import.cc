#include "services/registry/import.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"

namespace vaka::registry {
namespace {

// Below the log's bound on one append.
constexpr size_t kMostFactsAtOnce = 900;

}  // namespace

void AddProblem(Problems& problems, uint32_t line, absl::string_view field,
                absl::string_view problem) {
  v1::ImportProblem& added = *problems.Add();
  added.set_line(line);
  added.set_field(std::string(field));
  added.set_problem(std::string(problem));
}

void AddProblem(Problems& problems, uint32_t line, const absl::Status& status) {
  const auto info = InfoOf(status);
  absl::string_view text = status.message();
  if (!info) return AddProblem(problems, line, "", text);
  // "field: problem" is a refusal's form; the field has a column of its own here.
  if (text.size() > info->field().size() + 2 &&
      text.substr(0, info->field().size()) == info->field())
    text.remove_prefix(info->field().size() + 2);
  AddProblem(problems, line, info->field(), text);
}

absl::Status Refuse(const v1::ImportResult& result) {
  const v1::ImportProblem& first = result.problems(0);
  options::v1::ErrorInfo info;
  info.set_field(first.field());
  return WithInfo(absl::InvalidArgumentError(absl::StrCat(
                      result.problems_size(), " problems, nothing was changed; the first: line ",
                      first.line(), ", ", first.field(), ": ", first.problem())),
                  info);
}

fold::Decision FirstOf(const ImportPlan& plan) {
  fold::Decision all;
  std::set<std::string> rests_on;
  for (const fold::Decision& step : plan.steps) {
    if (!all.facts.empty() && all.facts.size() + step.facts.size() > kMostFactsAtOnce) break;
    all.facts.insert(all.facts.end(), step.facts.begin(), step.facts.end());
    all.keys.insert(all.keys.end(), step.keys.begin(), step.keys.end());
    rests_on.insert(step.rests_on.begin(), step.rests_on.end());
  }
  all.rests_on.assign(rests_on.begin(), rests_on.end());
  return all;
}

}  // namespace vaka::registry
