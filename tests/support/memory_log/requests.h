#pragma once

// Short ways to append in tests.

#include <gmock/gmock.h>

#include <future>
#include <string>
#include <utility>
#include <vector>

#include "libs/log/log.h"

namespace vaka::log {

inline AppendRequest Facts(const std::string& kommun, const std::string& key,
                           std::vector<std::string> facts) {
  AppendRequest request;
  request.kommun = kommun;
  request.idempotency_key = key;
  request.facts = std::move(facts);
  return request;
}

inline AppendRequest RestingOn(AppendRequest request, std::vector<std::string> aggregates,
                               uint64_t seen) {
  request.rests_on = std::move(aggregates);
  request.seen = seen;
  return request;
}

inline absl::StatusOr<Appended> AppendAndWait(Log& log, AppendRequest request) {
  std::promise<absl::StatusOr<Appended>> answer;
  log.Append(std::move(request),
             [&answer](absl::StatusOr<Appended> appended) { answer.set_value(appended); });
  return answer.get_future().get();
}

inline auto IsAppended(uint64_t first, uint64_t last, bool repeated) {
  using ::testing::AllOf;
  using ::testing::Field;
  return AllOf(Field("first", &Appended::first, first), Field("last", &Appended::last, last),
               Field("repeated", &Appended::repeated, repeated));
}

}  // namespace vaka::log
