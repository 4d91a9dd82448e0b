#include "tests/bench/peers/postgres_session.h"

#include <libpq-fe.h>

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace vaka::bench {

void PostgresDeleter::operator()(pg_conn* connection) const { PQfinish(connection); }
void PostgresDeleter::operator()(pg_result* result) const { PQclear(result); }

absl::StatusOr<PostgresSession> PostgresSession::Open(const std::string& conninfo) {
  PostgresSession session(PQconnectdb(conninfo.c_str()));
  if (PQstatus(session.connection_.get()) == CONNECTION_OK) return session;
  return absl::UnavailableError(PQerrorMessage(session.connection_.get()));
}

absl::StatusOr<PostgresResult> PostgresSession::Checked(pg_result* result) {
  PostgresResult owned(result);
  const ExecStatusType status = PQresultStatus(result);
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_COPY_IN) {
    return owned;
  }
  return absl::UnavailableError(absl::StrCat("PostgreSQL: ", PQerrorMessage(connection_.get())));
}

absl::StatusOr<PostgresResult> PostgresSession::Do(const std::string& statement) {
  return Checked(PQexec(connection_.get(), statement.c_str()));
}

absl::Status PostgresSession::Prepare(const std::string& name, const std::string& statement) {
  return Checked(PQprepare(connection_.get(), name.c_str(), statement.c_str(), 0, nullptr))
      .status();
}

absl::StatusOr<PostgresResult> PostgresSession::Run(const std::string& name,
                                                    const std::vector<std::string>& parameters) {
  std::vector<const char*> values;
  std::vector<int> sizes;
  for (const std::string& parameter : parameters) {
    values.push_back(parameter.data());
    sizes.push_back(static_cast<int>(parameter.size()));
  }
  const std::vector<int> binary(parameters.size(), 1);
  return Checked(PQexecPrepared(connection_.get(), name.c_str(),
                                static_cast<int>(parameters.size()), values.data(), sizes.data(),
                                binary.data(), 1));
}

absl::Status PostgresSession::Copy(const std::string& table, const std::string& rows) {
  const auto begun = Do(absl::StrCat("COPY ", table, " FROM STDIN"));
  if (!begun.ok()) return begun.status();
  PGconn* connection = connection_.get();
  constexpr size_t kPiece = size_t{1} << 20;
  bool sent = true;
  for (size_t at = 0; at < rows.size() && sent; at += kPiece) {
    const size_t size = std::min(kPiece, rows.size() - at);
    sent = PQputCopyData(connection, rows.data() + at, static_cast<int>(size)) == 1;
  }
  sent = sent && PQputCopyEnd(connection, nullptr) == 1;
  if (!sent) return absl::UnavailableError(PQerrorMessage(connection));
  absl::Status status = Checked(PQgetResult(connection)).status();
  while (pg_result* more = PQgetResult(connection)) PQclear(more);
  return status;
}

}  // namespace vaka::bench
