#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

struct pg_conn;
struct pg_result;

namespace vaka::bench {

struct PostgresDeleter {
  void operator()(pg_conn* connection) const;
  void operator()(pg_result* result) const;
};
using PostgresResult = std::unique_ptr<pg_result, PostgresDeleter>;

// One connection to PostgreSQL, each statement a transaction of its own. Used by one thread. What
// PostgreSQL refuses is UNAVAILABLE with its words.
class PostgresSession final {
 public:
  static absl::StatusOr<PostgresSession> Open(const std::string& conninfo);

  absl::StatusOr<PostgresResult> Do(const std::string& statement);
  absl::Status Prepare(const std::string& name, const std::string& statement);
  // A prepared statement with its parameters in PostgreSQL's binary form; so are the results.
  absl::StatusOr<PostgresResult> Run(const std::string& name,
                                     const std::vector<std::string>& parameters);
  // COPY `table` FROM STDIN with rows in its text form, each ended by a newline.
  absl::Status Copy(const std::string& table, const std::string& rows);

 private:
  explicit PostgresSession(pg_conn* connection) : connection_(connection) {}
  absl::StatusOr<PostgresResult> Checked(pg_result* result);

  std::unique_ptr<pg_conn, PostgresDeleter> connection_;
};

}  // namespace vaka::bench
