#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/bench/accept/peer_loads.h"
#include "tests/bench/peers/postgres_session.h"

namespace vaka::bench {

absl::StatusOr<Load> PostgresLoad(const PostgresPeer& peer, size_t rows, absl::Duration length) {
  const SystemClock clock;
  absl::StatusOr<PostgresSession> session = PostgresSession::Open(peer.conninfo());
  if (!session.ok()) return session.status();
  std::string insert = "INSERT INTO entry (body) VALUES ($1)";
  for (size_t i = 2; i <= rows; ++i) absl::StrAppend(&insert, ", ($", i, ")");
  absl::Status status =
      session->Do("CREATE TABLE entry (id bigserial PRIMARY KEY, body bytea)").status();
  if (status.ok()) status = session->Prepare("add", insert);
  if (!status.ok()) return status;

  const std::vector<std::string> bodies(rows, std::string(kEntryBytes, 'x'));
  size_t count = 0;
  const absl::Time start = clock.Steady();
  for (; clock.Steady() < start + length; count += rows) {
    status = session->Run("add", bodies).status();
    if (!status.ok()) return status;
  }
  const Load load{static_cast<double>(count) / absl::ToDoubleSeconds(clock.Steady() - start)};
  status = session->Do("DROP TABLE entry").status();
  if (!status.ok()) return status;
  return load;
}

}  // namespace vaka::bench
