#include <libpq-fe.h>

#include <bit>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/bench/match/matcher.h"
#include "tests/bench/peers/peers.h"
#include "tests/bench/peers/postgres_session.h"

namespace vaka::bench {
namespace {

constexpr uint32_t kFloat8 = 701;  // PostgreSQL's number for the type

// The highest byte first, as PostgreSQL's binary form has it.
template <typename Word>
void AppendWord(std::string& bytes, Word word) {
  for (size_t shift = 8 * sizeof(Word); shift > 0; shift -= 8) {
    bytes.push_back(static_cast<char>(word >> (shift - 8) & 0xff));
  }
}

uint32_t ReadWord(const char* bytes) {
  uint32_t word = 0;
  for (int i = 0; i < 4; ++i) word = word << 8 | static_cast<unsigned char>(bytes[i]);
  return word;
}

// float8[] with one dimension, counted from 1.
std::string Float8Array(absl::Span<const Place> places, double Place::*part) {
  std::string bytes;
  AppendWord(bytes, uint32_t{1});  // dimensions
  AppendWord(bytes, uint32_t{0});  // nothing is null
  AppendWord(bytes, kFloat8);
  AppendWord(bytes, static_cast<uint32_t>(places.size()));
  AppendWord(bytes, uint32_t{1});
  for (const Place& place : places) {
    AppendWord(bytes, uint32_t{sizeof(double)});
    AppendWord(bytes, std::bit_cast<uint64_t>(place.*part));
  }
  return bytes;
}

class PostgisMatcher final : public Matcher {
 public:
  PostgisMatcher(const MatchTown& town, PostgresSession session)
      : town_(town), session_(std::move(session)) {}

  absl::Status Load() {
    std::string rows;
    for (size_t i = 0; i < town_.outlines.size(); ++i) {
      absl::StrAppend(&rows, i, "\tPOLYGON((");
      const char* comma = "";
      for (const Place& corner : town_.outlines[i]) {
        absl::StrAppendFormat(&rows, "%s%.17g %.17g", comma, corner.lon, corner.lat);
        comma = ",";
      }
      absl::StrAppend(&rows, "))\n");
    }
    for (const char* statement :
         {"CREATE EXTENSION IF NOT EXISTS postgis", "DROP TABLE IF EXISTS area",
          "CREATE TABLE area (id int PRIMARY KEY, outline geometry)"}) {
      if (auto done = session_.Do(statement); !done.ok()) return done.status();
    }
    if (absl::Status status = session_.Copy("area", rows); !status.ok()) return status;
    for (const char* statement :
         {"CREATE INDEX ON area USING gist (outline)", "VACUUM ANALYZE area", "SET jit = off"}) {
      if (auto done = session_.Do(statement); !done.ok()) return done.status();
    }
    return session_.Prepare(
        "match",
        "SELECT (p.n - 1)::int4, a.id FROM unnest($1::float8[], $2::float8[]) WITH ORDINALITY AS "
        "p(lon, lat, n) JOIN area a ON ST_Contains(a.outline, ST_MakePoint(p.lon, p.lat))");
  }

  absl::Status Match(absl::Span<const Place> points, std::vector<absl::string_view>& ids) override {
    const auto rows =
        session_.Run("match", {Float8Array(points, &Place::lon), Float8Array(points, &Place::lat)});
    if (!rows.ok()) return rows.status();
    ids.assign(points.size(), {});
    for (int row = 0; row < PQntuples(rows->get()); ++row) {
      ids.at(ReadWord(PQgetvalue(rows->get(), row, 0))) =
          town_.ids.at(ReadWord(PQgetvalue(rows->get(), row, 1)));
    }
    return absl::OkStatus();
  }

 private:
  const MatchTown& town_;
  PostgresSession session_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Matcher>> MakePostgis(const MatchTown& town,
                                                     const PostgresPeer& peer) {
  absl::StatusOr<PostgresSession> session = PostgresSession::Open(peer.conninfo());
  if (!session.ok()) return session.status();
  auto matcher = std::make_unique<PostgisMatcher>(town, *std::move(session));
  if (absl::Status status = matcher->Load(); !status.ok()) return status;
  return matcher;
}

}  // namespace vaka::bench
