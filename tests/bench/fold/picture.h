#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "services/est/est.h"
#include "tests/bench/peers/peers.h"
#include "tests/bench/peers/postgres_session.h"

namespace vaka::bench {

// The newest week of the history of fold/facts.h as a table of districts × categories: by est's
// state with what is expected and the tests, and by PostgreSQL as bare counts. Used by one thread.
class WeekPicture final {
 public:
  // `postgres` may be null; else it holds the same reports afterwards, in a table whose index has
  // all that the question needs. INTERNAL: the two do not count the same.
  absl::Status Fill(uint64_t reports, const PostgresPeer* postgres);

  // The first picture after a change of the config: nothing is kept of one before. Milliseconds.
  double First();
  // The picture after one more report in its week, in milliseconds.
  double AfterOneMore();
  // The counts once, in milliseconds. REQUIRES: Fill had a PostgreSQL.
  absl::StatusOr<double> Postgres();

 private:
  absl::Status FillPostgres(uint64_t reports);
  absl::StatusOr<PostgresResult> Ask();

  double Draft();

  SystemClock clock_;
  uint64_t reports_ = 0;
  est::State state_;
  std::optional<PostgresSession> session_;
};

}  // namespace vaka::bench
